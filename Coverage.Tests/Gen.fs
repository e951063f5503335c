/// Generators that build valid data and hug the boundaries; they never filter. They make plain values of the model.
[<RequireQualifiedAccess>]
module Coverage.Tests.Gen

open System
open System.Globalization
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage.Tests.Model

// Archives.

/// Lengths around which the rules turn: none, a microsecond, the tolerance and one either side, some seconds.
let private nudge (tolerance: int64) : Gen<int64> =
    gen {
        let! length =
            Gen.frequency
                [ 3, Gen.constant 0L
                  2, Gen.elements [ 1L; 2L ]
                  4, Gen.elements [ tolerance - 1L; tolerance; tolerance + 1L ]
                  2, Gen.choose64 (0L, 20L * second) ]

        let! sign = Gen.elements [ 1L; -1L ]
        return sign * length
    }

let private within (low: int64) (high: int64) (value: int64) = min high (max low value)

/// A length for a segment that starts at `start`: often such that it ends at, or just beside, a point that matters. The more
/// segments, the rarer are long ones, because what they cover has no gaps.
let private durationFrom most start tolerance (points: int64 list) : Gen<int64> =
    let often = max 1 (most / 4)

    let toPoint = Gen.map2 (fun point nudge -> point - start + nudge)

    let hourEdge =
        Gen.frequency [ 6 * often, Gen.constant 1; 2, Gen.choose (2, 3); 1, Gen.choose (4, 24) ]
        |> Gen.map (fun hours -> startOf (hourOf start + hours))

    Gen.frequency
        [ 3 * often, Gen.elements [ 2L * second; 2_002_000L; 10L * second ]
          2 * often, Gen.elements [ 0L; 1L ]
          3 * often, toPoint hourEdge (Gen.elements [ -1L; 0L; 1L ])
          4 * often, toPoint (Gen.elements points) (nudge tolerance)
          1, Gen.choose64 (0L, 3L * hour)
          1, Gen.elements [ NameModel.longest; NameModel.longest - 1L ] ]
    |> Gen.map (within 0L NameModel.longest)

let private size = Gen.elements [ 0L; 1L; 7L; 7L; 9L; 1_000_000L; 1L <<< 40 ]

/// A segment of the hour, placed by what is there already.
let private scattered most number tolerance kind (there: Segment list) : Gen<Segment> =
    let low, high = startOf number, startOf (number + 1) - 1L

    let points =
        low :: high + 1L :: (there |> List.collect (fun s -> [ s.Start; endOf s ]))

    let reached = there |> List.map endOf |> List.fold max 0L

    gen {
        let! start =
            Gen.frequency
                [ 6, Gen.map2 (+) (Gen.elements points) (nudge tolerance)
                  2, Gen.elements (low :: (there |> List.map _.Start))
                  4, Gen.map ((+) (max low reached)) (nudge tolerance)
                  1, Gen.choose64 (low, high)

                  // A gap over the hour's edge can still be one of the tolerance.
                  if reached < low && low <= reached + tolerance then
                      9, Gen.map ((+) (reached + tolerance)) (Gen.elements [ -1L; 0L; 1L ]) ]

        let start = within low high start
        let! duration = durationFrom most start tolerance points
        let! kind = kind
        let! size = size

        return
            { Start = start
              Duration = duration
              Kind = kind
              Size = size }
    }

/// Segments of the hour laid end to end, from where the earlier ones end to the hour's edge, a bit past it or a bit
/// before, with steps between them that are mostly none and never longer than the tolerance.
let rec private tiled number tolerance kind (there: Segment list) : Gen<Segment list> =
    let low, high = startOf number, startOf (number + 1) - 1L
    let reached = there |> List.map endOf |> List.fold max 0L
    let reached = if low <= reached + tolerance then reached else low

    if reached > high then
        Gen.constant []
    else
        let one =
            gen {
                let! step = Gen.elements [ 0L; 0L; 0L; 1L; tolerance - 1L; tolerance ]
                let start = within low high (reached + within 0L tolerance step)

                let! duration =
                    Gen.frequency
                        [ 4, Gen.choose64 (hour / 4L, hour / 2L)
                          2, Gen.map ((+) (high + 1L - start)) (Gen.elements [ -1L; 0L; 0L; 1L; 2L * second ])
                          1, Gen.constant (2L * hour) ]

                let! ofKind = kind
                let! size = size

                let segment =
                    { Start = start
                      Duration = max 1L duration
                      Kind = ofKind
                      Size = size }

                let! rest = tiled number tolerance kind (segment :: there)
                return segment :: rest
            }

        if high - reached < min tolerance second then
            Gen.oneof [ one; Gen.constant [] ]
        else
            one

let rec private scatter most count number tolerance kind there : Gen<Segment list> =
    if count = 0 then
        Gen.constant []
    else
        gen {
            let! segment = scattered most number tolerance kind there
            let! rest = scatter most (count - 1) number tolerance kind (segment :: there)
            return segment :: rest
        }

/// A folder of the hour, after the segments `there` of the earlier hours, with at most so many scattered.
let private folder most number tolerance kind there : Gen<Folder> =
    gen {
        let! bad = Gen.frequency [ 4, Gen.constant 0; 1, Gen.choose (1, 3) ]

        let! segments =
            Gen.frequency
                [ 2, Gen.constant []
                  1, scatter most 2 number tolerance (Gen.constant Kind.Temp) there
                  6,
                  Gen.choose (1, most)
                  |> Gen.bind (fun n -> scatter most n number tolerance kind there)
                  5, tiled number tolerance kind there
                  3,
                  gen {
                      let! tiles = tiled number tolerance kind there
                      let! count = Gen.choose (1, most / 2)
                      let! more = scatter most count number tolerance kind (tiles @ there)
                      return tiles @ more
                  } ]

        // A listing comes in any order.
        let! segments = Gen.shuffle segments

        return
            { Hour = number
              Segments = List.ofArray segments
              Bad = bad }
    }

let rec private foldersAt most (numbers: int list) tolerance kind there : Gen<Folder list> =
    match numbers with
    | [] -> Gen.constant []
    | number :: later ->
        gen {
            let! first = folder most number tolerance kind there
            let! rest = foldersAt most later tolerance kind (first.Segments @ there)
            return first :: rest
        }

let private hourOfDate year month day clock =
    int (DateTime(year, month, day, clock, 0, 0) - DateTime.UnixEpoch).TotalHours

let private lastOfAll = hourOfDate 9998 12 31 23

/// So many hours between 1970 and 9998 inclusive, in order: neighbours mostly, with lost hours, now and then the same one
/// twice, and with the given odds a far jump.
let private hoursOf (counts: int * int) (jump: Gen<int>) (odds: int) : Gen<int list> =
    gen {
        let! count = Gen.choose counts

        let! steps =
            Gen.frequency [ 12, Gen.constant 1; 3, Gen.choose (2, 4); 1, Gen.constant 0; odds, jump ]
            |> Gen.listOfLength (max 0 (count - 1))

        let offsets = steps |> List.scan (+) 0 |> List.truncate count
        let span = offsets |> List.fold max 0

        let! first =
            Gen.frequency
                [ 3, Gen.constant (hourOfDate 2025 11 7 18)
                  3, Gen.constant (hourOfDate 2024 12 31 22)
                  1, Gen.constant (hourOfDate 2024 2 28 22)
                  1, Gen.constant 0
                  1, Gen.constant (lastOfAll - span) ]

        return offsets |> List.map ((+) first)
    }

/// Steps that leave a run of 744 or 745 empty hours, or one more or less, after a folder whose coverage stays in its
/// hour, reaches into the next, or into the next day; and some decades.
let private farJump =
    Gen.frequency
        [ 6, Gen.elements [ 744..748 ]
          2, Gen.elements [ 767..771 ]
          1, Gen.map ((*) (24 * 365)) (Gen.choose (1, 40)) ]

let private tolerance =
    Gen.frequency
        [ 5, Gen.constant 10_000L
          2, Gen.constant 0L
          1, Gen.constant 1L
          2, Gen.elements [ 2L * second; 7L * second ]
          1, Gen.elements [ hour; hour + 1L; hour + 600L * second ] ]

/// The kinds of an archive's segments: a clean one has full ones only.
let private kinds =
    let mixed =
        Gen.frequency
            [ 6, Gen.constant Kind.Full
              3, Gen.constant Kind.Suspect
              3, Gen.constant Kind.Partial
              1, Gen.constant Kind.Temp ]

    Gen.frequency
        [ 2, Gen.constant (Gen.constant Kind.Full)
          1, Gen.constant (Gen.elements [ Kind.Full; Kind.Partial ])
          4, Gen.constant mixed ]

/// First and last hour: mostly not given, else near the folders, and never the first after the last.
let private limits (hours: int list) : Gen<int option * int option> =
    let near =
        match hours with
        | [] -> Gen.constant 0
        | _ ->
            Gen.map2 (+) (Gen.elements hours) (Gen.elements [ 0; 0; 0; -1; 1 ])
            |> Gen.map (fun number -> min lastOfAll (max 0 number))

    Gen.frequency
        [ 5, Gen.constant (None, None)
          1, near |> Gen.map (fun first -> Some first, None)
          2, near |> Gen.map (fun last -> None, Some last)
          2, Gen.map2 (fun a b -> Some(min a b), Some(max a b)) near near ]

let private archiveOf most hours : Gen<Archive> =
    gen {
        let! hours = hours
        let! tolerance = tolerance
        let! kind = kinds
        let! folders = foldersAt most hours tolerance kind []
        let! first, last = limits hours

        return
            { Tolerance = tolerance
              FirstHour = first
              LastHour = last
              Folders = folders }
    }

/// Any archive.
let archive: Gen<Archive> = archiveOf 7 (hoursOf (0, 6) farJump 1)

/// An archive of a few neighbouring hours: what a map is drawn of.
let shortArchive: Gen<Archive> = archiveOf 7 (hoursOf (0, 6) (Gen.constant 5) 1)

/// An archive of more hours, with more segments in each.
let largeArchive: Gen<Archive> = archiveOf 60 (hoursOf (6, 16) farJump 1)

/// The list without each one of its elements in turn.
let private withoutOne list =
    Seq.init (List.length list) (fun index -> List.removeAt index list)

/// The list with each one of its elements in turn made simpler.
let private simplerOne simpler list =
    list
    |> Seq.mapi (fun index element ->
        simpler element |> Seq.map (fun other -> List.updateAt index other list))
    |> Seq.concat

/// Simpler segments: full, of no size, of a rounder length. Starts stay, so that the folder stays right.
let private simplerSegment (segment: Segment) : Segment seq =
    seq {
        if segment.Kind <> Kind.Full then
            { segment with Kind = Kind.Full }

        if segment.Size <> 0L then
            { segment with Size = 0L }

        let whole = segment.Duration / second * second

        if segment.Duration <> whole then
            { segment with Duration = whole }
    }

let private simplerFolder (folder: Folder) : Folder seq =
    seq {
        if folder.Bad > 0 then
            { folder with Bad = 0 }

        for segments in withoutOne folder.Segments do
            { folder with Segments = segments }

        for segments in simplerOne simplerSegment folder.Segments do
            { folder with Segments = segments }
    }

/// Simpler archives: fewer folders, no limits, fewer and simpler segments.
let simplerArchive (archive: Archive) : Archive seq =
    seq {
        for folders in withoutOne archive.Folders do
            { archive with Folders = folders }

        if archive.FirstHour.IsSome then
            { archive with FirstHour = None }

        if archive.LastHour.IsSome then
            { archive with LastHour = None }

        for folders in simplerOne simplerFolder archive.Folders do
            { archive with Folders = folders }
    }

// Intervals.

/// Intervals on a grid of 24 points, so that they touch, nest, repeat and are empty often, as a recorder would not
/// leave them: in any order.
let intervals: Gen<Interval list> =
    Gen.frequency [ 3, Gen.choose (0, 24); 1, Gen.constant 24 ]
    |> Gen.map int64
    |> Gen.bind (fun edge -> Gen.zip (Gen.choose64 (0L, edge)) (Gen.choose64 (0L, 5L)))
    |> Gen.map (fun (start, length) -> start, min 24L (start + length))
    |> Gen.listOf
    |> Gen.resize 10

/// The same in order of start.
let sortedIntervals: Gen<Interval list> = intervals |> Gen.map List.sort

// Names.

/// A name as bytes; failures show it as Latin-1 text.
[<StructuredFormatDisplay("{Text}")>]
type Name =
    { Bytes: byte[] }

    member name.Text = NameModel.latin1 name.Bytes
    override name.ToString() = name.Text

/// The name of a text in UTF-8.
let utf8 (text: string) : Name = { Bytes = Encoding.UTF8.GetBytes text }

let private textOf (alphabet: string) (lengths: int seq) : Gen<string> =
    Gen.elements lengths
    |> Gen.bind (fun length -> Gen.elements alphabet |> Gen.arrayOfLength length)
    |> Gen.map String

let private concat (parts: Gen<string> list) : Gen<string> =
    Gen.sequenceToList parts |> Gen.map (String.concat "")

let private digits lengths = textOf "0123456789" lengths

let private sixtieth =
    Gen.frequency
        [ 1, Gen.elements [ "00"; "59" ]
          2, Gen.choose (0, 59) |> Gen.map (sprintf "%02d") ]

let private time =
    let fraction =
        Gen.oneof [ Gen.constant ""; concat [ Gen.constant "."; digits [ 1..6 ] ] ]

    concat [ sixtieth; Gen.constant ":"; sixtieth; fraction ]

/// Durations; the written ones lie on and beside a rounding or the longest.
let private duration =
    Gen.oneof
        [ Gen.elements
              [ "0"
                "00"
                "10"
                "2.002"
                "2.002000000"
                "0.0000004"
                "0.0000005"
                "0.00000050000000000000000001"
                "0.00000049999999999999999999"
                "0.0000015"
                "0.0000025"
                "0.000001499999999999"
                "1.9999995"
                "59.99999949"
                "86399.9999999"
                "86400"
                "86400.000000"
                "86400.0000005"
                "0000000000000000000000000086400.0" ]
          concat [ digits [ 1..4 ]; Gen.constant "."; digits [ 1..9 ] ]
          concat
              [ digits [ 1..4 ]
                Gen.constant "."
                digits [ 6 ]
                Gen.elements [ "5"; "50"; "51"; "49" ] ]
          digits [ 1..4 ] ]

/// Base64url without padding, no length of which is 1 modulo 4; often with dashes, at its start too.
let hash: Gen<string> =
    let base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    Gen.oneof
        [ textOf base64url [ 43 ]
          textOf base64url [ 2; 3; 4; 6; 7; 8; 44 ]
          concat [ Gen.elements [ "-"; "--"; "-_" ]; textOf base64url [ 42; 44 ] ]
          |> Gen.map (fun text -> text.Substring(0, text.Length / 4 * 4))
          textOf "-_" [ 2; 3; 4 ]
          Gen.constant "" ]

/// What may stand in the place of a hash in a temp name: any text.
let private anyText =
    Gen.oneof
        [ Gen.elements
              [ "0d9a2c4e-77aa-4c2b-9f4e-2f8d8a1c1a11"
                ""
                "-"
                "a"
                "a b"
                ".ts"
                "full-"
                "\n"
                "häß"
                "日本"
                "+/=" ]
          hash ]

let private settled = Gen.elements [ "full"; "suspect"; "partial" ]

let private assemble time duration kindAndHash =
    concat
        [ time
          Gen.constant "-"
          duration
          Gen.constant "-"
          kindAndHash
          Gen.constant ".ts" ]

let private settledAndHash =
    Gen.frequency
        [ 4, concat [ settled; Gen.constant "-"; hash ]
          1, concat [ Gen.constant "temp-"; anyText ] ]

/// A name that fits the grammar.
let validName: Gen<Name> = assemble time duration settledAndHash |> Gen.map utf8

let private wrongTime =
    Gen.elements
        [ ""
          "0:00"
          "000:00"
          "60:00"
          "00:60"
          "00.00"
          "0000"
          "00:00."
          "00:00.1234567"
          "00:00,5"
          "00:00:00"
          "-00:00"
          "+1:00"
          " 00:00"
          "00:00 "
          "٠٠:٠٠"
          "00:0３" ]

let private wrongDuration =
    Gen.elements
        [ ""
          "."
          "1."
          ".5"
          "1.5."
          "1..5"
          "1,5"
          "+1"
          "-1"
          "1e3"
          "1E3"
          "0x10"
          "inf"
          "nan"
          "Infinity"
          "NaN"
          "1_000"
          " 1"
          "1 "
          "٣"
          "2.００"
          "86400.00000051"
          "86400.0000006"
          "86400.000001"
          "86401"
          "99999999999999999999999999999999" ]

let private wrongKindAndHash =
    Gen.oneof
        [ Gen.elements
              [ ""
                "full"
                "temp"
                "full-A"
                "full-AAAAA"
                "full--"
                "full-----"
                "full-AAAA="
                "full-AA=="
                "full-AA+/"
                "full-AA A"
                "full-AAé"
                "full-AA\n"
                "-AA" ]
          concat
              [ Gen.elements [ "Full"; "FULL"; "suspects"; "parti"; "Temp"; "tempo"; "fullfull"; "bad"; "" ]
                Gen.constant "-"
                hash ] ]

/// What stands where a DURATION should, right or wrong.
let durationText: Gen<string> = Gen.frequency [ 3, duration; 1, wrongDuration ]

/// A name with one part that does not fit.
let private wrongName =
    Gen.oneof
        [ assemble wrongTime duration settledAndHash
          assemble time wrongDuration settledAndHash
          assemble time duration wrongKindAndHash ]
    |> Gen.map utf8

/// A byte that a file name can hold.
let private fileByte =
    Gen.oneof
        [ Gen.elements ".-:_059 \nfTt" |> Gen.map byte
          Gen.choose (1, 254)
          |> Gen.map (fun value -> if value < int '/' then byte value else byte (value + 1)) ]

/// Puts `insert` into the bytes at a place, instead of the `drop` bytes there.
let private splice (drop: int) (insert: Gen<byte[]>) (bytes: byte[]) : Gen<byte[]> =
    gen {
        let drop = min drop bytes.Length
        let! at = Gen.choose (0, bytes.Length - drop)
        let! insert = insert
        return Array.concat [ bytes[.. at - 1]; insert; bytes[at + drop ..] ]
    }

let private doubleOne (bytes: byte[]) : Gen<byte[]> =
    Gen.choose (0, bytes.Length - 1)
    |> Gen.map (fun at -> Array.insertAt at bytes[at] bytes)

/// One change: a byte replaced, dropped or doubled, a dash added, a foreign digit or invalid UTF-8 put in, something
/// put at an end.
let private mutateOnce (bytes: byte[]) : Gen<byte[]> =
    let utf8 (text: string) = Encoding.UTF8.GetBytes text
    let foreignDigit = Gen.elements [ "٣"; "３"; "०"; "²" ] |> Gen.map utf8

    let invalid =
        Gen.elements
            [ [| 0xFFuy |]
              [| 0xC0uy; 0xAFuy |]
              [| 0x80uy |]
              [| 0xEDuy; 0xA0uy; 0x80uy |] ]

    Gen.oneof
        [ splice 1 (fileByte |> Gen.arrayOfLength 1) bytes
          splice 1 (Gen.constant [||]) bytes
          doubleOne bytes
          splice 0 (Gen.constant "-"B) bytes
          splice 1 foreignDigit bytes
          Gen.oneof [ splice 0 invalid bytes; splice 1 invalid bytes ]
          Gen.elements [ "\n"; ".ts"; " "; "~"; ".tombstone"; "\r" ]
          |> Gen.map (fun tail -> Array.append bytes (utf8 tail))
          Gen.elements [ "\n"; " "; "."; "0"; "\uFEFF" ]
          |> Gen.map (fun head -> Array.append (utf8 head) bytes) ]

/// A valid name changed once or twice; some still fit.
let mutatedName: Gen<Name> =
    gen {
        let! name = validName
        let! once = mutateOnce name.Bytes
        let! twice = mutateOnce once
        let! bytes = Gen.elements [ once; once; twice ]
        return { Bytes = bytes }
    }

/// Any name, valid or nearly so.
let name: Gen<Name> = Gen.frequency [ 3, validName; 2, wrongName; 4, mutatedName ]

/// Names of hour folders, valid or nearly so.
let hourName: Gen<string> =
    let written =
        Gen.elements
            [ "1970-01-01T00"
              "9998-12-31T23"
              "2024-02-29T23"
              "2000-02-29T00"
              "1969-12-31T23"
              "9999-01-01T00"
              "0000-01-01T00"
              "1900-02-28T00"
              "2023-02-29T00"
              "2100-02-29T00"
              "2025-00-01T00"
              "2025-13-01T00"
              "2025-01-00T00"
              "2025-04-31T00"
              "2025-11-07T24"
              "2025-11-07t18"
              "2025-11-07 18"
              "2025-11-7T18"
              "2025-11-07T8"
              "2025-11-07T18:00"
              "2025-11-07T18Z"
              "2025-11-07T18\n"
              "-2025-11-07T18"
              "٢٠٢٥-11-07T18"
              "2025-11-07T1８"
              "" ]

    let calendar =
        Gen.choose (0, lastOfAll)
        |> Gen.map (fun number ->
            DateTime.UnixEpoch
                .AddHours(float number)
                .ToString("yyyy-MM-dd'T'HH", CultureInfo.InvariantCulture))

    let anyNumbers =
        gen {
            let! year = Gen.choose (1960, 2110)
            let! month = Gen.choose (0, 13)
            let! day = Gen.choose (0, 32)
            let! clock = Gen.choose (0, 25)
            return sprintf "%04d-%02d-%02dT%02d" year month day clock
        }

    let mutated =
        calendar
        |> Gen.map Encoding.ASCII.GetBytes
        |> Gen.bind mutateOnce
        |> Gen.map Encoding.UTF8.GetString

    Gen.oneof [ written; calendar; anyNumbers; mutated ]

// Arguments of properties.

/// An archive, and what is expected of it.
type Judged = Judged of Archive * Expectation

/// What is expected of an archive: its edges lie on, or just beside, those of segments and hours.
let private expectationOf (archive: Archive) : Gen<Expectation> =
    let numbers = archive.Folders |> List.map _.Hour

    let points =
        startOf 0
        :: [ for folder in archive.Folders do
                 startOf folder.Hour
                 startOf (folder.Hour + 1)

                 for segment in folder.Segments do
                     segment.Start
                     endOf segment ]

    let point =
        Gen.map2
            (fun point nudge -> within 0L (1L <<< 58) (point + nudge))
            (Gen.elements points)
            (nudge archive.Tolerance)

    let span = Gen.map2 (fun a b -> min a b, max a b) point point

    let spans =
        gen {
            let! count = Gen.choose (0, 4)
            let! spans = Gen.listOfLength count span
            return List.filter (fun (start, finish) -> start < finish) spans
        }

    let orNone part =
        Gen.frequency [ 1, Gen.constant None; 2, Gen.map Some part ]

    gen {
        let! now = Gen.frequency [ 3, point; 1, Gen.constant (1L <<< 58) ]

        let! settling =
            Gen.elements [ 0L; 1L; archive.Tolerance; 240L * second; 3600L * second ]

        let! expected = orNone spans

        let! keep =
            Gen.frequency
                [ 2, Gen.constant None
                  1, Gen.map (fun point -> Some(max 0L (now - point))) point ]

        let! acknowledged = spans

        let! unread =
            Gen.elements (
                0 :: numbers
                |> List.collect (fun number -> [ []; [ number ]; [ number; number + 1 ] ])
            )

        let! reach = Gen.elements [ 60L * second; 24L * hour; 1L ]

        return
            { Now = now
              Settling = settling
              Expected = expected
              Keep = keep
              Acknowledged = acknowledged
              // An hour is read or unread.
              Unread = unread |> List.filter (fun number -> not (List.contains number numbers))
              Reach = reach }
    }

let private simplerExpectation (e: Expectation) : Expectation seq =
    seq {
        if e.Keep.IsSome then
            { e with Keep = None }

        if e.Expected.IsSome then
            { e with Expected = None }

        if e.Settling > 0L then
            { e with Settling = 0L }

        for fewer in withoutOne e.Acknowledged do
            { e with Acknowledged = fewer }

        for fewer in withoutOne e.Unread do
            { e with Unread = fewer }

        for fewer in withoutOne (Option.defaultValue [] e.Expected) do
            { e with Expected = Some fewer }
    }

/// An archive of few hours, for maps.
type ShortArchive = ShortArchive of Archive

/// An archive of many hours with many segments.
type LargeArchive = LargeArchive of Archive

/// Intervals in any order.
type Intervals = Intervals of Interval list

/// Intervals in order of start.
type SortedIntervals = SortedIntervals of Interval list

/// Many archives at once, for a judge that takes long to start; a failure shows the archive that it shrank to.
[<StructuredFormatDisplay("{Shown}")>]
type Archives =
    | Archives of Archive list

    member this.Shown =
        match this with
        | Archives [ one ] -> box one
        | Archives many -> $"{many.Length} archives"

/// The name of an hour folder, valid or nearly so.
type HourName = HourName of string

type Arbs =
    static member Archive() : Arbitrary<Archive> =
        Arb.fromGenShrink (archive, simplerArchive)

    static member Judged() : Arbitrary<Judged> =
        Arb.fromGenShrink (
            gen {
                let! archive = archive
                let! expectation = expectationOf archive
                return Judged(archive, expectation)
            },
            fun (Judged(archive, expectation)) ->
                Seq.append
                    (simplerExpectation expectation
                     |> Seq.map (fun simpler -> Judged(archive, simpler)))
                    (simplerArchive archive |> Seq.map (fun simpler -> Judged(simpler, expectation)))
        )

    static member ShortArchive() : Arbitrary<ShortArchive> =
        Arb.fromGenShrink (
            Gen.map ShortArchive shortArchive,
            fun (ShortArchive archive) -> simplerArchive archive |> Seq.map ShortArchive
        )

    /// Half of them, then half of these, down to the archive that fails, and then simpler archives.
    static member Archives() : Arbitrary<Archives> =
        let simpler archives =
            match archives with
            | [ one ] -> simplerArchive one |> Seq.map List.singleton
            | _ -> List.splitInto 2 archives

        Arb.fromGenShrink (
            archive |> Gen.listOfLength 300 |> Gen.map Archives,
            fun (Archives archives) -> simpler archives |> Seq.map Archives
        )

    static member LargeArchive() : Arbitrary<LargeArchive> =
        Arb.fromGenShrink (
            Gen.map LargeArchive largeArchive,
            fun (LargeArchive archive) -> simplerArchive archive |> Seq.map LargeArchive
        )

    static member Intervals() : Arbitrary<Intervals> =
        Arb.fromGenShrink (
            Gen.map Intervals intervals,
            fun (Intervals list) -> withoutOne list |> Seq.map Intervals
        )

    static member SortedIntervals() : Arbitrary<SortedIntervals> =
        Arb.fromGenShrink (
            Gen.map SortedIntervals sortedIntervals,
            fun (SortedIntervals list) -> withoutOne list |> Seq.map SortedIntervals
        )

    static member Name() : Arbitrary<Name> = Arb.fromGen name

    static member HourName() : Arbitrary<HourName> = Arb.fromGen (Gen.map HourName hourName)

/// How many times as many cases as ordinarily: `./build.sh test --deep` tries twenty times as many.
let depth =
    if Environment.GetEnvironmentVariable "COVERAGE_TESTS" = "deep" then
        20
    else
        1

/// For `testPropertyWithConfig`, which prints the seed of a failure.
let config: FsCheckConfig =
    { FsCheckConfig.defaultConfig with
        arbitrary = [ typeof<Arbs> ]
        maxTest = 300 * depth }
