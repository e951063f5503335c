using System;
using System.IO;
using System.Threading;
using Coverage.Units;
using Microsoft.FSharp.Core;

namespace Coverage.Host;

/// <summary>
/// Loads and compiles on another thread what a check runs, while the options are read: reading them takes as long as all the
/// rest of a small check, on one thread.
/// </summary>
internal static class WarmUp
{
    /// <summary>Begins. The program neither waits for it nor uses anything of it, and may end before it does.</summary>
    public static void Begin() => new Thread(() =>
    {
        try
        {
            Run();
        }
        catch (Exception)
        {
            // An exception of a thread would end the program without a word. What fails here fails in the check as well, which
            // says so with an exit code.
        }
    })
    { IsBackground = true }.Start();

    /// <summary>Two made-up segments with a hole between them go from their names to the answer, which is thrown away.</summary>
    internal static void Run()
    {
        Settings settings = Engine.Settings(toleranceMicroseconds: 0, null, null);
        Listing listing = Engine.Read(hour: 0, "00:00.0-2-full-.ts/00:03.0-2-partial-.ts/"u8);
        HourDetail detail = Engine.Step(settings.Tolerance, Engine.Start, Engine.Select(listing.Folder));
        StreamReading reading = StreamReading.Of(Engine.Account(Engine.Facts(settings, [detail])));
        var given = new StreamGiven(FSharpValueOption<IntervalSet>.ValueNone, [], FSharpValueOption<long>.ValueNone, settling: 0);
        var stream = new StreamRound(new("channel", "quality"))
        {
            Reading = reading,
            Judgement = Judgement.Of(reading, given, settings, new Hour(1).End),
        };
        Json.WriteCheck(Stream.Null, settings, [stream]);
    }
}
