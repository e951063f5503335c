namespace Coverage.CommandLine

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.Globalization
open System.Net
open System.Text
open System.Text.RegularExpressions

/// How to reach a database. No record, of which F# would print every field: one of them is a password.
[<Sealed>]
type Database internal (settings: ImmutableDictionary<string, string>) =

    /// Npgsql's keywords with their values.
    member _.Settings = settings

    /// Never what is in it.
    override _.ToString() = "a database"

/// From a connection string of libpq, which the wubloader project's deployments use, to Npgsql's words. What is wrong
/// with one is told without its values, and without what is no keyword: it may be a piece of a password.
module internal ConnectionString =

    /// Reads a value for Npgsql; the error tells what the keyword takes.
    type private Reading = string -> Result<string, string>

    /// Npgsql writes these without a dash.
    let private oneOf (words: string list) : Reading =
        fun value ->
            if List.contains value words then
                Ok(value.Replace("-", ""))
            else
                Error(String.Join(", ", words))

    /// Npgsql refuses more seconds; in libpq 0 and less is no limit, and Npgsql has its own.
    let private timeout: Reading =
        fun value ->
            match Int32.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture) with
            | true, seconds when seconds > 0 -> Ok(string (min seconds 1024))
            | true, _ -> Ok "0"
            | _ -> Error "a whole number of seconds"

    /// The methods that the server may ask for or, each with a ! before it, those that it may not.
    let private methods: Reading =
        let names =
            Map.ofList
                [ "password", "Password"
                  "md5", "MD5"
                  "gss", "GSS"
                  "sspi", "SSPI"
                  "scram-sha-256", "ScramSHA256"
                  "none", "None" ]

        fun value ->
            let sign = if value.StartsWith '!' then "!" else ""

            let read =
                [ for word in value.Split ',' ->
                      if word.StartsWith sign then
                          Map.tryFind (word.Substring sign.Length) names
                      else
                          None ]

            if List.forall Option.isSome read then
                Ok(String.Join(",", [ for name in read -> sign + name.Value ]))
            else
                Error
                    "password, md5, gss, sspi, scram-sha-256 and none, with commas between, all or none with a !"

    /// The keywords of libpq that Npgsql has under another name.
    let private known: Map<string, string * Reading> =
        Map.ofList
            [ "user", ("Username", Ok)
              "password", ("Password", Ok)
              "dbname", ("Database", Ok)
              "passfile", ("Passfile", Ok)
              "sslmode",
              ("SSL Mode", oneOf [ "disable"; "allow"; "prefer"; "require"; "verify-ca"; "verify-full" ])
              "sslcert", ("SSL Certificate", Ok)
              "sslkey", ("SSL Key", Ok)
              "sslpassword", ("SSL Password", Ok)
              "sslrootcert", ("Root Certificate", Ok)
              "sslnegotiation", ("SSL Negotiation", oneOf [ "postgres"; "direct" ])
              "gssencmode", ("GSS Encryption Mode", oneOf [ "disable"; "prefer"; "require" ])
              "channel_binding", ("Channel Binding", oneOf [ "disable"; "prefer"; "require" ])
              "require_auth", ("Require Auth", methods)
              "krbsrvname", ("Kerberos Service Name", Ok)
              "connect_timeout", ("Timeout", timeout)
              "application_name", ("Application Name", Ok)
              "options", ("Options", Ok) ]

    /// Those that say where.
    let private places = [ "host"; "hostaddr"; "port" ]

    /// Those that tune libpq's own ways, which a short question can do without.
    let private tuning =
        [ "client_encoding"
          "fallback_application_name"
          "keepalives"
          "keepalives_idle"
          "keepalives_interval"
          "keepalives_count"
          "tcp_user_timeout"
          "sslcompression"
          "sslsni"
          "gsslib"
          "gssdelegation"
          "load_balance_hosts"
          "target_session_attrs"
          "min_protocol_version"
          "max_protocol_version" ]

    /// Those that promise something that would not be kept here.
    let private unkept =
        [ "service"
          "replication"
          "requirepeer"
          "sslcertmode"
          "sslcrl"
          "sslcrldir"
          "ssl_min_protocol_version"
          "ssl_max_protocol_version" ]

    /// The variables that stand for keywords which a connection string leaves out.
    let variables: Map<string, string> =
        Map.ofList
            [ "host", "PGHOST"
              "hostaddr", "PGHOSTADDR"
              "port", "PGPORT"
              "dbname", "PGDATABASE"
              "user", "PGUSER"
              "password", "PGPASSWORD"
              "passfile", "PGPASSFILE"
              "sslmode", "PGSSLMODE"
              "sslcert", "PGSSLCERT"
              "sslkey", "PGSSLKEY"
              "sslrootcert", "PGSSLROOTCERT"
              "sslnegotiation", "PGSSLNEGOTIATION"
              "gssencmode", "PGGSSENCMODE"
              "channel_binding", "PGCHANNELBINDING"
              "require_auth", "PGREQUIREAUTH"
              "krbsrvname", "PGKRBSRVNAME"
              "connect_timeout", "PGCONNECT_TIMEOUT"
              "application_name", "PGAPPNAME"
              "options", "PGOPTIONS"
              "service", "PGSERVICE"
              "requirepeer", "PGREQUIREPEER"
              "sslcertmode", "PGSSLCERTMODE"
              "sslcrl", "PGSSLCRL"
              "sslcrldir", "PGSSLCRLDIR"
              "ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"
              "ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION" ]

    let keywords = List.ofSeq known.Keys @ places @ tuning @ unkept

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

    /// Npgsql's words for the hosts, each with its port.
    let private place (given: Map<string, string>) : Result<(string * string) list, string> =
        let listOf keyword =
            match Map.tryFind keyword given with
            | Some value when value <> "" -> List.ofArray (value.Split ',')
            | _ -> []

        let names, addresses, ports = listOf "host", listOf "hostaddr", listOf "port"

        // An address saves looking the name up, and so stands before it.
        let hosts =
            if addresses.IsEmpty then
                names
            elif addresses.Length = names.Length then
                List.map2 (fun it name -> if it = "" then name else it) addresses names
            else
                addresses

        let hosts = if hosts.IsEmpty then [ "" ] else hosts

        let ports =
            match ports with
            | []
            | [ _ ] -> List.replicate hosts.Length (String.Join("", ports))
            | several -> several

        let port text =
            match
                UInt16.TryParse(
                    (if text = "" then "5432" else text),
                    NumberStyles.Integer,
                    CultureInfo.InvariantCulture
                )
            with
            | true, number when number > 0us -> Some number
            | _ -> None

        let isAddress (host: string) = fst (IPAddress.TryParse host)

        if not (names.IsEmpty || addresses.IsEmpty) && names.Length <> addresses.Length then
            Error "there must be as many in hostaddr as in host"
        elif ports.Length <> hosts.Length then
            Error "there must be as many ports as hosts, or one for all"
        elif ports |> List.exists (port >> Option.isNone) then
            Error "port takes a whole number from 1 to 65535"
        elif hosts |> List.exists (fun host -> host.Contains ':' && not (isAddress host)) then
            Error "host takes no name with a ':' in it, but for an address of IPv6"
        else
            let inNpgsql (host: string) =
                if host = "" then "/var/run/postgresql" // Where most systems' servers have their socket.
                elif host.Contains ':' then $"[{host}]"
                else host

            match List.zip (List.map inNpgsql hosts) (List.choose port ports) with
            // A folder alone is not told from its port.
            | [ host, port ] -> Ok [ "Host", host; "Port", string port ]
            | several -> Ok [ "Host", String.Join(',', [ for host, port in several -> $"{host}:{port}" ]) ]

    /// With a root certificate, libpq verifies the server's also under `require`; the name `system` stands for the
    /// system's own, and is for `verify-full` alone.
    let private strengthened (given: Map<string, string>) =
        match Map.tryFind "sslrootcert" given, Map.tryFind "sslmode" given with
        | Some "system", _ -> given.Remove("sslrootcert").Add("sslmode", "verify-full")
        | Some root, Some "require" when root <> "" -> given.Add("sslmode", "verify-ca")
        | _ -> given

    /// The keywords with their values, as libpq reads them; of a repeated one the last value.
    let read (text: string) : Result<Map<string, string>, string> =
        split text
        |> Result.bind (fun pairs ->
            match
                pairs
                |> List.map fst
                |> List.tryFind (fun it -> not (List.contains it keywords))
            with
            | None -> Ok(Map.ofList pairs)
            | Some unknown ->
                let near =
                    match Nearest.tryIn keywords unknown with
                    | Some near -> $" (did you mean {near}?)"
                    | None -> ""

                Error
                    $"it has a keyword that libpq does not know{near}; a value with a space in it needs quotes")

    /// A value in Npgsql's words, if it has any for the keyword.
    let private translated (keyword: string, value: string) : Result<(string * string) option, string> =
        match Map.tryFind keyword known with
        | _ when value = "" -> Ok None
        | None when List.contains keyword unkept -> Error $"{keyword} is not supported"
        | None -> Ok None
        | Some(name, read) ->
            match read value with
            | Ok value -> Ok(Some(name, value))
            | Error taken -> Error $"{keyword} takes {taken}"

    /// Reads a connection string in either of libpq's forms; what it leaves out, libpq's variables give. The error is a
    /// sentence without its end.
    let parse (variable: string -> string option) (text: string) : Result<Database, string> =
        let add (given: Map<string, string>) settings (keyword, value) =
            match settings, translated (keyword, value) with
            | Ok sofar, Ok one -> Ok(Option.toList one @ sofar)
            | Ok _, Error fault when not (given.ContainsKey keyword) ->
                Error $"{fault} (its value is that of {variables[keyword]})"
            | Ok _, Error fault
            | Error fault, _ -> Error fault

        read text
        |> Result.bind (fun given ->
            let all =
                (given, Map.toList variables)
                ||> List.fold (fun all (keyword, name) ->
                    match variable name with
                    | Some value when not (all.ContainsKey keyword) -> all.Add(keyword, value)
                    | _ -> all)

            strengthened all |> Map.toList |> List.fold (add given) (place all))
        |> Result.map (fun settings ->
            Database(
                ImmutableDictionary.CreateRange(
                    seq { for name, value in settings -> KeyValuePair(name, value) }
                )
            ))
