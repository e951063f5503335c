namespace Coverage.CommandLine

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.Text

/// Where a database is, as Npgsql's words for it. Shown as its hosts alone, so that nothing can print a password.
[<NoComparison; ReferenceEquality>]
type Database =
    {
        /// Npgsql's keywords with their values, none twice.
        Settings: ImmutableDictionary<string, string>
    }

    override this.ToString() =
        match this.Settings.TryGetValue "Host" with
        | true, NonNull hosts -> hosts
        | _ -> "the local one"

/// From a connection string of libpq, which the wubloader project's deployments use, to Npgsql's words. What is wrong
/// with one is told without its values: one of them is a password.
module internal ConnectionString =

    /// What becomes of a keyword of libpq.
    [<RequireQualifiedAccess>]
    type private Meaning =
        /// Npgsql has it under a name.
        | Known of string
        /// It tunes libpq's own ways and changes neither where nor as whom nor how safely.
        | Tuning
        /// It promises something that is not kept here, so it is better refused.
        | Unkept

    let private meanings =
        dict
            [ "user", Meaning.Known "Username"
              "password", Meaning.Known "Password"
              "dbname", Meaning.Known "Database"
              "passfile", Meaning.Known "Passfile"
              "sslmode", Meaning.Known "SSL Mode"
              "sslcert", Meaning.Known "SSL Certificate"
              "sslkey", Meaning.Known "SSL Key"
              "sslpassword", Meaning.Known "SSL Password"
              "sslrootcert", Meaning.Known "Root Certificate"
              "sslnegotiation", Meaning.Known "SSL Negotiation"
              "channel_binding", Meaning.Known "Channel Binding"
              "require_auth", Meaning.Known "Require Auth"
              "krbsrvname", Meaning.Known "Kerberos Service Name"
              "connect_timeout", Meaning.Known "Timeout"
              "application_name", Meaning.Known "Application Name"
              "options", Meaning.Known "Options"
              "client_encoding", Meaning.Tuning
              "fallback_application_name", Meaning.Tuning
              "keepalives", Meaning.Tuning
              "keepalives_idle", Meaning.Tuning
              "keepalives_interval", Meaning.Tuning
              "keepalives_count", Meaning.Tuning
              "tcp_user_timeout", Meaning.Tuning
              "sslcompression", Meaning.Tuning
              "sslsni", Meaning.Tuning
              "gssencmode", Meaning.Tuning
              "gsslib", Meaning.Tuning
              "gssdelegation", Meaning.Tuning
              "load_balance_hosts", Meaning.Tuning
              "target_session_attrs", Meaning.Tuning
              "min_protocol_version", Meaning.Tuning
              "max_protocol_version", Meaning.Tuning
              "service", Meaning.Unkept
              "replication", Meaning.Unkept
              "requirepeer", Meaning.Unkept
              "sslcertmode", Meaning.Unkept
              "sslcrl", Meaning.Unkept
              "sslcrldir", Meaning.Unkept
              "ssl_min_protocol_version", Meaning.Unkept
              "ssl_max_protocol_version", Meaning.Unkept ]

    /// The keywords that say where; together they become one of Npgsql's.
    let private places = [ "host"; "hostaddr"; "port" ]

    let private isSpace (c: char) = c = ' ' || (c >= '\t' && c <= '\r')

    /// `keyword = value` pairs: a value with spaces stands in single quotes, and a backslash takes the next character as
    /// it is.
    let private pairs (text: string) : Result<(string * string) list, string> =
        let rec skip at =
            if at < text.Length && isSpace text[at] then
                skip (at + 1)
            else
                at

        /// The value from a place on, up to an end, and where it stops; nothing for a quoted one without its end.
        let value (at: int) =
            let isQuoted = at < text.Length && text[at] = '\''
            let read = StringBuilder()

            let rec go at =
                if at >= text.Length then
                    if isQuoted then None else Some at
                elif isQuoted && text[at] = '\'' then
                    Some(at + 1)
                elif not isQuoted && isSpace text[at] then
                    Some at
                elif text[at] = '\\' && at + 1 < text.Length then
                    read.Append text[at + 1] |> ignore
                    go (at + 2)
                elif text[at] = '\\' then
                    go (at + 1)
                else
                    read.Append text[at] |> ignore
                    go (at + 1)

            go (if isQuoted then at + 1 else at)
            |> Option.map (fun stop -> read.ToString(), stop)

        let rec go found at =
            let from = skip at

            if from = text.Length then
                Ok(List.rev found)
            else
                let isNamed i =
                    i < text.Length && text[i] <> '=' && not (isSpace text[i])

                let mutable finish = from

                while isNamed finish do
                    finish <- finish + 1

                let equals = skip finish

                if equals = text.Length || text[equals] <> '=' then
                    Error "a keyword is not followed by ="
                elif finish = from then
                    Error "there is a = with no keyword before it"
                else
                    match value (skip (equals + 1)) with
                    | None -> Error "a quoted value does not end"
                    | Some(value, stop) -> go ((text.Substring(from, finish - from), value) :: found) stop

        go [] 0

    /// Percent-encoded text; nothing when a percent is not followed by two hexadecimal digits, or stands for the
    /// character 0, or the bytes are no UTF-8.
    let private decoded (text: string) : string option =
        let bytes = List<byte>()

        let rec go at =
            if at = text.Length then
                try
                    Some(UTF8Encoding(false, true).GetString(bytes.ToArray()))
                with :? DecoderFallbackException ->
                    None
            elif text[at] <> '%' then
                let length = if Char.IsSurrogatePair(text, at) then 2 else 1
                bytes.AddRange(Encoding.UTF8.GetBytes(text, at, length))
                go (at + length)
            elif
                at + 2 < text.Length
                && Char.IsAsciiHexDigit text[at + 1]
                && Char.IsAsciiHexDigit text[at + 2]
                && text.Substring(at + 1, 2) <> "00"
            then
                bytes.Add(Convert.ToByte(text.Substring(at + 1, 2), 16))
                go (at + 3)
            else
                None

        go 0

    /// What comes before the first of some characters, and the rest from it on.
    let private until (stops: string) (text: string) =
        match text.IndexOfAny(stops.ToCharArray()) with
        | -1 -> text, ""
        | at -> text.Substring(0, at), text.Substring at

    /// The hosts of a URI, each with its port or an empty text, and what follows them.
    let rec private hosts (found: (string * string) list) (text: string) =
        let host, rest =
            if text.StartsWith '[' then
                match text.IndexOf ']' with
                | -1 -> "[", ""
                | close -> text.Substring(1, close - 1), text.Substring(close + 1)
            else
                until ":/?," text

        let port, rest =
            if rest.StartsWith ':' then
                until "/?," (rest.Substring 1)
            else
                "", rest

        let found = (host, port) :: found

        if rest.StartsWith ',' then
            hosts found (rest.Substring 1)
        else
            List.rev found, rest

    /// `user:password@host:port,host:port/database?keyword=value&…`, everything percent-encoded.
    let private uri (text: string) : Result<(string * string) list, string> =
        let login, rest =
            match until "@/" text with
            | login, rest when rest.StartsWith '@' -> login, rest.Substring 1
            | _ -> "", text

        let user, password = until ":" login
        let hosts, rest = hosts [] rest

        let database, parameters =
            if rest.StartsWith '/' then
                until "?" (rest.Substring 1)
            else
                "", rest

        let given =
            [ "user", user
              "password", password.TrimStart ':'
              "host", String.Join(',', hosts |> List.map fst)
              "port",
              (if List.forall (fun (_, port) -> port = "") hosts then
                   ""
               else
                   String.Join(',', hosts |> List.map snd))
              "dbname", database ]
            |> List.filter (fun (_, value) -> value <> "" && value.Trim ',' <> "")
            |> List.map (fun (keyword, value) -> keyword, Some value)

        let asked =
            [ for parameter in parameters.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries) do
                  match parameter.Split '=' with
                  | [| keyword; value |] -> keyword, Some value
                  | _ -> parameter.Split('=')[0], None ]

        let readable =
            [ for keyword, value in given @ asked -> decoded keyword, Option.bind decoded value ]

        if List.exists (fst >> (=) "[") hosts then
            Error "a host that begins with [ has no ]"
        elif not (rest = "" || rest[0] = '/' || rest[0] = '?') then
            Error "a host in [ ] is followed by what is no port"
        elif readable |> List.exists (fun (keyword, _) -> keyword = None) then
            Error "a keyword is not well percent-encoded"
        else
            match readable |> List.tryFind (fun (_, value) -> value = None) with
            | Some(keyword, _) -> Error $"the value of {keyword.Value} is missing, or is not well percent-encoded"
            | None ->
                Ok
                    [ for keyword, value in readable ->
                          // As JDBC has it, which libpq lets pass.
                          match keyword.Value, value.Value with
                          | "ssl", "true" -> "sslmode", "require"
                          | pair -> pair ]

    /// Npgsql's list of hosts, each with its port; nothing for none.
    let private place (given: Map<string, string>) : Result<string option, string> =
        let listOf keyword =
            match Map.tryFind keyword given with
            | Some value when value <> "" -> value.Split ',' |> List.ofArray
            | _ -> []

        // An address saves looking the name up, and so stands before it.
        let hosts =
            match listOf "hostaddr" with
            | [] -> listOf "host"
            | addresses -> addresses

        let isPort (port: string) =
            port = ""
            || match UInt16.TryParse port with
               | true, number -> number > 0us && Seq.forall Char.IsAsciiDigit port
               | _ -> false

        let port (ports: string list) at =
            match ports with
            | [] -> "5432"
            | [ one ] -> if one = "" then "5432" else one
            | several -> if several[at] = "" then "5432" else several[at]

        match hosts, listOf "port" with
        | _, ports when not (List.forall isPort ports) -> Error "a port is no number from 1 to 65535"
        | hosts, ports when ports.Length > 1 && ports.Length <> max 1 hosts.Length ->
            Error "there are as many ports as hosts, or one for all"
        | [], [] -> Ok None
        | hosts, ports ->
            (if hosts.IsEmpty then [ "localhost" ] else hosts)
            |> List.mapi (fun at host ->
                let host = if host = "" then "localhost" else host
                let host = if host.Contains ':' && host[0] <> '/' then $"[{host}]" else host
                $"{host}:{port ports at}")
            |> fun all -> Ok(Some(String.Join(',', all)))

    /// libpq writes `verify-full`, Npgsql `VerifyFull`; both read `require`.
    let private valueOf (keyword: string) (value: string) =
        match keyword with
        | "sslmode"
        | "channel_binding"
        | "sslnegotiation" -> value.Replace("-", "")
        | _ -> value

    /// Reads a connection string in either of libpq's forms. The error is the end of a sentence and holds no value.
    let tryParse (text: string) : Result<Database, string> =
        let read =
            match [ "postgresql://"; "postgres://" ] |> List.tryFind text.StartsWith with
            | Some scheme -> uri (text.Substring scheme.Length)
            | None -> pairs text

        match read with
        | Error wrong -> Error wrong
        | Ok given ->
            // Of a repeated keyword the last one wins.
            let given = Map.ofList given

            let wrong =
                given
                |> Map.toList
                |> List.tryPick (fun (keyword, value) ->
                    match meanings.TryGetValue keyword with
                    | _ when List.contains keyword places -> None
                    | true, Meaning.Unkept when value <> "" -> Some $"{keyword} is not supported here"
                    | true, _ -> None
                    // What is no keyword may be a piece of a password that was not quoted.
                    | _ -> Some "there is a keyword in it that libpq does not know (a value with a space needs quotes)")

            match wrong, place given with
            | Some wrong, _
            | _, Error wrong -> Error wrong
            | None, Ok place ->
                let settings = ImmutableDictionary.CreateBuilder<string, string>()

                for KeyValue(keyword, value) in given do
                    match meanings.TryGetValue keyword with
                    | true, Meaning.Known name when value <> "" -> settings[name] <- valueOf keyword value
                    | _ -> ()

                place |> Option.iter (fun hosts -> settings["Host"] <- hosts)
                Ok { Settings = settings.ToImmutable() }
