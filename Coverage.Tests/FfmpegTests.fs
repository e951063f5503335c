/// Files that ffmpeg writes on the spot, beside what ffprobe says of them, and a recording that is killed and goes on.
module Coverage.Tests.FfmpegTests

open System
open System.Diagnostics
open System.Globalization
open System.IO
open System.Threading
open Expecto
open Coverage
open Coverage.Tests.Sandbox

/// A test that needs ffmpeg.
let private ffmpegTest name (test: Folder -> unit) =
    archiveTest name (fun archive ->
        if canRun [ "ffmpeg"; "-version" ] then
            test archive
        else
            skiptest "needs ffmpeg")

/// A picture of 25 frames a second and a tone.
let private source (seconds: float) =
    [ "ffmpeg"
      "-hide_banner"
      "-loglevel"
      "error"
      "-nostdin"
      "-t"
      string seconds ]
    @ [ "-f"
        "lavfi"
        "-i"
        "testsrc=size=64x48:rate=25"
        "-f"
        "lavfi"
        "-i"
        "sine" ]
    @ [ "-shortest"
        "-c:v"
        "libx264"
        "-preset"
        "ultrafast"
        "-g"
        "25"
        "-c:a"
        "aac" ]

let private fragmented =
    [ "-segment_format_options"
      "movflags=frag_keyframe+empty_moov+default_base_moof" ]

/// The ending, and what makes ffmpeg write that form.
let private forms =
    [ "ts", "ts", []
      "mp4", "mp4", []
      "fragmented mp4", "mp4", fragmented
      "mkv", "mkv", [] ]

/// The length that ffprobe says, in seconds.
let private probed (path: string) : decimal =
    let said =
        outputOf
            [ "ffprobe"
              "-v"
              "error"
              "-show_entries"
              "format=duration"
              "-of"
              "csv=p=0"
              path ]

    Decimal.Parse(said.Trim(), CultureInfo.InvariantCulture)

/// Records for some seconds in real time, and is killed.
let private recordThenKill (folder: string) (form: string list) (ending: string) (seconds: float) =
    use it =
        start
            []
            ([ "ffmpeg"; "-hide_banner"; "-loglevel"; "error"; "-nostdin"; "-re" ]
             @ [ "-f"; "lavfi"; "-i"; "testsrc=size=64x48:rate=25" ]
             @ [ "-c:v"; "libx264"; "-preset"; "ultrafast"; "-g"; "25"; "-keyint_min"; "25" ]
             @ [ "-f"
                 "segment"
                 "-segment_time"
                 "1"
                 "-strftime"
                 "1"
                 "-reset_timestamps"
                 "1" ]
             @ form
             @ [ Path.Combine(folder, $"%%Y-%%m-%%d_%%H-%%M-%%S.{ending}") ])

    Thread.Sleep(TimeSpan.FromSeconds seconds)
    it.Kill()
    it.WaitForExit()

[<Tests>]
let tests =
    testList
        "ffmpeg"
        [ ffmpegTest "the length of each file that ffmpeg writes is ffprobe's, to the frame"
          <| fun folder ->
              for name, ending, form in forms do
                  let below = folder.At name
                  Directory.CreateDirectory below |> ignore

                  tool (
                      source 5.3
                      @ [ "-f"; "segment"; "-segment_time"; "2"; "-reset_timestamps"; "1" ]
                      @ form
                      @ [ Path.Combine(below, $"%%03d.{ending}") ]
                  )

                  let files = Directory.GetFiles below |> Array.sort
                  Expect.isGreaterThan files.Length 1 $"{name}: several files"

                  for path in files do
                      match ContainerTests.probe (File.ReadAllBytes path) with
                      | Ok media ->
                          let off = abs (Duration.toSeconds media.Length - probed path)
                          Expect.isLessThanOrEqual off 0.04m $"{name}: {Path.GetFileName path}"
                          Expect.equal media.Kind SegmentKind.Full $"{name}: {Path.GetFileName path}"
                      | Error fault -> failtest $"{path}: {fault}"

          ffmpegTest "a recording that is killed and goes on has the hole between, and no other"
          <| fun folder ->
              for name, ending, form in forms do
                  Directory.CreateDirectory(folder.At name) |> ignore

              let record () =
                  forms
                  |> List.map (fun (name, ending, form) ->
                      Tasks.Task.Run(fun () -> recordThenKill (folder.At name) form ending 5.5))
                  |> List.toArray
                  |> Tasks.Task.WaitAll

              record ()
              Thread.Sleep(TimeSpan.FromSeconds 5.0)
              record ()

              for name, ending, _ in forms do
                  let result, answer =
                      checkJson
                          folder
                          [ name
                            "--layout"
                            "%path/%Y-%m-%d_%H-%M-%S"
                            "--zone"
                            (TimeZoneInfo.Local.Id)
                            "--now"
                            DateTime.UtcNow.AddHours(1.0).ToString("yyyy-MM-ddTHH:mm:ssZ") ]

                  let stream = List.exactlyOne (items answer?streams)

                  match items stream?raw?holes with
                  | [ hole ] ->
                      // What was being written when it was killed is at most a segment, and starts are whole seconds.
                      let seconds = hole?seconds.GetDecimal()
                      Expect.isGreaterThan seconds 2.5m $"{name}: {result.Error}"
                      Expect.isLessThan seconds 12m $"{name}: {result.Error}"
                  | holes -> failtest $"{name}: {holes}" ]
