namespace Coverage

/// A file of a node whose size decides and is not known.
[<Struct; NoComparison; NoEquality>]
type internal UnsizedFile =
    { Node: int
      Hour: Hour
      Place: int }

/// Several nodes compared (semantics.md section 10).
[<RequireQualifiedAccess>]
module internal Fleet =

    /// What a fleet says of a stream. An error is an hour of the base whose names are needed after all: list it by names for
    /// every node and ask again.
    let judge (rules: FleetRules) (listing: FleetListing) : Result<FleetReport, Hour> = failwith "soon"

    /// The files whose sizes decide and are not known, by node, hour and place: where two or more suspects, or partials, start
    /// at once on different nodes or on one.
    let unsized (listing: FleetListing) : System.Collections.Immutable.ImmutableArray<UnsizedFile> = failwith "soon"
