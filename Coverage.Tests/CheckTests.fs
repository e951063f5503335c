module Coverage.Tests.CheckTests
