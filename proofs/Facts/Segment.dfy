include "Interval.dfy"

// Coverage.Core/Names/Segment.fs.
module Segments {
  import opened Time

  datatype Kind = Full | Suspect | Partial | Temp

  // The order of the kinds, as their numbers in F# have it.
  function Rank(kind: Kind): nat {
    match kind
    case Full => 0
    case Suspect => 1
    case Partial => 2
    case Temp => 3
  }

  datatype Segment = Segment(Start: Instant, Duration: Duration, Size: int, Kind: Kind) {
    function End(): Instant { Start + Duration }
  }

  datatype Tally = Tally(Count: int, Length: Duration) {
    function Plus(other: Tally): Tally { Tally(Count + other.Count, Length + other.Length) }
  }

  datatype ByKind = ByKind(Full: Tally, Suspect: Tally, Partial: Tally) {
    function Plus(other: ByKind): ByKind {
      ByKind(Full.Plus(other.Full), Suspect.Plus(other.Suspect), Partial.Plus(other.Partial))
    }

    // Tallies.Add.
    function Add(kind: Kind, length: Duration): ByKind {
      match kind
      case Full => this.(Full := Full.Plus(Tally(1, length)))
      case Suspect => this.(Suspect := Suspect.Plus(Tally(1, length)))
      case Partial => this.(Partial := Partial.Plus(Tally(1, length)))
      case Temp => this
    }
  }

  const NoTally := Tally(0, 0)
  const None := ByKind(NoTally, NoTally, NoTally)
}
