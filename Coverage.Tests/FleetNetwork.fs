/// A network of the test's own: namespaces on a bridge, in which processes run that can be cut off from each other.
module Coverage.Tests.FleetNetwork

open System
open System.IO
open System.Net
open System.Net.Sockets
open Expecto
open Coverage.Tests.Sandbox

let private tryIp (words: string list) = canRun ("ip" :: words)

/// What listens at an address and hands on what comes to the same port of loopback.
type Relay(address: string, port: int) =
    let listener = new TcpListener(IPAddress.Parse address, port)

    let handOn (client: TcpClient) =
        task {
            use client = client
            use server = new TcpClient()

            try
                do! server.ConnectAsync(IPAddress.Loopback, port)
                let up = client.GetStream().CopyToAsync(server.GetStream())
                let down = server.GetStream().CopyToAsync(client.GetStream())
                let! _ = Threading.Tasks.Task.WhenAny(up, down)
                ()
            with
            | :? SocketException
            | :? IOException -> () // Either is gone, and so is the other.
        }

    do
        listener.Start()

        task {
            try
                while true do
                    let! client = listener.AcceptTcpClientAsync()
                    handOn client |> ignore
            with
            | :? SocketException
            | :? ObjectDisposedException -> () // The test is over.
        }
        |> ignore

    interface IDisposable with
        member _.Dispose() = listener.Dispose()

/// Some namespaces, each with an address on one bridge.
type Network(count: int) =
    let id = $"c{Environment.ProcessId % 100_000}"
    let prefix = $"10.213.{Environment.ProcessId % 250}."
    let bridge = id + "b"
    let space number = $"{id}n{number}"
    let link number = $"{id}v{number}"
    let address number = $"{prefix}{number + 1}"

    let ip (words: string) =
        tool ("ip" :: List.ofArray (words.Split ' '))

    let remove () =
        for number in 0 .. count - 1 do
            tryIp [ "netns"; "del"; space number ] |> ignore

        tryIp [ "link"; "del"; bridge ] |> ignore

    do
        let isThere =
            tryIp [ "-V" ]
            && tryIp [ "netns"; "add"; space 0 ]
            && tryIp [ "link"; "add"; bridge; "type"; "bridge" ]
            && tryIp [ "netns"; "del"; space 0 ]

        if not isThere then
            remove ()
            skiptest "needs ip, and the right to make namespaces and a bridge"

        ip $"addr add {prefix}254/24 dev {bridge}"
        ip $"link set {bridge} up"

        for number in 0 .. count - 1 do
            ip $"netns add {space number}"
            ip $"link add {link number} type veth peer name eth0 netns {space number}"
            ip $"link set {link number} master {bridge} up"
            ip $"-n {space number} addr add {address number}/24 dev eth0"
            ip $"-n {space number} link set eth0 up"
            ip $"-n {space number} link set lo up"

    /// The address of this side of the bridge.
    member _.Host = prefix + "254"

    /// The address of a namespace.
    member _.Address(number: int) = address number

    /// The words before a command that run it in a namespace.
    member _.Words(number: int) = [ "ip"; "netns"; "exec"; space number ]

    /// From now on two of them do not reach each other.
    member _.Cut(one: int, other: int) =
        ip $"-n {space one} route add blackhole {address other}/32"
        ip $"-n {space other} route add blackhole {address one}/32"

    /// They do again.
    member _.Join(one: int, other: int) =
        ip $"-n {space one} route del blackhole {address other}/32"
        ip $"-n {space other} route del blackhole {address one}/32"

    interface IDisposable with
        member _.Dispose() = remove ()
