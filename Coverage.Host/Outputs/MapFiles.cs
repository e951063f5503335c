using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Coverage.CommandLine;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>The maps of the service's streams, each a picture that is written when a cell of it has changed.</summary>
/// <param name="options">Where the maps go, and their scale.</param>
/// <param name="log">Told what is written and what cannot be.</param>
/// <param name="failures">Says which failures to log.</param>
/// <param name="failed">Counts a failure of a stream, of a kind.</param>
internal sealed class MapFiles(Options options, ILogger log, StandingFailures failures, Action<StreamName, string> failed)
{
    /// <summary>What was drawn last of each stream.</summary>
    private readonly ConcurrentDictionary<StreamName, (Account Account, TimeAxis Axis)> drawn = [];

    /// <summary>Which streams may write their maps: of those with one name for it the first.</summary>
    private HashSet<StreamName> owners = [];

    /// <summary>Settles which streams may write their maps in a round. The maps of streams that are gone stay.</summary>
    /// <param name="before">The round before; null for none.</param>
    /// <param name="found">The streams that this round found.</param>
    public void Begin(Round? before, Found found)
    {
        List<StreamName> known = [.. (before?.Streams ?? []).Select(stream => stream.Stream)];
        List<StreamName> there = [.. found.Streams.SelectMany(one => one.Failure is null ? [one.Stream]
            : known.FindAll(stream => stream.Channel == one.Stream.Channel))];
        owners = MapPicture.Owners(options, known.Where(drawn.ContainsKey).Except(there).Concat(there));
    }

    /// <summary>Writes the map of a stream when a cell of it has changed, or when it is not there.</summary>
    /// <returns>The exit code that says how it went.</returns>
    public int Update(StreamRound stream)
    {
        // The picture may have been on the disk that went. No folder is made for it: it would lie under a mount point.
        if (stream.GoneSince is not null && !Directory.Exists(Path.Combine(options.BaseDir, options.OutputDir)))
        {
            return ExitCode.Success;
        }

        try
        {
            MapPicture.MustOwn(options, stream.Stream, owners);
            UpdateMap(stream.Stream, stream.Account!, MapPicture.PathOf(options, stream.Stream));
            return ExitCode.Success;
        }
        catch (IOException e)
        {
            if (failures.IsDue($"the map of {stream.Stream}", e.Message, $"{stream.Stream}: the map is written again"))
            {
                string stays = File.Exists(MapPicture.PathOf(options, stream.Stream)) ? "no new map, the last one stays" : "no map";
                log.LogError(Log.Here("UpdateMap"), "{Stream}: {Stays}: {Error}", stream.Stream, stays, e.Message);
            }

            failed(stream.Stream, "map");
            return ExitCode.CannotWrite;
        }
    }

    /// <exception cref="IOException">The map is refused, or cannot be written.</exception>
    private void UpdateMap(StreamName stream, Account account, string path)
    {
        Account? earlier = drawn.TryGetValue(stream, out var last) ? last.Account : null;
        if ((ReferenceEquals(earlier, account) && File.Exists(path)) || MapPicture.Of(options, account) is not { } map)
        {
            return;
        }

        // Drawing cells again costs far less than a picture, and than keeping them.
        if (earlier is null || !File.Exists(path) || !MapPicture.AreSame(map, MapPicture.Of(options, earlier)))
        {
            OutputFile.Replace(path, file => MapPicture.Write(map, file));
            log.LogDebug(Log.Here(), "{Stream}: map written to {Path}", stream, Engine.Printable(path));
        }

        drawn[stream] = (account, new TimeAxis(map.FirstHour, map.LastHour, map.Columns, account.Facts.Report.Extent));
    }

    /// <summary>The streams of a round that may write their maps, each with what its map shows; null for no map.</summary>
    public IReadOnlyList<(StreamName Stream, TimeAxis? Axis)> Finish(Round round)
    {
        foreach (StreamName gone in round.Gone)
        {
            drawn.TryRemove(gone, out _);
        }

        return [.. round.Streams.Where(stream => owners.Contains(stream.Stream)).Select(
            stream => (stream.Stream, drawn.TryGetValue(stream.Stream, out var last) ? last.Axis : null))];
    }
}
