namespace Coverage

open System
open System.Text
open System.Text.Unicode

/// The files that the addresses of playlists name (RFC 3986).
[<RequireQualifiedAccess>]
module internal HlsAddress =

    /// No path of a file is longer.
    [<Literal>]
    let private LongestPath = 4096

    // Each is made once: a literal of bytes makes a new array wherever it is used.
    let private schemeMark = "://"B
    let private slash = "/"B

    let private schemeLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."B

    /// The value of a hexadecimal digit; -1 where it is none.
    let private hex (c: byte) : int =
        if c - byte '0' <= 9uy then
            int (c - byte '0')
        else
            let letter = c ||| 0x20uy

            if letter - byte 'a' <= 5uy then
                int (letter - byte 'a') + 10
            else
                -1

    /// An address without its percent signs; those that begin no escape stay.
    let private unescaped (address: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let bytes = address.ToArray()
        let mutable length = 0
        let mutable at = 0

        while at < bytes.Length do
            let isEscape =
                bytes[at] = byte '%'
                && at + 2 < bytes.Length
                && hex bytes[at + 1] >= 0
                && hex bytes[at + 2] >= 0

            bytes[length] <-
                if isEscape then
                    byte (16 * hex bytes[at + 1] + hex bytes[at + 2])
                else
                    bytes[at]

            at <- at + (if isEscape then 3 else 1)
            length <- length + 1

        ReadOnlySpan(bytes, 0, length)

    /// Whether an address begins with the name of a protocol, as `http://` does, or at the root of a server.
    let private isAbsolute (address: ReadOnlySpan<byte>) : bool =
        let scheme = address.IndexOf schemeMark

        address.StartsWith slash
        || scheme > 0 && address.Slice(0, scheme).IndexOfAnyExcept schemeLetters < 0

    /// A path from a folder, with `.` and `..` followed; empty where it leads out of the archive or to a hidden name.
    let private followed (folder: string) (path: string) : string =
        let parts = ResizeArray<string>()
        let mutable isWithin = true

        for part in $"{folder}/{path}".Split('/', StringSplitOptions.RemoveEmptyEntries) do
            if part = ".." then
                isWithin <- isWithin && parts.Count > 0

                if isWithin then
                    parts.RemoveAt(parts.Count - 1)
            elif part <> "." then
                isWithin <- isWithin && part[0] <> '.'
                parts.Add part

        if isWithin then String.Join('/', parts) else ""

    /// The path below the archive that an address names in a playlist of a folder there (RFC 3986). Empty where it leads out of
    /// the archive, or to a name that is not looked at there: a hidden one, or one that is not UTF-8.
    let locate (folder: string) (address: ReadOnlySpan<byte>) : string =
        let ending = address.IndexOfAny(byte '?', byte '#')
        let path = if ending < 0 then address else address.Slice(0, ending)

        if path.IsEmpty || path.Length > 3 * LongestPath || isAbsolute path then
            ""
        else
            let bytes = if path.IndexOf(byte '%') < 0 then path else unescaped path

            if bytes.Length > LongestPath || not (Utf8.IsValid bytes) || bytes.IndexOf 0uy >= 0 then
                ""
            else
                let text = Encoding.UTF8.GetString bytes

                if text[0] = '.' || text.Contains "/." || text.Contains "//" then
                    followed folder text
                elif folder = "" then
                    text
                else
                    String.Concat(folder, "/", text)
