/// Silos of the fleet on Orleans, each in a process of its own, and databases for them.
module Coverage.Tests.FleetSilos

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Net
open System.Text.Json
open System.Threading
open Expecto
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Hosting
open Microsoft.Extensions.Logging
open Npgsql
open Orleans
open Orleans.Hosting
open Orleans.Runtime
open Orleans.Serialization
open Coverage.FleetServer
open Coverage.Tests.Sandbox

/// A database of its own on the shared server.
let emptyDatabase () : string =
    let server = PrivatePostgres.Shared
    let name = "fleet" + Guid.NewGuid().ToString "N"
    server.Psql [ $"--command=CREATE DATABASE {name}" ] |> ignore

    NpgsqlConnectionStringBuilder(server.ConnectionString, Database = name, MaxPoolSize = 8).ConnectionString

/// Migrates a database: the exit code and what is printed.
let migrate (isDry: bool) (database: string) : int * string =
    use output = new StringWriter()
    let code = Migrate.RunAsync(database, isDry, output, CancellationToken.None).Result
    code, output.ToString()

/// A database of its own that has every migration.
let migrated () : string =
    let database = emptyDatabase ()
    Expect.equal (fst (migrate false database)) 0 "migrated"
    database

/// The first column of what a statement answers, as text.
let query (database: string) (sql: string) : string list =
    use connection = new NpgsqlConnection(database)
    connection.Open()
    use command = new NpgsqlCommand(sql, connection)
    use reader = command.ExecuteReader()

    [ while reader.Read() do
          string (reader.GetValue 0) ]

/// A moment that PostgreSQL can hold, which knows microseconds.
let moment (second: int) =
    DateTime(2026, 5, 4, 3, 2, 1, DateTimeKind.Utc).AddSeconds(second).AddTicks 1230

/// A silo on loopback, without certificates.
let options (database: string) (cluster: string) (port: int) : SiloOptions =
    SiloOptions(database, cluster, IPAddress.Loopback, port, null, null, null)

/// A host with a silo that is not started yet.
let build (options: SiloOptions) : IHost =
    let builder = Host.CreateEmptyApplicationBuilder(HostApplicationBuilderSettings())

    builder.Logging.SetMinimumLevel(LogLevel.Error).AddSimpleConsole(fun format -> format.SingleLine <- true)
    |> ignore

    builder.Services.AddOrleans(fun silo -> Silo.Configure(silo, options)) |> ignore

    // Orleans finds grains in what the program's assembly references; here the tests' assembly is the program's.
    builder.Services.AddSerializer(fun grains ->
        for part in [ typeof<SiloOptions>; typeof<IReminderTable> ] do
            grains.AddAssembly part.Assembly |> ignore)
    |> ignore

    builder.Build()

/// What keeps what is logged.
type KeptLog() =
    let lines = ConcurrentQueue<string>()
    member _.Lines: string list = List.ofSeq lines

    interface ILogger with
        member _.BeginScope _ = null
        member _.IsEnabled _ = true

        member _.Log(level, _, state, e, format) =
            lines.Enqueue $"{level}: {format.Invoke(state, e)}"

/// What a process of the tests does that was started for a silo: it runs until its input closes.
let run (words: string) : int =
    let words = JsonSerializer.Deserialize<string[]> words |> nonNull

    let file at =
        if words[at] = "" then null else words[at]

    let options =
        SiloOptions(words[0], words[1], IPAddress.Loopback, int words[2], file 3, file 4, file 5)

    use host = build options
    host.Start()
    Console.Out.WriteLine "started"
    Console.In.ReadToEnd() |> ignore
    host.StopAsync().Wait()
    0

/// A silo in a process of its own, on a free port. It ends with the tests.
type SiloProcess(database: string, cluster: string, tls: string list) =
    let port = freePort ()
    let output = ConcurrentQueue<string>()

    let running =
        let words = JsonSerializer.Serialize([ database; cluster; string port ] @ tls)

        let info =
            ProcessStartInfo(
                nonNull Environment.ProcessPath,
                [ if Path.GetFileName Environment.ProcessPath = "dotnet" then
                      typeof<SiloProcess>.Assembly.Location
                  "silo"
                  words ],
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            )

        let running = nonNull (Process.Start info)

        for received in [ running.OutputDataReceived; running.ErrorDataReceived ] do
            received.Add(fun line -> line.Data |> Option.ofObj |> Option.iter output.Enqueue)

        running.BeginOutputReadLine()
        running.BeginErrorReadLine()
        running

    new(database, cluster) = new SiloProcess(database, cluster, [ ""; ""; "" ])

    member _.Port: int = port
    member _.Output: string list = List.ofSeq output
    member _.HasStarted = Seq.contains "started" output
    member _.HasEnded = running.HasExited

    /// Waits until it has joined.
    member this.AwaitStart() =
        eventually $"the silo of port {port} has joined" (fun () ->
            if this.HasEnded then
                failtestf "the silo ended: %A" this.Output

            this.HasStarted)

    member _.Signal(signal: int) =
        Expect.equal (kill (running.Id, signal)) 0 "the signal is sent"

    /// Asks it to end.
    member _.Close() = running.StandardInput.Close()

    /// Waits for its end: the exit code.
    member _.End() : int =
        eventually $"the silo of port {port} ends" (fun () -> running.HasExited)
        running.WaitForExit()
        running.ExitCode

    interface IDisposable with
        member _.Dispose() =
            if not running.HasExited then
                running.Kill()

            running.Dispose()

/// The silos that a cluster's table names: the port and the status of each.
let silos (database: string) (cluster: string) : Set<int * SiloStatus> =
    query database $"SELECT port || ' ' || status FROM coverage_fleet.silo WHERE cluster = '{cluster}'"
    |> List.map (fun row ->
        let words = row.Split ' '
        int words[0], enum<SiloStatus>(int words[1]))
    |> Set.ofList
