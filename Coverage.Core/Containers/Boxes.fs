namespace Coverage

open System
open System.Text

/// A box: its type, and from where to where its content reaches in the file.
[<Struct; NoComparison>]
type internal Box =
    { Type: string
      From: int64
      Until: int64 }

/// Going through the boxes of an MP4 file.
[<RequireQualifiedAccess>]
module internal Boxes =

    /// The box at a place, which must end by another place; nothing where there is none.
    let private boxAt (at: int64) (until: int64) (bytes: ReadOnlyMemory<byte>) : Box voption =
        let size = Media.number bytes 0 4

        let struct (header, length) =
            match size with
            | 0UL -> struct (8L, uint64 (until - at))
            | 1UL -> struct (16L, Media.number bytes 8 8)
            | size -> struct (8L, size)

        if
            int64 bytes.Length < header
            || length < uint64 header
            || length > uint64 (until - at)
        then
            ValueNone
        else
            ValueSome
                { Type = Encoding.Latin1.GetString(bytes.Span.Slice(4, 4))
                  From = at + header
                  Until = at + int64 length }

    /// Goes through boxes side by side: each is given to `each`, which goes on with what it makes of the state. At the end, or
    /// before what is no whole box, it goes on with the state and the place reached.
    let rec sideBySide
        at
        until
        (state: 'S)
        (each: 'S -> Box -> ('S -> Probe) -> Probe)
        (ends: 'S -> int64 -> Probe)
        =
        if until - at < 8L then
            ends state at
        else
            Need(
                at,
                16,
                fun bytes ->
                    match boxAt at until bytes with
                    | ValueNone -> ends state at
                    | ValueSome box ->
                        each state box (fun state -> sideBySide box.Until until state each ends)
            )

    /// Goes through the boxes in a box.
    let inside
        (box: Box)
        (state: 'S)
        (each: 'S -> Box -> ('S -> Probe) -> Probe)
        (next: 'S -> Probe)
        : Probe =
        sideBySide box.From box.Until state each (fun state _ -> next state)

    /// Reads the beginning of a box.
    let content (box: Box) (most: int) (next: ReadOnlyMemory<byte> -> Probe) : Probe =
        Need(box.From, int (min (int64 most) (box.Until - box.From)), next)

    /// The version of a box that has one.
    let isWide (bytes: ReadOnlyMemory<byte>) : bool = Media.number bytes 0 1 = 1UL

    let flags (bytes: ReadOnlyMemory<byte>) : uint64 = Media.number bytes 1 3
