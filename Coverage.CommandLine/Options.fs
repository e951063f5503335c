namespace Coverage.CommandLine

open System
open System.Collections.Immutable
open System.Net
open Coverage

/// What the program is asked to do.
type Command =
    /// Run the service. This is the command when none is named.
    | Serve = 0uy
    /// Check once and print the answer on stdout.
    | Check = 1uy
    /// Write the PNG maps once.
    | Map = 2uy
    /// Say whether a range of a stream can be cut.
    | Cut = 3uy
    /// Read files once and compare them with their names.
    | Verify = 4uy
    /// Compare the archives of several nodes once.
    | Fleet = 5uy

/// The form of the answer that a command prints.
type AnswerFormat =
    | Table = 0uy
    | Json = 1uy
    | Csv = 2uy
    | Bed = 3uy
    /// Lines of a file of acknowledgements for what is missing, without a reason.
    | Acknowledgements = 4uy
    /// Files that a node of a fleet lacks, a line each: where they belong, and where to get them.
    | Fetch = 5uy
    /// The same for `aria2c --input-file`.
    | Aria2 = 6uy
    /// The same for `curl --config`.
    | Curl = 7uy
    /// Their checksums for `sha256sum --check`.
    | Sha256 = 8uy

/// The form of a line of the log.
type LogFormat =
    | Text = 0uy
    | Json = 1uy

/// Whether a folder whose modification time did not move counts as unchanged.
type TrustStamps =
    /// Only on file systems that are known to move the time with every change.
    | Auto = 0uy
    | Always = 1uy
    | Never = 2uy

/// The least severe message that is logged. The numbers are those of Microsoft.Extensions.Logging.LogLevel.
type MinimumLevel =
    | Trace = 0uy
    | Debug = 1uy
    | Information = 2uy
    | Warning = 3uy
    | Error = 4uy
    | Critical = 5uy

/// Which streams and hours are read, and how. Every command has these.
type ArchiveOptions =
    {
        /// The folder that holds the channels, as the user wrote it.
        BaseDir: string
        /// The qualities in the order given, each a folder's name, without repeats. Empty (`*`): every quality found.
        Qualities: ImmutableArray<string>
        /// Whether there is no quality, and so no stream, to check (`--qualities ""`).
        NoQuality: bool
        /// The first hour to check. Null: the first hour found.
        FirstHour: Nullable<Hour>
        /// The last hour to check, never before the first. Null: the last hour found.
        LastHour: Nullable<Hour>
        /// The longest gap that is a seam and not a hole, in microseconds: 0 to 86400 s. Null: as the layout has it.
        Tolerance: Nullable<Duration>
        /// Whether a folder is listed again only when its modification time moved.
        TrustStamps: TrustStamps
    }

/// The form of a list of intervals.
type IntervalForm =
    | Bed = 0uy
    | Csv = 1uy
    | Jsonl = 2uy

/// What the files of an archive are called and how long they are, or what is read in the place of an archive (semantics.md
/// section 13).
type LayoutOptions =
    {
        /// `wubloader`, another preset, or a template.
        Layout: string
        /// The time zone of names that say none. Null: none was given, so that it is UTC.
        Zone: TimeZoneInfo | null
        /// Whether a file lasts until the next one starts.
        IsNext: bool
        /// How long every file is, in microseconds: 1 us to 86400 s. Null: as its bytes say, unless `IsNext`.
        LengthMicroseconds: Nullable<Duration>
        /// The file in which lengths are remembered, as the user wrote it. Null: none was given.
        DurationCache: string | null
        /// The list of names that stands for an archive, as the user wrote it, `-` for the standard input. Null: there is none.
        Names: string | null
        /// The list of intervals that stands for an archive, likewise.
        Intervals: string | null
        IntervalForm: IntervalForm
        /// How many microseconds a number in that list counts. Null: it has instants with offsets.
        EpochMicroseconds: Nullable<int64>
    }

    /// The list that stands for an archive, as the user wrote it. Null: an archive is read.
    member this.List: string | null =
        if isNull this.Names then this.Intervals else this.Names

    /// Whether it is the layout of the wubloader project's recorders, on a disk.
    member this.IsWubloaderFolder = this.Layout = "wubloader" && isNull this.List

/// What `check` prints, and what lets it pass.
type CheckOptions =
    {
        /// The form of the answer.
        Format: AnswerFormat
        /// The longest hole that passes, in microseconds: 0 to 10^9 s. Null: no hole passes.
        MaxHoleMicroseconds: Nullable<Duration>
        /// The most missing time that passes, in microseconds: 0 to 10^9 s. Null: none passes.
        MaxMissingMicroseconds: Nullable<Duration>
        /// Whether partial-only time counts as missing.
        Strict: bool
        /// The words whose spans BED lists, each once. Empty: the holes.
        Words: ImmutableArray<Word>
        /// Whether the size of every file is asked for, so that empty ones are found.
        Sizes: bool
    }

/// Which files are read and compared with their names, and how fast. `verify` and `serve` have these.
type VerifyOptions =
    {
        /// The part of the segments that `verify` reads.
        Part: Part
        /// The most bytes that are read in a second. Null: no limit for `verify`; 20 MB for `serve`.
        BytesPerSecond: Nullable<int64>
        /// Whether the report is also computed with the measured lengths.
        Measured: bool
        /// In how many parts the service reads the archive, one in each round: 0 to 1000000. 0: it reads no files.
        Parts: int
    }

/// What `cut` is asked.
type CutOptions =
    {
        /// The quality to cut, a folder's name.
        Quality: string
        /// The ends of the range to cut, as `--start` and `--end` give them.
        Start: Nullable<Instant>
        End: Nullable<Instant>
        /// The ranges to cut, in the order of the video. None only where the command is another.
        Ranges: ImmutableArray<Interval>
        /// How each range but the first follows the one before it.
        Joins: ImmutableArray<CutJoin>
        /// Whether a range is cut whatever of it is missing.
        AllowHoles: bool
    }

/// A node of a fleet.
type FleetNode =
    {
        /// Its name, which is its own.
        Name: string
        /// The folder of its archive, or its address, as the user wrote it.
        At: string
        /// Whether other nodes back-fill from it.
        IsSource: bool
    }

    /// Whether it is asked over HTTP.
    member this.IsUrl =
        this.At.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || this.At.StartsWith("https://", StringComparison.OrdinalIgnoreCase)

/// Which nodes are compared, and by what rules back-filling works (semantics.md section 10).
type FleetOptions =
    {
        /// Whether `serve` and `cut` ask the nodes, too.
        IsCompared: bool
        /// The nodes that are named one by one, in the order given.
        Nodes: ImmutableArray<FleetNode>
        /// The file that lists more, as the user wrote it. Null: there is none.
        NodeFile: string | null
        /// The file with the token for nodes that ask for one, as the user wrote it. Null: there is none.
        TokenFile: string | null
        /// The name of the node whose archive the base is. Null: the base is not looked at.
        Self: string | null
        /// How old a segment must be to be back-filled, in microseconds: 0 to 10^9 s.
        CutoffMicroseconds: Duration
        /// How old an hour may be to be back-filled, in microseconds: 0 to 10^9 s. Null: of any age.
        WindowMicroseconds: Nullable<Duration>
        /// How old a listing may be, in microseconds: 0 to 10^9 s.
        StaleAfterMicroseconds: Duration
        /// How long time may stay fillable, in microseconds: 0 to 10^9 s.
        StuckAfterMicroseconds: Duration
        /// The node whose lacking files are listed. Null: no files are.
        For: string | null
        /// Whether that list has what back-filling will not bring, too.
        IncludesWithheld: bool
    }

/// What streams are judged by (semantics.md section 9). Every command but cut and fleet has these.
type JudgementOptions =
    {
        /// The files that say when streams are expected, as the user wrote them, without repeats.
        Expected: ImmutableArray<string>
        /// From when on every stream is expected. Null: nothing of the kind is said.
        ExpectedFrom: Nullable<Instant>
        /// Until when, later than that. Null: until further notice.
        ExpectedTo: Nullable<Instant>
        /// The file of losses that are known and accepted, as the user wrote it. Null: none are.
        Acknowledged: string | null
        /// How long recordings are kept, in microseconds: 0 to 10^9 s. Null: for ever.
        KeepMicroseconds: Nullable<Duration>
        /// How long after it was live a time may still come in, in microseconds: 0 to 10^9 s.
        SettlingMicroseconds: Duration
        /// The instant of the judgement. Null: that of the clock.
        Now: Nullable<Instant>
    }

/// Where the maps are written, and their scale. `map` and `serve` have these.
type MapOptions =
    {
        /// The folder for the maps, as the user wrote it. A relative folder lies in the base.
        OutputDir: string
        /// The seconds in a cell of the map; divides 3600.
        PixelSeconds: int
        /// The rows of the map; rows times pixel divides 3600.
        Rows: int
    }

/// How the service runs and whom it answers.
type ServeOptions =
    {
        /// The port of HTTP: 1 to 65535.
        MetricsPort: int
        /// The address HTTP listens on. Null: every address.
        Bind: IPAddress | null
        /// The file with the token that every request but those for health and metrics must carry, as the user wrote it.
        /// Null: no token is needed.
        ApiTokenFile: string | null
        /// The names that a request may use for this service, without repeats. Empty: any name.
        AllowedHosts: ImmutableArray<string>
        /// The time from the start of one check to the start of the next, in microseconds: 1 us to 86400 s.
        CheckIntervalMicroseconds: Duration
        /// The time after which every folder is read again, in microseconds: 0 to 86400 s. 0: at every check.
        FullEveryMicroseconds: Duration
        /// The time after which a stream without segments is forgotten, in microseconds: 0 to 10^9 s.
        ForgetAfterMicroseconds: Duration
        /// Whether the service ends after one check.
        RunOnce: bool
        /// The port on 127.0.0.1 that runs F# Interactive within the service: 1 to 65535. 0: none.
        BackdoorPort: int
        /// Whether the service writes a page with the maps of all nodes.
        MakePage: bool
        /// The database that names the nodes. Null: the page shows the local map alone.
        Database: Database | null
    }

/// What is logged, and in which form.
type LogOptions =
    {
        LogFormat: LogFormat
        /// The least severe message that is logged.
        LogLevel: MinimumLevel
    }

/// The command and every option, read and checked. The host reads most options by name, in whichever group they are.
type Options =
    {
        Command: Command
        /// The channels in the order given, each a folder's name, without repeats. Empty: every channel found.
        Channels: ImmutableArray<string>
        Archive: ArchiveOptions
        Layout: LayoutOptions
        Judgement: JudgementOptions
        Check: CheckOptions
        Cut: CutOptions
        Verify: VerifyOptions
        Fleet: FleetOptions
        Map: MapOptions
        Serve: ServeOptions
        Log: LogOptions
        /// Sentences for the user, to print before the run.
        Warnings: ImmutableArray<string>
    }

    member this.BaseDir = this.Archive.BaseDir
    member this.Qualities = this.Archive.Qualities
    member this.NoQuality = this.Archive.NoQuality
    member this.FirstHour = this.Archive.FirstHour
    member this.LastHour = this.Archive.LastHour

    /// The tolerance that was given, or that of the wubloader layout.
    member this.ToleranceMicroseconds: Duration =
        if this.Archive.Tolerance.HasValue then
            this.Archive.Tolerance.Value
        else
            Duration.ofMicroseconds 10_000L

    member this.TrustStamps = this.Archive.TrustStamps
    member this.Format = this.Check.Format
    member this.MaxHoleMicroseconds = this.Check.MaxHoleMicroseconds
    member this.MaxMissingMicroseconds = this.Check.MaxMissingMicroseconds
    member this.Strict = this.Check.Strict
    member this.OutputDir = this.Map.OutputDir
    member this.PixelSeconds = this.Map.PixelSeconds
    member this.Rows = this.Map.Rows
    member this.MetricsPort = this.Serve.MetricsPort
    member this.Bind = this.Serve.Bind
    member this.ApiTokenFile = this.Serve.ApiTokenFile
    member this.AllowedHosts = this.Serve.AllowedHosts
    member this.CheckIntervalMicroseconds = this.Serve.CheckIntervalMicroseconds
    member this.FullEveryMicroseconds = this.Serve.FullEveryMicroseconds
    member this.ForgetAfterMicroseconds = this.Serve.ForgetAfterMicroseconds
    member this.RunOnce = this.Serve.RunOnce
    member this.BackdoorPort = this.Serve.BackdoorPort
    member this.MakePage = this.Serve.MakePage
    member this.Database = this.Serve.Database
    member this.LogFormat = this.Log.LogFormat
    member this.LogLevel = this.Log.LogLevel

/// What a command line asks for. A text has no line end after its last line.
[<RequireQualifiedAccess>]
type Outcome =
    /// Run with these options.
    | Run of Options: Options
    /// Print the text on stdout and exit with 0.
    | Help of Text: string
    /// Print the program's version on stdout and exit with 0.
    | Version
    /// Wrong usage: print the text on stderr and exit with `ExitCode`.
    | Refused of Text: string * ExitCode: int
