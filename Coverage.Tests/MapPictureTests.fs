module Coverage.Tests.MapPictureTests
