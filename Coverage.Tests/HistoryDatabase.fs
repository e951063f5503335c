/// A database for the history of fleets, a way to it that fails when it is told to, and what is in it.
module Coverage.Tests.HistoryDatabase

open System
open System.IO
open System.Net
open System.Net.Sockets
open System.Threading
open System.Threading.Tasks
open Expecto
open Npgsql
open Coverage
open Coverage.FleetServer
open Coverage.Tests.HistoryModel

let wait (task: Task<'a>) : 'a = task.GetAwaiter().GetResult()

/// What happens to what goes through.
type Fate =
    /// It goes through.
    | Fine
    /// Nobody answers any more.
    | Away
    /// What is asked next arrives and is done, and the answer is lost.
    | AnswerLost

/// Goes between a program and a server, on a port of its own.
type Between(port: int) =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    let mutable fate = Fine

    /// Copies one direction until an end closes, or fate does.
    let copy (from: Socket) (into: Socket) isAnswer =
        task {
            let bytes = Array.zeroCreate<byte> 65_536
            let mutable goesOn = true

            try
                while goesOn do
                    let! count = from.ReceiveAsync bytes

                    if count = 0 || fate = Away then
                        goesOn <- false
                    elif fate = AnswerLost && isAnswer then
                        // The server ends when it has done what it was sent. The first answer is none to that: the driver
                        // has put the reset of its pool before it.
                        from.Shutdown SocketShutdown.Send
                    else
                        let! _ = into.SendAsync(ArraySegment(bytes, 0, count))
                        ()
            with
            | :? SocketException
            | :? ObjectDisposedException -> ()

            from.Close()
            into.Close()
        }

    let accept () =
        task {
            try
                while true do
                    let! client = listener.AcceptSocketAsync()

                    if fate = Away then
                        client.Close()
                    else
                        let server = new Socket(SocketType.Stream, ProtocolType.Tcp)
                        do! server.ConnectAsync(IPAddress.Loopback, port)
                        copy client server false |> ignore
                        copy server client true |> ignore
            with
            | :? SocketException
            | :? ObjectDisposedException -> ()
        }

    do
        listener.Start()
        accept () |> ignore

    member _.Port = (listener.LocalEndpoint :?> IPEndPoint).Port

    /// What happens from now on.
    member _.Fate
        with get () = fate
        and set value = Volatile.Write(&fate, value)

    interface IDisposable with
        member _.Dispose() = listener.Dispose()

/// A database with the tables of the history, on the shared server.
type HistoryDatabase() =
    let server = PrivatePostgres.Shared
    let name = "history" + Guid.NewGuid().ToString "N"
    do server.Psql [ $"--command=CREATE DATABASE {name}" ] |> ignore

    let settings =
        NpgsqlConnectionStringBuilder(server.ConnectionString, Database = name)

    let source = NpgsqlDataSource.Create settings.ConnectionString
    let between = lazy (new Between(settings.Port))

    let throughSource =
        lazy
            (NpgsqlConnectionStringBuilder(settings.ConnectionString, Port = between.Value.Port)
                .ConnectionString
             |> NpgsqlDataSource.Create)

    do
        use script =
            new StreamReader(nonNull (typeof<History>.Assembly.GetManifestResourceStream "0003-history.sql"))

        use command = source.CreateCommand(script.ReadToEnd())
        command.ExecuteNonQuery() |> ignore

    /// The way straight to it.
    member _.Source = source

    /// The way that fails when it is told to.
    member _.ThroughSource = throughSource.Value

    /// What it is told by.
    member _.Between = between.Value

    /// Ends all connections on the way that fails.
    member _.EndConnections() =
        server.Psql
            [ "--command=SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
              + $"WHERE datname = '{name}' AND application_name = 'between'" ]
        |> ignore

    /// Runs a statement.
    member _.Run(sql: string) =
        use command = source.CreateCommand sql
        command.ExecuteNonQuery() |> ignore

    /// The number that a query finds.
    member _.Number(sql: string) : int64 =
        use command = source.CreateCommand sql
        command.ExecuteScalar() |> nonNull |> unbox

let private same what (ours: 'T) (theirs: 'T) = Expect.equal ours theirs what

let internal database = lazy HistoryDatabase()

let internal stream = StreamName("channel", "source")

let internal go = CancellationToken.None

/// A fleet that no other test has.
let internal anyFleet () = "fleet " + Guid.NewGuid().ToString "N"

let internal beginBy (source: NpgsqlDataSource) fleet =
    wait (History(source, "tests").BeginAsync(fleet, stream, go))

/// Follows one more look and writes what it changed.
let internal store (writer: StreamHistory) (now: int64) (look: HistoryLook) : Task<bool> =
    writer.Follow(Units.Instant now, look)
    writer.StoreAsync go

let internal write (writer: StreamHistory) (look: Look) : bool =
    wait (store writer look.Now (coreOf 1 look))

let internal all fleet =
    HistoryQuestion(fleet, null, null, null, null, Units.Instant Int64.MinValue, Units.Instant Int64.MaxValue)

/// A span as it is read.
type internal Kept =
    { Node: string option
      Word: string
      Reason: string option
      Start: int64
      Past: int64
      Opened: int64
      Closed: int64 option
      Became: string option }

    /// How long it waited for what it became.
    member this.Waited = Option.get this.Closed - this.Opened

let internal spans question : Kept list =
    [ for span in wait (History(database.Value.Source, "tests").SpansAsync(question, Int32.MaxValue, go)) ->
          { Node = Option.ofObj span.Node
            Word = span.Word
            Reason = Option.ofObj span.Reason
            Start = span.Start.Microseconds
            Past = span.End.Microseconds
            Opened = span.Opened.Microseconds
            Closed = span.Closed |> Option.ofNullable |> Option.map _.Microseconds
            Became = Option.ofObj span.Became } ]

let internal wordOf (text: string) : int =
    int (Enum.Parse<RecordedWord>(text, ignoreCase = true))

let internal reasonOf (text: string option) : int =
    Enum.GetValues<FleetReason>()
    |> Seq.find (fun reason -> FleetText.ofReason reason = Option.defaultValue "none" text)
    |> int

/// What the database holds, cell by cell: what is open, and what closed.
let internal stored fleet : (Said * int64) list * Ended list =
    let cells =
        [ for span in spans (all fleet) do
              for at in cellsIn span.Start span.Past do
                  span, (span.Node, wordOf span.Word, reasonOf span.Reason, at) ]

    List.sort
        [ for span, said in cells do
              if span.Closed.IsNone then
                  said, span.Opened ],
    List.sort
        [ for span, said in cells do
              match span.Closed with
              | Some closed ->
                  { Said = said
                    Opened = span.Opened
                    Closed = closed
                    Became =
                      span.Became
                      |> Option.map (fun word -> int (Enum.Parse<FleetWord>(word, ignoreCase = true))) }
              | None -> () ]

/// A history as it is read back.
let internal asStored (state: Map<Said, int64>, ended: Ended list) = Map.toList state, List.sort ended

let internal isStored fleet (state: Map<Said, int64>, ended: Ended list) =
    let opened, closed = stored fleet
    let expectedOpen, expectedClosed = asStored (state, ended)
    same "what is open" opened expectedOpen
    same "what closed" closed expectedClosed
