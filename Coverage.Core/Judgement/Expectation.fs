namespace Coverage

/// What is expected of a stream, known about it and accepted, at one instant (semantics.md section 9).
[<NoComparison>]
type Expectation =
    {
        /// The instant of the judgement.
        Now: Instant
        /// How long after it was live a time may still come in: sigma.
        Settling: Duration
        /// When the stream should be there; `ValueNone` when nothing was given.
        Expected: IntervalSet voption
        /// How long recordings are kept, where they are not kept for ever.
        Keep: Duration voption
        /// The losses that are known and accepted now.
        Acknowledged: IntervalSet
        /// The hours that are there and could not be read.
        Unread: IntervalSet
        /// The unread hours, each with its reach.
        UnreadReach: IntervalSet
    }

/// Expectations.
[<RequireQualifiedAccess>]
module Expectation =

    /// Nothing given, nothing unread, and everything long over.
    let none: Expectation =
        { Now = Instant.afterAll
          Settling = Duration.zero
          Expected = ValueNone
          Keep = ValueNone
          Acknowledged = IntervalSet.empty
          Unread = IntervalSet.empty
          UnreadReach = IntervalSet.empty }
