/// The model's values as the core's, and the core's results as the model's.
[<RequireQualifiedAccess>]
module Coverage.Tests.Convert

open System.Collections.Immutable
open Coverage

let interval ((start, finish): Model.Interval) : Interval =
    Interval.create (Instant.ofMicroseconds start) (Instant.ofMicroseconds finish)

let intervalSet (intervals: Model.Interval list) : IntervalSet =
    intervals |> List.map interval |> IntervalSet.ofIntervals

let kind (kind: Model.Kind) : SegmentKind =
    match kind with
    | Model.Kind.Full -> SegmentKind.Full
    | Model.Kind.Suspect -> SegmentKind.Suspect
    | Model.Kind.Partial -> SegmentKind.Partial
    | Model.Kind.Temp -> SegmentKind.Temp

let segment (segment: Model.Segment) : Segment =
    { Start = Instant.ofMicroseconds segment.Start
      Duration = Duration.ofMicroseconds segment.Duration
      Size = segment.Size
      Kind = kind segment.Kind }

let folder (folder: Model.Folder) : HourFolder =
    { Hour = folder.Hour * 1<hour>
      Segments = folder.Segments |> Seq.map segment |> ImmutableArray.CreateRange
      Bad = folder.Bad }

let settings (archive: Model.Archive) : Settings =
    let hour (given: int option) =
        given |> Option.map ((*) 1<hour>) |> Option.toValueOption

    { Tolerance = Duration.ofMicroseconds archive.Tolerance
      FirstHour = hour archive.FirstHour
      LastHour = hour archive.LastHour }

/// An hour as the face for C# takes it.
let nullable (hour: Hour voption) : System.Nullable<int> =
    hour |> ValueOption.map int |> ValueOption.toNullable

/// What the core reports of an archive.
let report (archive: Model.Archive) : StreamReport =
    archive.Folders |> Seq.map folder |> Report.ofFolders (settings archive)

/// Everything that the core finds in an archive.
let facts (archive: Model.Archive) : StreamFacts =
    Model.foldersRead archive
    |> Seq.map folder
    |> StreamFacts.ofFolders (settings archive)

/// What is expected of an archive.
let expectation (given: Model.Expectation) : Expectation =
    let hours reach =
        intervalSet [ for number in given.Unread -> Model.startOf number, Model.startOf (number + 1) + reach ]

    { Now = Instant.ofMicroseconds given.Now
      Settling = Duration.ofMicroseconds given.Settling
      Expected = given.Expected |> Option.map intervalSet |> Option.toValueOption
      Keep = given.Keep |> Option.map Duration.ofMicroseconds |> Option.toValueOption
      Acknowledged = intervalSet given.Acknowledged
      Unread = hours 0L
      UnreadReach = hours given.Reach }

/// What is judged of an archive by its facts alone.
let account (archive: Model.Archive) : Account = facts archive |> Account.ofFacts

/// What is judged of hour folders by their facts alone.
let accountOf (settings: Settings) (folders: HourFolder list) : Account =
    StreamFacts.ofFolders settings folders |> Account.ofFacts

let ofInterval (interval: Interval) : Model.Interval =
    int64 interval.Start, int64 interval.End

/// The intervals as they are held, so that what is equal to the model's is canonical, too.
let ofIntervalSet (set: IntervalSet) : Model.Interval list =
    set.Intervals |> Seq.map ofInterval |> List.ofSeq

/// The full, suspect and partial tallies, under the model's names.
let ofByKind (tallies: ByKind) : Map<Model.Kind, Model.Tally> =
    let tally (tally: Tally) : Model.Tally =
        { Count = tally.Count
          Duration = int64 tally.Length }

    Map.ofList
        [ Model.Kind.Full, tally tallies.Full
          Model.Kind.Suspect, tally tallies.Suspect
          Model.Kind.Partial, tally tallies.Partial ]
