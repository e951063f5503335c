namespace Coverage.CommandLine

open System
open System.Collections.Immutable
open System.Globalization
open System.Net
open System.Text
open System.Text.RegularExpressions

/// How to reach a database. This is a class because F# prints every field of a record, and one value is a password.
[<Sealed>]
type Database internal (settings: Map<string, string>) =

    /// Keywords of Npgsql with their values.
    member _.Settings = settings.ToImmutableDictionary()

    /// Never prints a setting.
    override _.ToString() = "a database"

/// Reads the connection strings of libpq that deployments use, and gives Npgsql's words for them. A message never shows a
/// value, nor a keyword that libpq does not know: it may be a piece of a password.
module internal ConnectionString =

    /// The keywords taken here, each with Npgsql's name and the variable that gives it when the string leaves it out.
    let private known: Map<string, string * string> =
        Map.ofList
            [ "host", ("Host", "PGHOST")
              "hostaddr", ("Host", "PGHOSTADDR")
              "port", ("Port", "PGPORT")
              "dbname", ("Database", "PGDATABASE")
              "user", ("Username", "PGUSER")
              "password", ("Password", "PGPASSWORD")
              "sslmode", ("SSL Mode", "PGSSLMODE")
              "sslrootcert", ("Root Certificate", "PGSSLROOTCERT")
              "sslcert", ("SSL Certificate", "PGSSLCERT")
              "sslkey", ("SSL Key", "PGSSLKEY")
              "connect_timeout", ("Timeout", "PGCONNECT_TIMEOUT")
              "application_name", ("Application Name", "PGAPPNAME")
              "target_session_attrs", ("Target Session Attributes", "PGTARGETSESSIONATTRS")
              "options", ("Options", "PGOPTIONS") ]

    /// The variables of libpq that stand for keywords which a connection string leaves out.
    let variables: Map<string, string> = Map.map (fun _ (_, variable) -> variable) known

    /// The rest of libpq's keywords. They are listed so that a message can name the one it refuses.
    let private refused =
        "channel_binding client_encoding fallback_application_name gssdelegation gssencmode gsslib keepalives \
         keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts max_protocol_version \
         min_protocol_version passfile replication require_auth requirepeer service ssl_max_protocol_version \
         ssl_min_protocol_version sslcertmode sslcompression sslcrl sslcrldir sslnegotiation sslpassword sslsni \
         tcp_user_timeout"
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)

    let private keywords = [ yield! known.Keys; yield! refused ]

    /// `keyword = value` pairs: a value with a space in it stands in single quotes, and a backslash takes the next
    /// character as it is.
    let private pairs =
        let space = @"[ \t-\r]"
        let quoted = @"'(?<value>(?>[^'\\]|\\.)*)'"
        let bare = @"(?!')(?<value>(?>[^ \t-\r\\]|\\.?)*)"

        let pair =
            $@"{space}*(?<keyword>[^= \t-\r]+){space}*=(?>{space}*)(?>{quoted}|{bare})"

        Regex($@"^(?>{pair})*{space}*\z", RegexOptions.Singleline)

    /// A user, hosts with ports, a database and parameters, each percent-encoded.
    let private uri =
        let login = "(?>(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?)"
        let host = @"(?:\[(?<host>[^\]]+)\](?=[:/?,]|\z)|(?<host>(?!\[)[^:/?,]*))"
        let place = $"{host}(?<port>(?::[^/?,]*)?)"
        let parameter = @"(?<keyword>[^=&]*)=(?<value>[^=&]*)(?:&|\z)"

        Regex(
            $@"^postgres(?:ql)?://{login}{place}(?:,{place})*(?:/(?<dbname>[^?]*))?(?:\?(?:{parameter})*)?\z",
            RegexOptions.Singleline
        )

    let private captures (group: string) (found: Match) =
        [ for capture in found.Groups[group].Captures -> capture.Value ]

    /// Percent-encoded text as it was; nothing when it is no encoding of any text.
    let private tryDecode (text: string) : string option =
        let utf8 = UTF8Encoding(false, throwOnInvalidBytes = true)

        let bytes (run: Match) =
            utf8.GetString(Convert.FromHexString(run.Value.Replace("%", "")))

        try
            if Regex.IsMatch(text, "%(?![0-9A-Fa-f]{2})|%00") then
                None
            else
                Some(Regex.Replace(text, "(?:%[0-9A-Fa-f]{2})+", bytes))
        with :? DecoderFallbackException ->
            None

    /// The keywords with their values, in order.
    let private split (text: string) : Result<(string * string) list, string> =
        if text.StartsWith "postgresql://" || text.StartsWith "postgres://" then
            let found = uri.Match text
            let one group = String.Join(",", captures group found)

            let ports =
                captures "port" found
                |> List.map (fun port -> port.Substring(min 1 port.Length))

            let given =
                [ "user", one "user"
                  "password", one "password"
                  "host", one "host"
                  "port", String.Join(",", ports)
                  "dbname", one "dbname" ]
                |> List.filter (fun (_, value) -> value <> "")

            let decoded =
                given @ List.zip (captures "keyword" found) (captures "value" found)
                |> List.map (fun (keyword, value) -> tryDecode keyword, tryDecode value)

            if not found.Success then
                Error
                    "a URI is written postgresql://user:password@host:port/dbname?keyword=value&keyword=value"
            elif decoded |> List.exists (fun (keyword, value) -> keyword.IsNone || value.IsNone) then
                Error
                    "a % in a URI stands before two hexadecimal digits, and what is so written must be UTF-8"
            else
                Ok
                    [ for keyword, value in decoded ->
                          match keyword.Value, value.Value with
                          // As JDBC writes it.
                          | "ssl", "true" -> "sslmode", "require"
                          | pair -> pair ]
        else
            let found = pairs.Match text

            if found.Success then
                captures "value" found
                |> List.map (fun value -> Regex.Replace(value, @"\\(.?)", "$1", RegexOptions.Singleline))
                |> List.zip (captures "keyword" found)
                |> Ok
            else
                Error
                    "it is written keyword=value keyword=value, a value with a space in single quotes, or as a URI"

    /// The keywords with their values; of a repeated keyword the last value.
    let read (text: string) : Result<Map<string, string>, string> =
        split text
        |> Result.bind (fun pairs ->
            match pairs |> List.tryFind (fun (keyword, _) -> not (List.contains keyword keywords)) with
            | None -> Ok(Map.ofList pairs)
            | Some(unknown, _) ->
                let near =
                    match Nearest.tryIn keywords unknown with
                    | Some near -> $" (did you mean {near}?)"
                    | None -> ""

                Error
                    $"it has a keyword that libpq does not know{near}; a value with a space in it needs quotes")

    /// The hosts in Npgsql's form, each with its port.
    let private place (given: Map<string, string>) : Result<Map<string, string>, string> =
        let listOf keyword =
            match Map.tryFind keyword given with
            | None
            | Some "" -> []
            | Some value -> List.ofArray (value.Split ',')

        let isAddress (host: string) = fst (IPAddress.TryParse host)
        let names, addresses = listOf "host", listOf "hostaddr"

        // An address spares the look-up of the name, so it is used in place of the name.
        let hosts =
            match names, addresses with
            | [], [] -> [ "" ]
            | names, [] -> names
            | _ -> addresses

        let ports =
            match listOf "port" with
            | [] -> List.replicate hosts.Length "5432"
            | [ one ] -> List.replicate hosts.Length one
            | several -> several |> List.map (fun port -> if port = "" then "5432" else port)

        let isPort (text: string) =
            match UInt16.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture) with
            | true, port -> port > 0us
            | _ -> false

        let inNpgsql (host: string) =
            if host = "" then "/var/run/postgresql" // Where most systems' servers have their socket.
            elif host.Contains ':' then $"[{host}]"
            else host

        if not (List.forall isAddress addresses) then
            Error "hostaddr takes an IP address"
        elif names.Length > 0 && addresses.Length > 0 && names.Length <> addresses.Length then
            Error "hostaddr must have as many entries as host"
        elif ports.Length <> hosts.Length then
            Error "there must be as many ports as hosts, or one port for all"
        elif not (List.forall isPort ports) then
            Error "port takes a whole number from 1 to 65535"
        elif hosts |> List.exists (fun host -> host.Contains ':' && not (isAddress host)) then
            Error "host takes no name with a ':' in it; only an IPv6 address has one"
        else
            match List.map inNpgsql hosts, List.map (fun (port: string) -> port.Trim()) ports with
            // Npgsql takes no port behind the folder of a socket that stands alone.
            | [ host ], [ port ] -> Ok(Map.ofList [ "Host", host; "Port", port ])
            | hosts, ports ->
                let hosts = List.map2 (fun host port -> $"{host}:{port}") hosts ports
                Ok(Map.ofList [ "Host", String.concat "," hosts ])

    /// With a root certificate libpq verifies the server under `require`, too. The root `system` stands for the system's own
    /// certificates and implies `verify-full`.
    let private strengthened (given: Map<string, string>) =
        match Map.tryFind "sslrootcert" given, Map.tryFind "sslmode" given with
        | Some "system", _ -> given.Remove("sslrootcert").Add("sslmode", "verify-full")
        | Some root, Some "require" when root <> "" -> given.Add("sslmode", "verify-ca")
        | _ -> given

    /// A value as Npgsql writes it, or what the keyword takes.
    let private translated (keyword: string) (value: string) : Result<string, string> =
        let oneOf (words: string list) =
            if List.contains value words then
                Ok value
            else
                Error(keyword + " takes " + String.concat ", " words)

        match keyword with
        | "sslmode" ->
            oneOf [ "disable"; "allow"; "prefer"; "require"; "verify-ca"; "verify-full" ]
            |> Result.map _.Replace("-", "")
        | "target_session_attrs" ->
            oneOf [ "any"; "read-write"; "read-only"; "primary"; "standby"; "prefer-standby" ]
        | "connect_timeout" ->
            match Int32.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture) with
            // In libpq 0 and less mean no limit. Npgsql takes at most 1024 s.
            | true, seconds -> Ok(string (seconds |> max 0 |> min 1024))
            | _ -> Error "connect_timeout takes a whole number of seconds"
        | _ -> Ok value

    /// Reads a connection string in either of libpq's forms. What it leaves out, libpq's variables give. The error is a
    /// sentence without its end.
    let parse (variable: string -> string option) (text: string) : Result<Database, string> =
        let withVariables (given: Map<string, string>) =
            (given, variables)
            ||> Map.fold (fun all keyword name ->
                match variable name with
                | Some value when not (all.ContainsKey keyword) -> all.Add(keyword, value)
                | _ -> all)

        let add (given: Map<string, string>) (settings: Map<string, string>) keyword value =
            match translated keyword value with
            | Ok value -> Ok(settings.Add(fst known[keyword], value))
            | Error fault when given.ContainsKey keyword -> Error fault
            | Error fault -> Error $"{fault} (its value is that of {variables[keyword]})"

        let settings (given: Map<string, string>) =
            let all = strengthened (withVariables given)

            (place all, all)
            ||> Map.fold (fun sofar keyword value ->
                if value = "" || List.contains keyword [ "host"; "hostaddr"; "port" ] then
                    sofar
                else
                    sofar |> Result.bind (fun settings -> add given settings keyword value))

        read text
        |> Result.bind (fun given ->
            match
                refused
                |> Array.tryFind (fun keyword -> given.ContainsKey keyword && given[keyword] <> "")
            with
            | Some keyword ->
                Error(keyword + " is not supported; the keywords are " + String.concat ", " known.Keys)
            | None -> settings given)
        |> Result.map Database
