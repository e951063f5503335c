using System.IO;
using System.Text.Json;
using System.Threading;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>
/// Loads and compiles on another thread what a check runs, while the options are read: reading them takes as long as all the
/// rest of a small check, on one thread.
/// </summary>
internal static class WarmUp
{
    /// <summary>Begins. The program neither waits for it nor uses anything of it, and may end before it does.</summary>
    public static void Begin() => new Thread(Run) { IsBackground = true }.Start();

    /// <summary>Two segments with a hole between them go from their names to the answer, which is thrown away.</summary>
    private static void Run()
    {
        Settings settings = Engine.Settings(toleranceMicroseconds: 0, null, null);
        Listing listing = Engine.Read(hour: 0, "00:00.0-2-full-.ts/00:03.0-2-partial-.ts/"u8);
        HourDetail detail = Engine.Step(settings.Tolerance, Engine.Start, Engine.Select(listing.Folder));
        StreamReport report = Engine.Account(Engine.Facts(settings, [detail])).Facts.Report;
        using (var json = new Utf8JsonWriter(Stream.Null, Json.Relaxed))
        {
            json.WriteStartObject();
            json.WriteArray("hours", Fields.Hour, report.Hours);
            json.WriteArray("holes", Fields.Interval, report.Raw.Holes.Intervals);
            json.WriteEndObject();
        }

        var stream = new StreamName(string.Empty, string.Empty);
        StreamReading nothing = StreamReading.Nothing(settings);
        StreamGiven given = GivenModule.ofStream(stream.Channel, stream.Quality, GivenModule.nothing);
        var judgement = Judgement.Of(nothing, given, settings, new Instant(0));
        Json.WriteCheck(Stream.Null, settings, [new StreamRound(stream).Succeed(nothing, judgement, default, default, false)]);
    }
}
