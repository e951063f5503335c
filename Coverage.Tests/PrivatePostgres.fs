namespace Coverage.Tests

open System
open System.Diagnostics
open System.IO
open System.Security.Cryptography
open System.Text.RegularExpressions
open Expecto
open Coverage.Tests.Sandbox

/// A PostgreSQL cluster of our own: made for the tests, listening on loopback alone, and gone when they are.
type PrivatePostgres private (bin: string) =
    let folder = new Folder()
    let port = freePort ()
    let password = RandomNumberGenerator.GetHexString 32

    // In a session of its own no signal to the tests reaches it; it stops the server when its input closes, and so also
    // when the tests are killed.
    let script =
        """
        PATH=$1:$PATH
        cd "$2"
        initdb -D data -U postgres -E UTF8 --locale=C -A scram-sha-256 --pwfile=password --no-sync >log 2>&1 &&
            pg_ctl -D data -l log -o "-p $3 -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off" \
                start >>log 2>&1 &&
            echo started && read -r _
        pg_ctl -D data -m immediate stop >>log 2>&1
        """

    let shell =
        File.WriteAllText(folder.At "password", password)

        // initdb refuses root.
        let drop =
            if Environment.IsPrivilegedProcess then
                tool [ "chown"; "-R"; "65534:65534"; folder.Path ]
                asNobody
            else
                []

        let words =
            drop
            @ [ "setsid"; "--wait"; "sh"; "-c"; script; "sh"; bin; folder.Path; string port ]

        ProcessStartInfo(words.Head, words.Tail, RedirectStandardInput = true, RedirectStandardOutput = true)
        |> Process.Start
        |> nonNull

    do
        if shell.StandardOutput.ReadLine() <> "started" then
            let log = File.ReadAllText(folder.At "log")
            (folder :> IDisposable).Dispose()
            failtestf "PostgreSQL did not start: %s" log

    /// The newest PostgreSQL of this machine: the folder of its programs, or what is missing.
    static let installed: Lazy<Result<string, string>> =
        lazy
            (let debian = DirectoryInfo "/usr/lib/postgresql"

             let folders =
                 [ if debian.Exists then
                       for version in debian.GetDirectories() do
                           Path.Combine(version.FullName, "bin")
                   yield! (string (Environment.GetEnvironmentVariable "PATH")).Split ':' ]

             let version (folder: string) =
                 let program name = Path.Combine(folder, name)

                 if [ "initdb"; "pg_ctl"; "psql" ] |> List.forall (program >> File.Exists) then
                     int (Regex.Match(outputOf [ program "initdb"; "--version" ], @"\d+").Value)
                 else
                     0

             let newest = List.maxBy version folders

             if version newest < 14 then
                 Error "needs PostgreSQL 14 or later: initdb, pg_ctl and psql"
             elif Environment.IsPrivilegedProcess && not (canRun (asNobody @ [ "true" ])) then
                 Error "needs setpriv, for initdb refuses root"
             else
                 Ok newest)

    static let make () =
        match installed.Value with
        | Error missing -> skiptest missing
        | Ok bin -> new PrivatePostgres(bin)

    static let shared: Lazy<PrivatePostgres> =
        lazy
            (let server = make ()
             AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> (server :> IDisposable).Dispose())
             server)

    /// The server that the tests share; a test that asks for it is skipped where PostgreSQL is missing.
    static member Shared: PrivatePostgres = shared.Value

    /// A server for one test alone, which may stop it.
    static member Own() : PrivatePostgres = make ()

    /// The first of its processes.
    member private _.Postmaster = (File.ReadAllLines(folder.At "data/postmaster.pid"))[0]

    /// Runs pg_ctl on it.
    member private _.Control(words: string list) =
        let asUser = if Environment.IsPrivilegedProcess then asNobody else []

        tool (
            asUser
            @ [ Path.Combine(bin, "pg_ctl"); "-D"; folder.At "data"; "-l"; folder.At "log" ]
            @ words
        )

    /// Stops it, with all connections.
    member this.Stop() =
        this.Control [ "-m"; "immediate"; "stop" ]

    /// Starts it again.
    member this.Start() =
        this.Control
            [ "-o"
              $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
              "start" ]

    /// Sends a signal to all of its processes.
    member this.Signal(signal: int) =
        // The first one first: it makes no more of them then.
        let first = this.Postmaster
        tool [ "kill"; $"-{signal}"; first ]
        let others = outputOf [ "ps"; "--no-headers"; "-o"; "pid"; "--ppid"; first ]

        for one in others.Split('\n', StringSplitOptions.RemoveEmptyEntries) do
            kill (int one, signal) |> ignore

    /// The port on loopback.
    member _.Port = port

    /// Where it is, in the words of .NET's driver; the user may do everything.
    member _.ConnectionString =
        $"Host=127.0.0.1;Port={port};Username=postgres;Password={password};Database=postgres"

    /// What psql prints, run with these arguments: a row a line, its fields with `|` between them.
    member _.Psql(args: string list) : string =
        outputIn
            [ "PGPASSWORD", password ]
            ([ Path.Combine(bin, "psql")
               "--host=127.0.0.1"
               $"--port={port}"
               "--username=postgres"
               "--dbname=postgres"
               "--no-psqlrc"
               "--quiet"
               "--no-align"
               "--tuples-only"
               "--set=ON_ERROR_STOP=1" ]
             @ args)

    interface IDisposable with
        member _.Dispose() =
            shell.StandardInput.Close()
            shell.WaitForExit()
            shell.Dispose()
            (folder :> IDisposable).Dispose()
