namespace Coverage.CommandLine

open System
open System.Net
open Argu

/// What the program of fleets, segment-coverage-fleet, is asked to do.
type FleetCommand =
    /// Compare the nodes of the fleets for ever.
    | Serve = 0uy
    /// Make or change the tables of the database.
    | Migrate = 1uy

/// Every option of the program of fleets, read and checked.
type FleetServerOptions =
    {
        Command: FleetCommand
        /// The database that several processes share. Null: this process is alone.
        Cluster: Database | null
        /// The name of the cluster: processes of one name share the work.
        ClusterName: string
        /// The file of the fleets, as the user wrote it. Null for `migrate` alone.
        FleetFile: string | null
        /// The address on which the other processes reach this one.
        SiloAddress: IPAddress
        /// The port there: 1 to 65535.
        SiloPort: int
        /// The file of the certificate that this process shows the others. Null: there is none.
        Certificate: string | null
        /// The file of its key, likewise.
        Key: string | null
        /// The file of the authority that must have signed the certificates of the others, likewise.
        Authority: string | null
        /// Whether `migrate` only says what it would do.
        IsDry: bool
        /// The options that `serve` of segment-coverage has, too.
        Shared: Options
    }

/// What a command line of the program of fleets asks for. A text has no line end after its last line.
[<RequireQualifiedAccess>]
type FleetServerOutcome =
    | Run of Options: FleetServerOptions
    | Help of Text: string
    | Version
    /// Wrong usage: print the text on stderr and exit with 64.
    | Refused of Text: string

/// The options that only the program of fleets has, as Argu reads them.
[<DisableHelpFlags>]
type internal FleetServerArgument =
    | Fleet_File of file: string
    | Single
    | Cluster of text: string
    | Cluster_Name of name: string
    | Silo_Address of address: string
    | Silo_Port of port: string
    | Tls_Certificate of file: string
    | Tls_Key of file: string
    | Tls_Authority of file: string
    | Dry_Run
    | [<NoAppSettings>] Version
    | [<NoAppSettings>] Help

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Fleet_File _ ->
                "the file of the fleets: under each [NAME] a line NAME=URL for each of its nodes, with ! after the name of one that "
                + "is no source, or a line database = TEXT for the database that lists them"
            | Single -> "one process alone, without a database (the default)"
            | Cluster _ ->
                "the PostgreSQL that the processes of one cluster share, as libpq writes it; migrate makes its tables"
            | Cluster_Name _ -> "processes of the same name share the work (default: fleet)"
            | Silo_Address _ ->
                "the address on which the other processes reach this one; any other than loopback needs the three --tls options "
                + "(default: 127.0.0.1)"
            | Silo_Port _ -> "the port there (default: 11111)"
            | Tls_Certificate _ -> "the certificate that this process shows the others (PEM)"
            | Tls_Key _ -> "its key (PEM)"
            | Tls_Authority _ -> "the authority that must have signed the certificates of the others (PEM)"
            | Dry_Run -> "migrate only says what it would do"
            | Version -> "print the version"
            | Help -> "print this"
