/// Paths of other recorders (semantics.md section 13): templates, and local time.
module Coverage.Tests.LayoutTests

open System
open System.Collections.Immutable
open System.Globalization
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

let private layout (template: string) : Template =
    match Template.tryParse template with
    | Ok layout -> layout
    | Error error -> failtest $"{template}: {error}"

let private read (template: string) (path: string) : LayoutReading =
    Layout.read (layout template) (ReadOnlySpan(Encoding.UTF8.GetBytes path))

let private at (text: string) : Instant =
    let time =
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)

    Instant.ofMicroseconds ((time.UtcTicks - DateTime.UnixEpoch.Ticks) / 10L)

/// What a path says, in a form that can be compared.
let private said (template: string) (path: string) : string =
    match read template path with
    | LayoutReading.PassedOver -> "passed over"
    | LayoutReading.NoDate names -> $"""no date of {String.concat "|" names}"""
    | LayoutReading.Fits(names, time) ->
        let local = if time.IsLocal then " local" else ""
        $"""{String.concat "|" names} {Instant.toText time.Clock}{local}"""

/// A template that a recorder might have, the names in it, and a time that it can write.
let private written: Gen<string * string[] * WrittenTime> =
    gen {
        let! date, isLocal, isWhole =
            Gen.elements
                [ "%Y-%m-%d_%H-%M-%S-%f", true, false
                  "%Y%m%d%H%M%S", true, true
                  "%Y/%j/%H%M.%S.%f", true, false
                  "%s", false, true
                  "%s.%f", false, false
                  "%Y-%m-%dT%H%M%S%z", false, true
                  "%Y/%Y-%m-%d/%H/%M.%S", true, true ]

        let! template, count =
            Gen.elements
                [ $"%%path/{date}", 1
                  $"%%{{camera}}-{date}.mp4", 1
                  $"{date}", 0
                  $"%%{{site}}/%%{{camera}}/{date}.ts", 2
                  $"%%path/%%{{camera}}_{date}_%%{{camera}}.mkv", 2
                  $"100%%%%/{date}", 0 ]

        let! names =
            Gen.elements [ "cam1"; "cam-2"; "Tür"; "a_b"; "x" ] |> Gen.arrayOfLength count

        let! seconds = Gen.choose64 (100_000_000L, 20_000_000_000L)
        let! fraction = Gen.choose (0, 999_999)

        return
            template,
            names,
            { Clock = Instant.ofMicroseconds (seconds * 1_000_000L + (if isWhole then 0L else int64 fraction))
              IsLocal = isLocal }
    }

let private anyBytes: Gen<byte[]> =
    Gen.choose (0, 255) |> Gen.map byte |> Gen.arrayOf

let private writtenArb: Arbitrary<string * string[] * WrittenTime> =
    Arb.fromGen written

let private zoneOf (zone: TimeZoneInfo) : Zone =
    // The offsets as the system has them, found by halving between hours in which they differ.
    let offset (seconds: int64) =
        int64 (zone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds seconds)).TotalSeconds

    let rec change (from: int64) (until: int64) =
        if until - from = 1L then
            until
        else
            let middle = (from + until) / 2L

            if offset middle = offset from then
                change middle until
            else
                change from middle

    let first = 0L
    let last = DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds()

    let changes =
        [ for week in first .. 604_800L .. last do
              if offset week <> offset (week + 604_800L) then
                  change week (week + 604_800L) ]

    { Offsets =
        ImmutableArray.CreateRange
            [ { From = Instant.beforeAll
                Offset = Duration.ofSeconds (offset first) }
              for at in changes do
                  { From = Instant.ofMicroseconds (at * 1_000_000L)
                    Offset = Duration.ofSeconds (offset at) } ] }

let private zones =
    [ "Europe/Berlin"
      "America/New_York"
      "Australia/Lord_Howe"
      "Pacific/Apia"
      "UTC"
      "Asia/Kolkata" ]
    |> List.map (fun name -> name, TimeZoneInfo.FindSystemTimeZoneById name)
    |> List.map (fun (name, zone) -> name, zone, lazy (zoneOf zone))

[<Tests>]
let tests =
    testList
        "layout"
        [ test "a path of each recorder says its stream and its start" {
              for template, path, expected in
                  [ "%path/%Y-%m-%d_%H-%M-%S-%f",
                    "cam/hd/2026-11-28_20-25-14-000123.mp4",
                    "cam/hd 2026-11-28T20:25:14.000123Z local"
                    "%Y-%m-%d/%H/%{camera}/%M.%S.mp4",
                    "2026-11-28/20/cam1/25.14.mp4",
                    "cam1 2026-11-28T20:25:14.000000Z local"
                    "%{camera}-%s", "cam1-1795897514.mkv", "cam1 2026-11-28T20:25:14.000000Z"
                    "%{camera}-%s", "cam-1-1795897514.mkv", "cam-1 2026-11-28T20:25:14.000000Z"
                    "%Y-%m-%dT%H-%M-%S%z.ts", "2026-11-29T01-55-14+0530.ts", " 2026-11-28T20:25:14.000000Z"
                    "%Y-%m-%dT%H-%M-%S%z.ts", "2026-11-29T01-55-14-05:30.ts", " 2026-11-29T07:25:14.000000Z"
                    "%Y%j%H%M", "20263322025", " 2026-11-28T20:25:00.000000Z local"
                    "%Y%m%d_%H%M%S.mp4", "20261128_202514.mp4", " 2026-11-28T20:25:14.000000Z local"
                    "%Y%m%d_%H%M%S.mp4", "20261128_202514.mp4.mp4", "passed over"
                    "%Y%m%d_%H%M%S", "20261128_202514.ts", " 2026-11-28T20:25:14.000000Z local"
                    "%Y%m%d_%H%M%S", "20261128_202514.avi", "passed over"
                    "%Y%m%d_%H%M%S", "x20261128_202514.ts", "passed over"
                    "%Y/%Y%m%d%H%M", "2026/202611282025", " 2026-11-28T20:25:00.000000Z local"
                    "%Y/%Y%m%d%H%M", "2025/202611282025", "passed over"
                    "%{a}/%{a}-%s", "x/x-1795897514", "x 2026-11-28T20:25:14.000000Z"
                    "%{a}/%{a}-%s", "x/y-1795897514", "passed over"
                    "%path/%s", ".hidden/1795897514", "passed over"
                    "%path/%s", "a//1795897514", "passed over"
                    "%path/%s", "a/../1795897514", "passed over"
                    "%{a}%%%s", "x%1795897514", "x 2026-11-28T20:25:14.000000Z" ] do
                  Expect.equal (said template path) expected $"{template} {path}"
          }

          test "a path that fits and whose date is no date is bad, with its stream" {
              for path in
                  [ "cam/20261328_202514"
                    "cam/20260229_202514"
                    "cam/20261128_242514"
                    "cam/20261128_206014"
                    "cam/20261128_202560"
                    "cam/00001128_202514"
                    "cam/19691231_235959" ] do
                  Expect.equal (said "%path/%Y%m%d_%H%M%S" path) "no date of cam" path

              Expect.equal (said "%Y%j%H%M" "20263662025") "no date of " "no leap year"
              Expect.equal (said "%Y%j%H%M" "20243662025") " 2024-12-31T20:25:00.000000Z local" "a leap year"
              Expect.equal (said "%Y%m%d%H%M%z" "202611282025+2500") "no date of " "no such offset"
              Expect.equal (said "%Y%m%d%H%M%z" "202611282025+0160") "no date of " "no such minute"
          }

          test "a template that cannot be used names its field" {
              for template, field in
                  [ "%q-%s", "%q"
                    "%s%", "'%'"
                    "%{camera-%s", "%{camera-%s"
                    "%{}-%s", "%{}-%s"
                    "cam", "%Y"
                    "%Y%m%d", "%H"
                    "%Y%m%d%H", "%M"
                    "%Y%d%H%M", "%m"
                    "%Y%m%H%M", "%d"
                    "%Y%j%m%H%M", "%j"
                    "%s-%Y", "%s"
                    "%s%z", "%z"
                    "%Y%m%d%H%M%f", "%S" ] do
                  match Template.tryParse template with
                  | Ok _ -> failtest $"{template} is none"
                  | Error error -> Expect.stringContains (string error) field template
          }

          test "how exactly starts are known comes from the finest field" {
              for template, microseconds in
                  [ "%Y%m%d%H%M", 60_000_000L
                    "%Y%m%d%H%M%S", 1_000_000L
                    "%s", 1_000_000L
                    "%s%f", 1L
                    "%Y%m%d%H%M%S%f", 1L ] do
                  Expect.equal (layout template).Resolution (Duration.ofMicroseconds microseconds) template
          }

          test "of what names a stream the last part is the quality" {
              for names, expected in
                  [ [], struct ("default", "default")
                    [ "cam" ], struct ("cam", "default")
                    [ "cam/hd" ], struct ("cam", "hd")
                    [ "site"; "cam" ], struct ("site", "cam")
                    [ "a/b"; "c" ], struct ("a/b", "c") ] do
                  Expect.equal (Layout.streamOf (List.toArray names)) expected $"{names}"
          }

          law "a path that is printed says what was printed, and with an ending where one may follow"
          <| Prop.forAll writtenArb (fun (template, names, time) ->
              let layout = layout template

              match Layout.print layout names time with
              | ValueNone -> false |> Prop.label $"{template} {names} prints nothing"
              | ValueSome path ->
                  let said (path: string) =
                      match Layout.read layout (ReadOnlySpan(Encoding.UTF8.GetBytes path)) with
                      | LayoutReading.Fits(same, written) ->
                          same = names && written.Clock = time.Clock && written.IsLocal = time.IsLocal
                      | _ -> false

                  (said path && (not layout.MayEnd || said $"{path}.mkv")) |> Prop.label path)

          law "any bytes are a path that says something, or are passed over"
          <| Prop.forAll (Arb.fromGen (Gen.zip written anyBytes)) (fun ((template, names, time), bytes) ->
              let layout = layout template
              Layout.read layout (ReadOnlySpan bytes) |> ignore

              match Layout.print layout names time with
              | ValueSome path ->
                  // A byte of a path that fits is changed.
                  let path = Encoding.UTF8.GetBytes path

                  if bytes.Length > 0 then
                      path[int bytes[0] % path.Length] <- bytes[bytes.Length - 1]

                  Layout.read layout (ReadOnlySpan path) |> ignore
              | ValueNone -> ())

          law "a local time is what the system's zone says: once, twice or never"
          <| Prop.forAll
              (Arb.fromGen (
                  gen {
                      let! name, zone, offsets = Gen.elements zones

                      // Often within an hour or two of a change.
                      let changes =
                          [ for offset in offsets.Value.Offsets do
                                if offset.From > 0L<instant> then
                                    int64 offset.From / 1_000_000L ]

                      let! near =
                          if changes.IsEmpty then
                              Gen.choose64 (100_000L, 2_000_000_000L)
                          else
                              Gen.elements changes

                      let! off = Gen.choose (-50_000, 50_000)
                      return name, zone, offsets.Value, near + int64 off
                  }
              ))
              (fun (name, zone, offsets, seconds) ->
                  // Of all instants the ones at which the system's clocks show it. (Its own reading of local times does not
                  // know that Apia's had no 30 December 2011.)
                  let instants =
                      [ for offset in
                            offsets.Offsets
                            |> Seq.map (fun one -> int64 one.Offset / 1_000_000L)
                            |> Seq.distinct do
                            let instant = DateTimeOffset.FromUnixTimeSeconds(seconds - offset)

                            if int64 (zone.GetUtcOffset instant).TotalSeconds = offset then
                                (seconds - offset) * 1_000_000L ]
                      |> List.sort

                  let read =
                      match Zone.read offsets (Instant.ofMicroseconds (seconds * 1_000_000L)) with
                      | LocalTime.Skipped -> []
                      | LocalTime.Once one -> [ int64 one ]
                      | LocalTime.Twice(one, other) -> [ int64 one; int64 other ]

                  (read = instants) |> Prop.label $"{name} {seconds}: {read} {instants}")

          test "of a time that came twice the nearer to the modification is taken, if it is near" {
              let earlier, later = at "2026-10-25T00:30:00Z", at "2026-10-25T01:30:00Z"

              let choose (text: string) =
                  Zone.choose earlier later (ValueSome(at text))

              Expect.equal (Zone.choose earlier later ValueNone) earlier "without a modification time"
              Expect.equal (choose "2026-10-25T01:30:04Z") later "near the later"
              Expect.equal (choose "2026-10-25T01:39:59Z") later "less than 10 minutes off"
              Expect.equal (choose "2026-10-25T01:40:00Z") earlier "10 minutes off"
              Expect.equal (choose "2026-10-25T00:30:04Z") earlier "near the earlier"
              Expect.equal (choose "2026-11-28T00:00:00Z") earlier "copied later"
          }

          test "clocks are said to be off by a multiple of 15 minutes that is near" {
              let off (seconds: int64 list) =
                  Zone.offBy (ImmutableArray.CreateRange(List.map Duration.ofSeconds seconds))
                  |> ValueOption.map (fun length -> int64 length / 1_000_000L)

              Expect.equal (off []) ValueNone "no file"
              Expect.equal (off [ 1L; 2L; 3L ]) ValueNone "right clocks"
              Expect.equal (off [ 3601L; 3602L; 50L ]) (ValueSome 3600L) "an hour"
              Expect.equal (off [ -3599L ]) (ValueSome -3600L) "an hour ahead"
              Expect.equal (off [ 3720L ]) (ValueSome 3600L) "2 minutes off"
              Expect.equal (off [ 3721L ]) ValueNone "more than 2 minutes off"
              Expect.equal (off [ 19_800L; 19_800L; 0L; 0L ]) ValueNone "the lower middle"
              Expect.equal (off [ 50_400L ]) (ValueSome 50_400L) "14 hours"
              Expect.equal (off [ 51_300L ]) ValueNone "more than 14 hours"
          } ]
