module Coverage.Tests.ServiceTests
