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

/// What no file covers.
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

let private covers loss second = loss.From <= second && second < loss.To

let private name (second: int) kind =
    let hash = SHA256.HashData(Encoding.UTF8.GetBytes $"{second} {kind}")

    let text =
        Convert.ToBase64String(hash).TrimEnd('=').Replace('+', '-').Replace('/', '_')

    let time = firstHour.AddSeconds(float second)
    Path.Combine(time.ToString "yyyy-MM-dd'T'HH", $"""{time.ToString "mm:ss.ffffff"}-2.0-{kind}-{text}.ts""")

/// Lays the archive out under a folder, as demo/source, anew.
let write (folder: string) =
    if Directory.Exists folder then
        Directory.Delete(folder, true)

    let file second kind (bytes: int) =
        let path = Path.Combine(folder, "demo", "source", name second kind)
        Directory.CreateDirectory(Path.GetDirectoryName path) |> ignore
        File.WriteAllBytes(path, Array.zeroCreate bytes)

    for second in fst extent .. 2 .. snd extent - 2 do
        if partials |> List.exists (fun loss -> covers loss second) then
            file second "partial" 700
            file second "partial-" 300
        elif not (holes |> List.exists (fun loss -> covers loss second)) then
            file second "full" 1000

    // A second recorder had a moment of the same stream, half a second apart: an overlap, no loss.
    let late = firstHour.AddSeconds(float (at 40 0)).AddSeconds 0.5

    let path =
        Path.Combine(
            folder,
            "demo",
            "source",
            late.ToString "yyyy-MM-dd'T'HH",
            $"""{late.ToString "mm:ss.ffffff"}-2.0-full-.ts"""
        )

    File.WriteAllBytes(path, Array.zeroCreate 1000)
