namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// On how many nodes time is (semantics.md section 10.2).
[<RequireQualifiedAccess>]
module internal FleetCopies =

    /// How much of the extent, seams left out, so many nodes list, and how much each lists alone.
    let find (ground: FleetGround) (common: FleetBase voption) =
        let count = ground.Covers.Length
        let known = System.Numerics.BitOperations.PopCount ground.Known
        let copies = Array.zeroCreate<Duration>(count + 1)
        let sole = Array.zeroCreate<Duration> count
        let items = List<Layered>()

        for node in 0 .. count - 1 do
            for time in (Sets.intersect ground.Apart ground.Covers[node]).Intervals do
                items.Add
                    { Time = time
                      Layers = FleetHours.bit node }

        let listed = Sets.subtract ground.Apart ground.Seams

        for part in Layers.over listed (Layers.paint items) do
            let set = { Bits = part.Layers }
            copies[set.Count] <- copies[set.Count] + part.Time.Length

            if set.Count = 1 then
                sole[set.Nodes[0]] <- sole[set.Nodes[0]] + part.Time.Length

        match common with
        | ValueSome common ->
            // All nodes list what the base covers, and its segments that are not best.
            let windows = Sets.subtract ground.Extent ground.Apart
            let inHoles = (Sets.intersect ground.CommonHoles common.NotBest).Length
            let mutable all = windows.Length - ground.CommonHoles.Length + inHoles

            for window in windows.Intervals do
                all <- all - StreamFacts.seamsIn window common.Facts

            for interval in (Sets.intersect windows common.NotBest).Intervals do
                all <- all + StreamFacts.seamsIn interval common.Facts

            let none =
                ground.CommonHoles.Length
                - inHoles
                - (Sets.intersect ground.CommonHoles ground.Seams).Length

            copies[known] <- copies[known] + all
            copies[0] <- copies[0] + none

            if known = 1 then
                let node = System.Numerics.BitOperations.TrailingZeroCount ground.Known
                sole[node] <- sole[node] + all
        | ValueNone -> ()

        ImmutableArray.CreateRange copies, ImmutableArray.CreateRange sole
