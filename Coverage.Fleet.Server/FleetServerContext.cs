using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Host;
using Coverage.Units;
using Microsoft.Extensions.Logging;

namespace Coverage.FleetServer;

/// <summary>What every grain of this process needs: the options, the file of the fleets and the clock.</summary>
/// <param name="options">The options that <c>serve</c> of segment-coverage has, too.</param>
/// <param name="file">The file of the fleets.</param>
/// <param name="fleets">The fleets, as it was read at the start.</param>
/// <param name="history">Where it is written what was found when; null without a database.</param>
/// <param name="token">The token for nodes that ask for one; null for none.</param>
/// <param name="log">Where it is said that the file cannot be read.</param>
/// <param name="time">The clock.</param>
/// <param name="stop">Stops it all.</param>
internal sealed class FleetServerContext(
    Options options,
    FleetsFile file,
    ImmutableArray<FleetEntry> fleets,
    History? history,
    string? token,
    ILogger log,
    TimeProvider time,
    CancellationToken stop)
{
    /// <summary>Every grain asks for the fleets; so often the file is read at most.</summary>
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(1);

    private readonly StandingFailures failures = new(time);
    private readonly Lock reading = new();
    private ImmutableArray<FleetEntry> latest = fleets;
    private long? read;

    /// <summary>The options.</summary>
    public Options Options => options;

    /// <summary>The history; null without a database.</summary>
    public History? History => history;

    /// <summary>Tolerance, first and last hour.</summary>
    public Settings Settings { get; } = Engine.Settings(options.ToleranceMicroseconds, options.FirstHour, options.LastHour);

    /// <summary>From one look to the next.</summary>
    public TimeSpan Interval => RoundLoop.Interval(options);

    /// <summary>Stops it all.</summary>
    public CancellationToken Stop => stop;

    /// <summary>The instant.</summary>
    public Instant Now => Instant.Of(time.GetUtcNow());

    /// <summary>How a node is asked.</summary>
    public NodeReader ReaderOf(FleetNode node) => FleetNodes.ReaderOf(node, options, token, () => Now);

    /// <summary>The fleets, as the file has them now; the last ones while it cannot be read.</summary>
    public ImmutableArray<FleetEntry> Fleets()
    {
        lock (reading)
        {
            if (read is { } before && time.GetElapsedTime(before) < ReadEvery)
            {
                return latest;
            }

            read = time.GetTimestamp();
            try
            {
                latest = file.IsSettled(time.GetUtcNow()) ? file.Read() : latest;
            }
            catch (KeeperFileException e)
            {
                if (failures.IsDue("file", e.Message, "the file of the fleets is read again"))
                {
                    log.LogError(Log.Here(), "{Error}; the last fleets stay", e.Message);
                }
            }

            foreach (string end in failures.EndRound())
            {
                log.LogInformation(Log.Here(), "{End}", end);
            }

            return latest;
        }
    }

    /// <summary>A fleet by name; null where there is none.</summary>
    public FleetEntry? Fleet(string name) => Fleets().FirstOrDefault(fleet => fleet.Name == name);
}
