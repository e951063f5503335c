namespace Coverage.CommandLine

open System
open System.Collections.Immutable
open System.Net
open Coverage

/// What the program is asked to do.
type Command =
    /// Runs the service; also when no command is named.
    | Serve = 0uy
    /// Answers once, on stdout.
    | Check = 1uy
    /// Writes the PNG maps once.
    | Map = 2uy

/// The form of the answer that `check` prints.
type AnswerFormat =
    | Table = 0uy
    | Json = 1uy
    | Csv = 2uy
    | Bed = 3uy

/// The form of a line of the log.
type LogFormat =
    | Text = 0uy
    | Json = 1uy

/// Whether a folder whose modification time is as it was is taken to be as it was.
type TrustStamps =
    /// Where the file system is known to move it with every change.
    | Auto = 0uy
    | Always = 1uy
    | Never = 2uy

/// The least severe message that is logged; the numbers are those of Microsoft.Extensions.Logging.LogLevel.
type MinimumLevel =
    | Trace = 0uy
    | Debug = 1uy
    | Information = 2uy
    | Warning = 3uy
    | Error = 4uy
    | Critical = 5uy

/// The command and every option, read and checked.
type Options =
    {
        /// What to do.
        Command: Command
        /// The channels, each a folder's name, in the order given, none twice; empty: every one found.
        Channels: ImmutableArray<string>
        /// The folder that holds the channels, as it was written.
        BaseDir: string
        /// The qualities, each a folder's name, in the order given, none twice; empty (`*`): every one found.
        Qualities: ImmutableArray<string>
        /// Whether there is no quality, and so no stream, to look at (`--qualities ""`).
        NoQuality: bool
        /// The first hour looked at, in hours since the Unix epoch; null: the first there is.
        FirstHour: Nullable<Hour>
        /// The last hour looked at, in hours since the Unix epoch, never before the first; null: the last there is.
        LastHour: Nullable<Hour>
        /// The folder for the maps, as it was written: a relative one lies in the base.
        OutputDir: string
        /// The port of HTTP: 1 to 65535.
        MetricsPort: int
        /// The time from one look at the archive to the next, in microseconds: 1 us to 86400 s.
        CheckIntervalMicroseconds: Duration
        /// The time after which every folder is read again, in microseconds: 0 to 86400 s; 0: at every look.
        FullEveryMicroseconds: Duration
        /// Whether a folder is listed again only when its modification time has moved.
        TrustStamps: TrustStamps
        /// The time after which a stream whose segments are gone is forgotten, in microseconds: 0 to 10^9 s.
        ForgetAfterMicroseconds: Duration
        /// Whether the service ends after one look.
        RunOnce: bool
        /// The port on 127.0.0.1 where F# Interactive runs within the service, 1 to 65535; 0: none.
        BackdoorPort: int
        /// Whether the service writes a page with the maps of all nodes.
        MakePage: bool
        /// The database that names the nodes; null: the page shows the local map alone.
        Database: Database | null
        /// The longest gap that is a seam and no hole, in microseconds: 0 to 86400 s.
        ToleranceMicroseconds: Duration
        /// The form of `check`'s answer.
        Format: AnswerFormat
        /// The seconds that a cell of the map stands for; divides 3600.
        PixelSeconds: int
        /// The rows of the map; rows times pixel divides 3600.
        Rows: int
        /// The longest hole that `check` lets pass, in microseconds, 0 to 10^9 s; null: no hole passes.
        MaxHoleMicroseconds: Nullable<Duration>
        /// The most time missing that `check` lets pass, in microseconds, 0 to 10^9 s; null: none passes.
        MaxMissingMicroseconds: Nullable<Duration>
        /// Whether `check` counts partial-only time as missing, too.
        Strict: bool
        /// The address HTTP listens on; null: all.
        Bind: IPAddress | null
        /// The file whose token must be given for all but health and metrics, as it was written; null: nothing is asked.
        ApiTokenFile: string | null
        /// The names of this service that a request may ask for, none twice; empty: any.
        AllowedHosts: ImmutableArray<string>
        /// The form of the log.
        LogFormat: LogFormat
        /// The least severe message that is logged.
        LogLevel: MinimumLevel
        /// What the user should be told before the run: one sentence each, printable.
        Warnings: ImmutableArray<string>
    }

/// What a command line asks for. A text has no line end after its last line.
[<RequireQualifiedAccess>]
type Outcome =
    /// Run with these settings.
    | Run of Options: Options
    /// Print the text on stdout and exit with 0.
    | Help of Text: string
    /// Print the program's version on stdout and exit with 0.
    | Version
    /// Wrong usage: print the text on stderr and exit with `ExitCode`.
    | Refused of Text: string * ExitCode: int
