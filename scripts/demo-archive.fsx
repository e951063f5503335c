/// A small archive with known losses: an evening of 2-second segments as a recorder leaves them, and what is missing.
module DemoArchive

open System
open System.IO
open System.Security.Cryptography
open System.Text

/// Something that is lost or damaged: from and to in seconds after the first hour's start, and why.
type Loss = { From: int; To: int; Why: string }

/// The hour in which the recording begins.
let firstHour = DateTime(2025, 11, 7, 18, 0, 0, DateTimeKind.Utc)

let private at minute second = minute * 60 + second

/// The recording begins at 18:10:00 and ends at 23:40:00.
let extent = at 10 0, at 340 0

/// What no file covers, on the first node.
let holes =
    [ { From = at 21 30
        To = at 21 46
        Why = "the recorder was killed and started again" }
      { From = at 58 0
        To = at 63 20
        Why = "the stream was down, over the full hour" }
      { From = at 250 4
        To = at 250 6
        Why = "a single segment was lost" } ]

/// What only a cut-off segment covers.
let partials =
    [ { From = at 195 0
        To = at 195 2
        Why = "the connection broke in the middle of a segment" } ]

/// What a second node lacks. It recorded the same stream and lost other parts of it.
let otherHoles =
    [ { From = at 30 0
        To = at 30 20
        Why = "its disk was full" }
      { From = at 58 0
        To = at 63 20
        Why = "the stream was down, on this node too" } ]

let private covers loss second = loss.From <= second && second < loss.To

let private name (time: DateTime) (kind: string) =
    let hash = SHA256.HashData(Encoding.UTF8.GetBytes $"{time:O} {kind}")

    let text =
        Convert.ToBase64String(hash).TrimEnd('=').Replace('+', '-').Replace('/', '_')

    Path.Combine(time.ToString "yyyy-MM-dd'T'HH", $"""{time.ToString "mm:ss.ffffff"}-2.0-{kind}-{text}.ts""")

let private lay holes partials (folder: string) =
    if Directory.Exists folder then
        Directory.Delete(folder, true)

    let file (start: DateTime) kind (bytes: int) =
        let path = Path.Combine(folder, "demo", "source", name start kind)
        Directory.CreateDirectory(nonNull (Path.GetDirectoryName path)) |> ignore
        File.WriteAllBytes(path, Array.zeroCreate bytes)

    for second in fst extent .. 2 .. snd extent - 2 do
        let start = firstHour.AddSeconds(float second)

        if partials |> List.exists (fun loss -> covers loss second) then
            file start "partial" 700
            file start "partial-" 300
        elif not (holes |> List.exists (fun loss -> covers loss second)) then
            file start "full" 1000

    // A second recorder wrote one segment of the same stream, half a second later: an overlap, no loss.
    file (firstHour.AddSeconds(float (at 40 0) + 0.5)) "full" 1000

/// Lays the archive out under a folder, as demo/source, anew.
let write (folder: string) = lay holes partials folder

/// Lays out what the second node has, likewise.
let writeOther (folder: string) = lay otherHoles [] folder
