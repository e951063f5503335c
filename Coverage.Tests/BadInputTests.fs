module Coverage.Tests.BadInputTests
