/// How the tests ask the command line, and a value for each option.
module Coverage.Tests.Asking

open System
open System.Collections.Immutable
open Expecto
open Coverage
open Coverage.CommandLine

let parse (variables: (string * string) list) (words: string list) =
    let value name : string | null =
        match List.tryFind (fst >> (=) name) variables with
        | Some(_, text) -> text
        | None -> null

    Arguments.Parse(Array.ofList words, Func<string, string | null> value)

let run variables words =
    match parse variables words with
    | Outcome.Run options -> options
    | other -> failtestf "%A with %A: %A" words variables other

/// The text of the refusal.
let refusal variables words =
    match parse variables words with
    | Outcome.Refused(text, 64) -> text
    | other -> failtestf "%A with %A should be refused with 64: %A" words variables other

let variable (option: string) =
    "SEGMENT_COVERAGE_" + option.Substring(2).Replace('-', '_').ToUpperInvariant()

/// Arrays are equal by reference, so outcomes are compared by this.
let plain (outcome: Outcome) =
    match outcome with
    | Outcome.Run options ->
        let bare =
            { options with
                Channels = ImmutableArray.Empty
                Options.Archive.Qualities = ImmutableArray.Empty
                Options.Judgement.Expected = ImmutableArray.Empty
                Options.Check.Words = ImmutableArray.Empty
                Options.Fleet.Nodes = ImmutableArray.Empty
                Warnings = ImmutableArray.Empty
                Options.Serve.AllowedHosts = ImmutableArray.Empty
                Options.Serve.Database = null }

        Choice1Of2(
            bare,
            List.ofSeq options.Channels,
            List.ofSeq options.Qualities,
            List.ofSeq options.Judgement.Expected,
            List.ofSeq options.Check.Words,
            List.ofSeq options.Fleet.Nodes,
            List.ofSeq options.AllowedHosts,
            List.ofSeq options.Warnings
        )
    | other -> Choice2Of2 other

// The options.

/// What an option does: a value that is not the default, where it shows, the default, and what shows then.
type Specimen =
    {
        Option: string
        /// None for a flag.
        Value: string option
        /// The words before it without which it is refused.
        After: string list
        /// Another value, where several add up; where there is none, the last wins.
        AddsUp: string option
        Shows: Options -> string
        Default: string
        Given: string
    }

    /// Whether those words hold the option itself: its command wants it.
    member this.NeedsItself = List.contains this.Option this.After

let private valued option value (shows: Options -> 'a) (byDefault: 'a) (given: 'a) =
    { Option = option
      Value = Some value
      After = []
      AddsUp = None
      Shows = shows >> sprintf "%A"
      Default = sprintf "%A" byDefault
      Given = sprintf "%A" given }

let private flag option (shows: Options -> bool) =
    { Option = option
      Value = None
      After = []
      AddsUp = None
      Shows = shows >> sprintf "%A"
      Default = "false"
      Given = "true" }

let private after words specimen = { specimen with After = words }

let private aFleet = [ "fleet"; "--node"; "A=/mnt/a" ]

let private aCut = [ "cut"; "a"; "--start"; "2025-11-07"; "--end"; "2025-11-08" ]

let hour (text: string) = Hour.tryParse text |> ValueOption.get

let specimens =
    [ valued "--base-dir" "/mnt" _.BaseDir "." "/mnt"
      valued "--qualities" " 480p,,source ,480p" (_.Qualities >> List.ofSeq) [ "source" ] [ "480p"; "source" ]
      valued "--first-hour" "2025-11-07T18" _.FirstHour (Nullable()) (Nullable(hour "2025-11-07T18"))
      valued "--last-hour" "2025-11-07T18" _.LastHour (Nullable()) (Nullable(hour "2025-11-07T18"))
      valued "--output-dir" "maps" _.OutputDir "coverage-maps" "maps"
      valued "--metrics-port" "80" _.MetricsPort 8006 80
      valued "--check-interval" "0.25" _.CheckIntervalMicroseconds 60_000_000L<us> 250_000L<us>
      valued "--full-every" "0.5" _.FullEveryMicroseconds 3_600_000_000L<us> 500_000L<us>
      valued "--forget-after" "0" _.ForgetAfterMicroseconds 86_400_000_000L<us> 0L<us>
      flag "--run-once" _.RunOnce
      valued "--backdoor-port" "1234" _.BackdoorPort 0 1234
      flag "--make-page" _.MakePage
      valued "--connection-string" "host=db password=x" (_.Database >> isNull) true false
      valued "--tolerance" "1.0000005" _.ToleranceMicroseconds 10_000L<us> 1_000_000L<us>
      valued "--layout" "%path/%s" _.Layout.Layout "wubloader" "%path/%s"
      valued
          "--zone"
          "Europe/Berlin"
          (fun options ->
              match options.Layout.Zone with
              | null -> ""
              | zone -> zone.Id)
          ""
          "Europe/Berlin"
      |> after [ "--layout"; "mediamtx" ]
      valued "--duration" "2.5" _.Layout.LengthMicroseconds (Nullable()) (Nullable 2_500_000L<us>)
      |> after [ "--layout"; "mediamtx" ]
      valued "--duration-cache" "lengths" _.Layout.DurationCache null "lengths"
      valued "--names" "-" _.Layout.Names null "-" |> after [ "check" ]
      valued
          "--intervals"
          "csv=-"
          (fun options -> options.Layout.IntervalForm, options.Layout.Intervals)
          (IntervalForm.Bed, null)
          (IntervalForm.Csv, "-")
      |> after [ "map" ]
      valued "--epoch" "ms" _.Layout.EpochMicroseconds (Nullable()) (Nullable 1_000L)
      |> after [ "check"; "--intervals"; "jsonl=x" ]
      valued "--format" "bed" _.Format AnswerFormat.Table AnswerFormat.Bed
      valued "--pixel" "1" _.PixelSeconds 2 1
      valued "--rows" "600" _.Rows 300 600
      valued "--max-hole" "2.5" _.MaxHoleMicroseconds (Nullable()) (Nullable 2_500_000L<us>)
      valued "--max-missing" "0" _.MaxMissingMicroseconds (Nullable()) (Nullable 0L<us>)
      flag "--strict" _.Strict
      valued
          "--words"
          " missing,,pending ,missing"
          (_.Check.Words >> Seq.map Word.toText >> List.ofSeq)
          []
          [ "missing"; "pending" ]
      |> after [ "--format"; "bed" ]
      valued "--quality" "480p" _.Cut.Quality "source" "480p" |> after aCut
      valued
          "--start"
          "2025-11-07T18:00:00.5"
          _.Cut.Start
          (Nullable())
          (Nullable(1_762_538_400_500_000L<instant>))
      |> after aCut
      valued
          "--end"
          "2025-11-07T19:00:00+01:00"
          _.Cut.End
          (Nullable())
          (Nullable(1_762_538_400_000_000L<instant>))
      |> after aCut
      flag "--allow-holes" _.Cut.AllowHoles |> after aCut
      flag "--sizes" _.Check.Sizes
      valued "--part" "2/30" _.Verify.Part Part.All (Part.Nth(2, 30))
      |> after [ "verify" ]
      flag "--measured" _.Verify.Measured |> after [ "verify" ]
      valued "--verify-rate" "1.5MB" _.Verify.BytesPerSecond (Nullable()) (Nullable 1_500_000L)
      valued "--verify-parts" "30" _.Verify.Parts 0 30
      { valued "--expected" "a.ics" (_.Judgement.Expected >> List.ofSeq) [] [ "a.ics" ] with
          AddsUp = Some "b" }
      valued
          "--expected-from"
          "2025-11-07T18:00:00.5Z"
          _.Judgement.ExpectedFrom
          (Nullable())
          (Nullable(1_762_538_400_500_000L<instant>))
      valued
          "--expected-to"
          "2025-11-07T19"
          _.Judgement.ExpectedTo
          (Nullable())
          (Nullable(1_762_542_000_000_000L<instant>))
      |> after [ "--expected-from"; "2025-11-07T18" ]
      valued "--acknowledged" "known.csv" _.Judgement.Acknowledged null "known.csv"
      valued "--keep" "14d" _.Judgement.KeepMicroseconds (Nullable()) (Nullable 1_209_600_000_000L<us>)
      valued "--settling" "1.5m" _.Judgement.SettlingMicroseconds 240_000_000L<us> 90_000_000L<us>
      valued
          "--now"
          "2025-11-07T18:00:00.5Z"
          _.Judgement.Now
          (Nullable())
          (Nullable(1_762_538_400_500_000L<instant>))
      |> after [ "check" ]
      { valued
            "--node"
            "A!=/mnt/a"
            (fun options -> [ for node in options.Fleet.Nodes -> node.Name, node.At, node.IsSource ])
            []
            [ "A", "/mnt/a", false ] with
          After = [ "fleet"; "--node-file"; "x" ]
          AddsUp = Some "B=http://b" }
      valued "--node-file" "nodes" _.Fleet.NodeFile null "nodes" |> after aFleet
      valued "--node-token-file" "token" _.Fleet.TokenFile null "token"
      |> after aFleet
      valued "--self" "A" _.Fleet.Self null "A" |> after aFleet
      valued "--recent-cutoff" "2.5" _.Fleet.CutoffMicroseconds 120_000_000L<us> 2_500_000L<us>
      |> after aFleet
      valued "--backfill-window" "3d" _.Fleet.WindowMicroseconds (Nullable()) (Nullable 259_200_000_000L<us>)
      |> after aFleet
      valued "--stale-after" "5m" _.Fleet.StaleAfterMicroseconds 600_000_000L<us> 300_000_000L<us>
      |> after aFleet
      valued "--stuck-after" "1h" _.Fleet.StuckAfterMicroseconds 900_000_000L<us> 3_600_000_000L<us>
      |> after aFleet
      flag "--fleet" _.Fleet.IsCompared
      |> after [ "serve"; "--self"; "A"; "--node"; "B=/mnt/b" ]
      valued "--for" "A" _.Fleet.For null "A"
      |> after (aFleet @ [ "--format"; "fetch"; "--for"; "B" ])
      valued "--include" "withheld" _.Fleet.IncludesWithheld false true
      |> after (aFleet @ [ "--format"; "sha256"; "--for"; "A" ])
      valued "--bind" "::1" (_.Bind >> string) "" "::1"
      valued "--api-token-file" "/run/token" _.ApiTokenFile null "/run/token"
      valued
          "--allowed-hosts"
          "a.org,*.b.org,[::1]"
          (_.AllowedHosts >> List.ofSeq)
          []
          [ "a.org"; "*.b.org"; "[::1]" ]
      valued "--trust-stamps" "never" _.TrustStamps TrustStamps.Auto TrustStamps.Never
      valued "--log-format" "json" _.LogFormat LogFormat.Text LogFormat.Json
      valued "--log-level" "Warning" _.LogLevel MinimumLevel.Information MinimumLevel.Warning ]

/// The options that print something instead of a run.
let askings = [ "--version"; "--help" ]

/// The options of which each that is given counts, in order: the ranges of a video, and what lies between them.
let successions = [ "--range"; "--transition" ]

let allOptions = [ for it in specimens -> it.Option ] @ successions @ askings

let valuedOptions =
    (specimens |> List.filter _.Value.IsSome |> List.map _.Option) @ successions
