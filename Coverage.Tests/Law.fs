/// How a law is stated as a test.
[<AutoOpen>]
module Coverage.Tests.Law

open Expecto

/// A property that holds for every value that the generators make.
let law name property =
    testPropertyWithConfig Gen.config name property
