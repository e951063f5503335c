namespace Coverage

open System

/// Which of the segments are verified (semantics.md section 12).
[<RequireQualifiedAccess>]
type Part =
    /// All.
    | All
    /// So many percent of them, from 0 to 100.
    | Percent of Percent: decimal
    /// As many as have so many bytes.
    | Bytes of Bytes: int64
    /// One of so many parts that are about equal: the first is 1.
    | Nth of Part: int * Parts: int

/// A name that may be chosen.
[<Struct; NoComparison>]
type internal Candidate =
    {
        /// The fixed hash of the name.
        Hash: uint64
        /// The size of the file in bytes; 0 where it does not matter.
        Size: int64
    }

/// The names that a part chooses: those whose hash leaves a rest, and is no larger than another.
[<Struct; NoComparison>]
type internal Sample =
    { Divisor: uint64
      Rest: uint64
      Largest: uint64 }

    member this.Includes(hash: uint64) : bool =
        hash % this.Divisor = this.Rest && hash <= this.Largest

[<RequireQualifiedAccess>]
module internal Part =

    /// The fixed hash of a name: FNV-1a of 64 bits, mixed so that the names of one hour, which begin alike, spread evenly.
    let hash (name: ReadOnlySpan<byte>) : uint64 =
        let mutable hash = 0xCBF29CE484222325UL

        for i in 0 .. name.Length - 1 do
            hash <- (hash ^^^ uint64 name[i]) * 0x100000001B3UL

        hash <- (hash ^^^ (hash >>> 33)) * 0xFF51AFD7ED558CCDUL
        hash ^^^ (hash >>> 33)

    /// The sample that takes no larger hashes.
    let private upTo (largest: uint64) : Sample =
        { Divisor = 1UL
          Rest = 0UL
          Largest = largest }

    /// The sample that takes the first so many in order of hash.
    let private first (count: int) (ordered: Candidate[]) : Sample =
        if count = 0 then
            // No hash leaves a rest of 1.
            { upTo 0UL with Rest = 1UL }
        else
            upTo ordered[count - 1].Hash

    /// The names that a part chooses of all there are. Only `Percent` and `Bytes` need to see them, and sizes only `Bytes`:
    /// the name with which the bytes are reached is the last.
    let sample (part: Part) (all: seq<Candidate>) : Sample =
        let ordered () =
            all |> Seq.toArray |> Array.sortBy _.Hash

        match part with
        | Part.All -> upTo UInt64.MaxValue
        | Part.Nth(part, parts) ->
            { upTo UInt64.MaxValue with
                Divisor = uint64 parts
                Rest = uint64 (part - 1) }
        | Part.Percent percent ->
            let ordered = ordered ()
            first (int (Math.Ceiling(decimal ordered.Length * percent / 100m))) ordered
        | Part.Bytes bytes ->
            let ordered = ordered ()
            let before = ordered |> Array.scan (fun sum one -> sum + one.Size) 0L

            let count =
                Seq.zip before ordered
                |> Seq.takeWhile (fun (sum, _) -> sum < bytes)
                |> Seq.length

            first count ordered
