using System;
using System.IO;
using System.Threading;
using Coverage.Units;
using Microsoft.FSharp.Core;

namespace Coverage.Host;

/// <summary>
/// Loads and compiles on another thread what a command runs, while the options are read: reading them takes as long as all the
/// rest of a small check, on one thread.
/// </summary>
internal static class WarmUp
{
    private static readonly Settings Settings = Engine.Settings(toleranceMicroseconds: 0, null, null);

    /// <summary>Begins. The program neither waits for it nor uses anything of it, and may end before it does.</summary>
    /// <param name="show">Gives the stream to the outputs of the command.</param>
    public static void Begin(Action<StreamRound> show) => new Thread(() =>
    {
        try
        {
            show(Check());
        }
        catch (Exception)
        {
            // An exception of a thread would end the program without a word. What fails here fails in the command as well, which
            // says so with an exit code.
        }
    })
    { IsBackground = true }.Start();

    /// <summary>Two made-up segments with a hole between them, checked.</summary>
    internal static StreamRound Check()
    {
        Listing listing = Engine.Read(hour: 0, "00:00.0-2-full-.ts/00:03.0-2-partial-.ts/"u8);
        HourDetail detail = Engine.Step(Settings.Tolerance, Engine.Start, Engine.Select(listing.Folder));
        StreamReading reading = StreamReading.Of(Engine.Account(Engine.Facts(Settings, [detail])));
        var given = new StreamGiven(FSharpValueOption<IntervalSet>.ValueNone, [], FSharpValueOption<long>.ValueNone, settling: 0);
        return new StreamRound(new("channel", "quality")).Succeed(
            reading, Judgement.Of(reading, given, Settings, new Hour(1).End), DateTimeOffset.UnixEpoch, TimeSpan.Zero, isReadAfresh: true);
    }

    /// <summary>Writes what a check found to nowhere.</summary>
    internal static void Print(StreamRound stream) => Json.WriteCheck(Stream.Null, Settings, [stream]);
}
