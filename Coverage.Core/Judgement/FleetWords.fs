namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// One node's words in some time that it does not have, before any reason is asked for.
[<NoComparison; NoEquality>]
type internal NodeWords =
    {
        /// All of it.
        NotHad: IntervalSet
        /// By word. Seams of the fleet to which none of the first four words applies are in none.
        Sets: IntervalSet[]
        /// Those seams.
        Seams: IntervalSet
    }

/// One node's words, with all that goes with them.
[<NoComparison; NoEquality>]
type internal NodeSpans =
    {
        /// By word: `Fillable`, `Pending` and `Withheld` alone.
        Spans: List<FleetSpan>[]
        /// By word: the others but `Had`.
        Sets: IntervalSet[]
    }

/// One word for each instant of a fleet's extent, for each node (semantics.md section 10.2).
[<RequireQualifiedAccess>]
module internal FleetWords =

    /// The words of a node in some time that it does not have. Where nodes do not differ nothing is filled.
    let divide (ground: FleetGround) (node: int) (isApart: bool) (notHad: IntervalSet) : NodeWords =
        let sets = Array.create 8 IntervalSet.empty
        let mutable left = notHad

        let take (applies: IntervalSet) : IntervalSet =
            let taken = Sets.intersect left applies
            left <- Sets.subtract left taken
            taken

        sets[int FleetWord.Unknown] <- take ground.Unknown[node]

        if isApart then
            sets[int FleetWord.Fillable] <- take ground.Views.Filled[node].Has
            sets[int FleetWord.Pending] <- take ground.Views.Later[node].Has

        let seams = take ground.Seams
        sets[int FleetWord.Withheld] <- take ground.Covered
        sets[int FleetWord.Open] <- take ground.Somewhere
        sets[int FleetWord.Deleted] <- take ground.Marked
        sets[int FleetWord.Lost] <- left

        { NotHad = notHad
          Sets = sets
          Seams = seams }

    /// Neighbouring spans that say the same as one, in order.
    let joined (spans: List<FleetSpan>) : ImmutableArray<FleetSpan> =
        spans.Sort(fun a b -> compare a.Time.Start b.Time.Start)
        let joined = ImmutableArray.CreateBuilder<FleetSpan>()

        for span in spans do
            let last = joined.Count - 1

            if
                last >= 0
                && joined[last].Time.End = span.Time.Start
                && joined[last].Reason = span.Reason
                && joined[last].ByFull = span.ByFull
                && joined[last].Nodes.Bits = span.Nodes.Bits
            then
                joined[last] <-
                    { span with
                        Time = Interval.create joined[last].Time.Start span.Time.End }
            else
                joined.Add span

        joined.DrainToImmutable()

    /// Gives each seam the word, and all that goes with it, of the instant before it, or after it at the very start.
    let private giveSeams (ground: FleetGround) (words: NodeWords) (spans: List<FleetSpan>[]) : unit =
        let unknown = List<Interval>()
        let extent = IntervalSet.hull ground.Extent
        // As they were found: what a seam gets is not given on.
        let found = spans |> Array.map (fun spans -> (joined spans).AsSpan().ToArray())

        for part in words.Seams.Intervals do
            // The whole seam: some of it may have a word of its own.
            let seams = ground.Seams.Intervals

            let seam =
                seams[Search.firstWhere seams.Length (fun i -> seams[i].End > part.Start)]

            let instant =
                if seam.Start = extent.Start then
                    seam.End
                else
                    seam.Start - 1L<instant>

            if IntervalSet.contains instant words.Sets[int FleetWord.Unknown] then
                unknown.Add part
            else
                for word in 0 .. spans.Length - 1 do
                    let all = found[word]
                    let at = Search.firstWhere all.Length (fun i -> all[i].Time.End > instant)

                    if at < all.Length && Interval.contains instant all[at].Time then
                        spans[word].Add { all[at] with Time = part }

        words.Sets[int FleetWord.Unknown] <-
            Sets.union words.Sets[int FleetWord.Unknown] (IntervalSet.ofIntervals unknown)

    /// The words of a node in some time that it does not have, with all that goes with them.
    let private ofTime (ground: FleetGround) (node: int) (isApart: bool) (notHad: IntervalSet) : NodeSpans =
        let words = divide ground node isApart notHad
        let time (word: FleetWord) = words.Sets[int word]
        let spans = Array.init 8 (fun _ -> List<FleetSpan>())
        spans[int FleetWord.Fillable] <- FleetSources.fillable ground node (time FleetWord.Fillable)
        spans[int FleetWord.Pending] <- FleetSources.pending ground node (time FleetWord.Pending)
        spans[int FleetWord.Withheld] <- FleetSources.withheld ground node (time FleetWord.Withheld)
        giveSeams ground words spans
        { Spans = spans; Sets = words.Sets }

    /// The words of a known node where nodes may differ.
    let apart (ground: FleetGround) (node: int) : NodeSpans =
        Sets.subtract ground.Apart ground.Views.Own[node].Has |> ofTime ground node true

    /// The words of a known node in the holes of the base, which each node has.
    let common (ground: FleetGround) (node: int) : NodeSpans =
        ofTime ground node false ground.CommonHoles

    /// No words.
    let none: NodeSpans =
        { Spans = Array.init 8 (fun _ -> List<FleetSpan>())
          Sets = Array.create 8 IntervalSet.empty }

    /// The words of a node of which nothing is known.
    let unknown (ground: FleetGround) : NodeSpans =
        let sets = Array.create 8 IntervalSet.empty
        sets[int FleetWord.Unknown] <- ground.Extent
        { none with Sets = sets }
