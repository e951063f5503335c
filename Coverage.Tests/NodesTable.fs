/// The table of nodes of the wubloader project's database.
[<AutoOpen>]
module Coverage.Tests.NodesTable

open System
open Npgsql

/// A connection string of libpq for a database of .NET's.
let libpq (connectionString: string) =
    let settings = NpgsqlConnectionStringBuilder connectionString

    $"postgresql://{settings.Username}:{Uri.EscapeDataString(string settings.Password)}@{settings.Host}:{settings.Port}/"
    + Uri.EscapeDataString(string settings.Database)

/// A database of its own on the shared server, with the table of nodes as wubloader makes it.
type NodesTable() =
    let server = PrivatePostgres.Shared
    let name = "nodes" + Guid.NewGuid().ToString "N"
    do server.Psql [ $"--command=CREATE DATABASE {name}" ] |> ignore

    let connectionString =
        NpgsqlConnectionStringBuilder(server.ConnectionString, Database = name).ConnectionString

    let run (sql: string) =
        use connection = new NpgsqlConnection(connectionString)
        connection.Open()
        use command = new NpgsqlCommand(sql, connection)
        command.ExecuteNonQuery() |> ignore

    do
        run
            "CREATE TABLE nodes (name TEXT PRIMARY KEY, url TEXT NOT NULL, backfill_from BOOLEAN NOT NULL DEFAULT TRUE)"

    member _.ConnectionString = libpq connectionString

    member _.Run(sql: string) = run sql

    member _.Add(name: string, url: string) =
        use connection = new NpgsqlConnection(connectionString)
        connection.Open()

        use command =
            new NpgsqlCommand("INSERT INTO nodes (name, url) VALUES ($1, $2)", connection)

        command.Parameters.AddWithValue name |> ignore
        command.Parameters.AddWithValue url |> ignore
        command.ExecuteNonQuery() |> ignore

    /// Locks the table until what this gives is disposed.
    member _.Lock() : IDisposable =
        let connection = new NpgsqlConnection(connectionString + ";Pooling=false")
        connection.Open()
        use command = new NpgsqlCommand("BEGIN; LOCK TABLE nodes", connection)
        command.ExecuteNonQuery() |> ignore
        connection
