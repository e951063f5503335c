using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Coverage.Host;

/// <summary>What reading a stream gave.</summary>
internal sealed record StreamReading
{
    /// <summary>What is judged of it; the same value while nothing changes.</summary>
    public required Account Account { get; init; }

    /// <summary>All facts of it.</summary>
    public StreamFacts Facts => Account.Facts;

    /// <summary>Its report.</summary>
    public StreamReport Report => Facts.Report;

    /// <summary>The first bad names of each hour that has any.</summary>
    public required IReadOnlyDictionary<int, ImmutableArray<BadName>> BadNames { get; init; }

    /// <summary>How many bad names of each hour are re-coded, where any are.</summary>
    public required IReadOnlyDictionary<int, int> Recoded { get; init; }

    /// <summary>The files of each hour beside which there is a deletion mark that hides nothing, where there are any.</summary>
    public required IReadOnlyDictionary<int, ImmutableArray<string>> MarkedInVain { get; init; }

    /// <summary>Folders where hours are expected whose names are none; safe on one line.</summary>
    public required IReadOnlyList<string> StrangeFolders { get; init; }

    /// <summary>The first and the last hour that has a folder, whether in the range looked at or not.</summary>
    public required (int First, int Last)? HoursPresent { get; init; }

    /// <summary>Whether any hour that has a folder lies in the range looked at.</summary>
    public required bool AnyInRange { get; init; }

    /// <summary>What the stamps are worth on each file system that the folders of the stream and of its hours lie on.</summary>
    public required IReadOnlyList<StampTrust> Trust { get; init; }

    /// <summary>The hours of which a fresh look found what earlier ones had missed.</summary>
    public required IReadOnlyList<int> Corrected { get; init; }

    /// <summary>The segments that are ahead of the clock; null for none.</summary>
    public SegmentsAhead? Ahead { get; init; }

    /// <summary>Whether there is any segment, or a bad name of one.</summary>
    public bool HoldsSegments => Report.Hours.Any(hour => hour.Bad + hour.Temp
        + hour.Segments.Full.Count + hour.Segments.Suspect.Count + hour.Segments.Partial.Count > 0);

    /// <summary>Whether the stream's folder lists hours, and none of them in the range looked at: they may hold something.</summary>
    public required bool IsOutOfRange { get; init; }

    /// <summary>Whether there is nothing.</summary>
    public bool IsBare => !HoldsSegments && !IsOutOfRange;
}

/// <summary>How far the reading of a stream is, in hours.</summary>
internal sealed record Progress(StreamName Stream, int Done, int Hours);

/// <summary>
/// Looks at one stream again and again. What it remembers of each hour is what the report needs, not the segments, and the
/// folder's stamp: a later look reads only the folders that changed, or that something else than the folder's stamp could
/// change, or that what earlier hours hand on has changed for. Where the file system's stamps are not trusted it lists each
/// folder, and reads those whose names changed. The answer is always that of a fresh look.
/// </summary>
internal sealed class StreamWatch(
    Archive archive, StreamName stream, Settings settings, HourReader reader, Workers workers, TimeProvider time)
{
    private Dictionary<int, Hour> known = [];
    private StreamReading? latest;

    /// <summary>What every remembered hour adds to the stream, in order; and what of that the latest reading serves.</summary>
    private ImmutableArray<HourDetail> all = [];
    private Present served;

    /// <summary>What was last listed in the stream's folder, and the stamp it had before, which is believed when settled.</summary>
    private (StreamFolder Found, FolderStamp Stamp, StampTrust Trust, bool IsSettled)? listed;

    /// <summary>What is remembered of an hour.</summary>
    /// <param name="Detail">What it adds to the stream, and where.</param>
    /// <param name="Before">What the hours before it had handed on.</param>
    /// <param name="Reading">The rest of its reading.</param>
    /// <param name="IsSettled">Whether a change of the folder must have moved its stamp.</param>
    /// <param name="FolderName">The name of its folder.</param>
    private sealed record Hour(
        HourDetail Detail, Carry Before, FolderFacts Reading, bool IsSettled, byte[] FolderName);

    /// <summary>Whether the last look found any segment, or a bad name of one.</summary>
    public bool HeldSegments => latest?.HoldsSegments ?? false;

    /// <summary>Looks at the stream, whatever becomes of it.</summary>
    public async Task<StreamOutcome> TryLookAsync(
        bool afresh, Action<Progress>? progress, CancellationToken stop, int? lastHour = null)
    {
        try
        {
            return new(stream, await LookAsync(afresh, progress, stop, lastHour), null);
        }
        catch (UnreadableException e)
        {
            return new(stream, null, e);
        }
    }

    /// <summary>Looks at the stream; null when it has no folder.</summary>
    /// <param name="afresh">Whether to read every folder again.</param>
    /// <param name="progress">Told of each hour that was read.</param>
    /// <param name="stop">Ends the look before its time.</param>
    /// <param name="lastHour">The last hour that is not ahead; null to leave nothing out.</param>
    /// <exception cref="UnreadableException">Something that a number depends on cannot be read; nothing is forgotten.</exception>
    public async Task<StreamReading?> LookAsync(
        bool afresh, Action<Progress>? progress, CancellationToken stop, int? lastHour = null)
    {
        using Folder? folder = Folder.Open(archive.PathOf(stream));
        DateTimeOffset taken = time.GetUtcNow();
        if (folder?.StampOf() is not { } stamp)
        {
            return null;
        }

        if (afresh || listed is not { IsSettled: true } before || before.Stamp != stamp)
        {
            if (Archive.Hours(folder) is not { } now)
            {
                return null;
            }

            StampTrust trust = archive.TrustOf(folder);
            listed = (now, stamp, trust, !now.HasLinks && stamp.IsSettledAt(taken, trust));
        }

        (List<int> present, List<string> strange, _) = listed.Value.Found;
        List<int> hours = present.FindAll(hour => Engine.IsIn(settings, hour));
        (int, int)? folders = present.Count == 0 ? null : (present[0], present[^1]);
        bool isOutOfRange = hours.Count == 0 && present.Count > 0;
        bool[] isKept = afresh ? new bool[hours.Count] : await AreUnchangedAsync(folder, hours, stop);
        if (latest is not null && hours.Count == known.Count && Array.TrueForAll(isKept, kept => kept)
            && Present.Of(settings, all, lastHour) == served)
        {
            return latest = latest with
            {
                StrangeFolders = strange,
                Corrected = [],
                HoursPresent = folders,
                IsOutOfRange = isOutOfRange,
            };
        }

        var looked = new Dictionary<int, Hour>(hours.Count);
        var details = ImmutableArray.CreateBuilder<HourDetail>(hours.Count);
        var corrected = new List<int>();
        var reading = new Queue<Task<HourReading?>>();
        Carry carry = Engine.Start;
        int ahead = 0;
        bool isSame = hours.Count == known.Count;
        try
        {
            for (int at = 0; at < hours.Count; at++)
            {
                stop.ThrowIfCancellationRequested();
                for (; ahead < hours.Count && reading.Count < Workers.Ahead; ahead++)
                {
                    if (!isKept[ahead])
                    {
                        reading.Enqueue(ReadAsync(hours[ahead]));
                    }
                }

                Hour? old = known.GetValueOrDefault(hours[at]);
                Hour? now = old;
                if (!isKept[at] || !old!.Before.Equals(carry))
                {
                    now = Remember(await (isKept[at] ? ReadAsync(hours[at]) : reading.Dequeue()), carry);
                    isSame &= now is not null && old is not null && Engine.AreSame(now.Detail, old.Detail)
                        && now.Reading.BadNames.SequenceEqual(old.Reading.BadNames)
                        && now.Reading.Recoded == old.Reading.Recoded
                        && now.Reading.MarkedInVain.SequenceEqual(old.Reading.MarkedInVain);
                    if (now is not null && old is not null && IsCorrection(old, now))
                    {
                        corrected.Add(hours[at]);
                    }

                    progress?.Invoke(new(stream, at + 1, hours.Count));
                }

                if (now is not null)
                {
                    looked.Add(hours[at], now);
                    details.Add(now.Detail);
                    carry = now.Detail.Timeline.Carry;
                }
            }
        }
        finally
        {
            // What was read ahead in vain must end before the next look, and nobody asks how.
            await Task.WhenAll(reading).ContinueWith(_ => { }, CancellationToken.None, default, TaskScheduler.Default);
        }

        if (looked.Count < hours.Count)
        {
            // When the stream's own folder went away meanwhile, its hours are not gone one by one.
            using Folder? again = Folder.Open(archive.PathOf(stream));
            if (again?.StampOf()?.Inode != stamp.Inode)
            {
                return null;
            }
        }

        known = looked;
        all = details.DrainToImmutable();
        Present earlier = served;
        served = Present.Of(settings, all, lastHour);
        latest = new StreamReading
        {
            // The same account when nothing changed, so that its users need not search for changes.
            Account = isSame && served == earlier && latest is not null
                ? latest.Account
                : Engine.Account(Engine.Facts(served.Settings, all[..served.Hours])),
            BadNames = looked
                .Where(hour => !hour.Value.Reading.BadNames.IsEmpty && hour.Key <= all[served.Hours - 1].Timeline.Hour)
                .ToDictionary(hour => hour.Key, hour => hour.Value.Reading.BadNames),
            Recoded = looked.Where(hour => hour.Value.Reading.Recoded > 0)
                .ToDictionary(hour => hour.Key, hour => hour.Value.Reading.Recoded),
            MarkedInVain = looked.Where(hour => !hour.Value.Reading.MarkedInVain.IsEmpty)
                .ToDictionary(hour => hour.Key, hour => hour.Value.Reading.MarkedInVain),
            StrangeFolders = strange,
            HoursPresent = folders,
            AnyInRange = looked.Count > 0,
            IsOutOfRange = isOutOfRange,
            Trust = [.. looked.Values.Select(hour => hour.Reading.Trust).Prepend(listed.Value.Trust).Distinct()],
            Corrected = corrected,
            Ahead = served.Ahead,
        };
        return latest;

        Task<HourReading?> ReadAsync(int hour) => workers.Run(() => reader.Read(archive.PathOf(stream, hour), hour, stop));
    }

    /// <summary>
    /// Which hours' folders are as they were when they were last read. The workers look at some at a time each: on a disk
    /// far away every look takes a while.
    /// </summary>
    private async Task<bool[]> AreUnchangedAsync(Folder folder, List<int> hours, CancellationToken stop)
    {
        const int together = 64;
        bool[] areUnchanged = new bool[hours.Count];
        await Task.WhenAll(Enumerable.Range(0, hours.Count).Chunk(together).Select(some => workers.Run(() =>
            Array.ForEach(some, at => areUnchanged[at] = IsUnchanged(folder, hours[at], stop)))));
        return areUnchanged;
    }

    /// <summary>Whether an hour's folder is as it was when it was last read.</summary>
    private bool IsUnchanged(Folder folder, int hour, CancellationToken stop) =>
        known.TryGetValue(hour, out Hour? old)
        && !old.Reading.HasLinks
        && (old.IsSettled || !old.Reading.Trust.IsTrusted)
        && folder.StampOf(old.FolderName) is { } stamp
        && (old.IsSettled ? stamp == old.Reading.Stamp : stamp.Device == old.Reading.Stamp.Device)
        && (!old.Reading.NeedsMoreThanStamp || HourReader.IsSame(archive.PathOf(stream, hour), old.Reading, stop));

    private Hour? Remember(HourReading? reading, Carry before)
    {
        if (reading is null)
        {
            return null;
        }

        byte[] name = Encoding.ASCII.GetBytes(Engine.HourText(reading.Selection.Hour));
        HourDetail detail = Engine.Step(settings.Tolerance, before, reading.Selection);
        return new Hour(detail, before, reading.Facts, reading.IsSettled, name);
    }

    /// <summary>Whether a reading differs from an older one though nothing told of a change.</summary>
    private static bool IsCorrection(Hour old, Hour now) =>
        old.IsSettled && old.Reading.Stamp == now.Reading.Stamp && old.Reading.Rivals.SequenceEqual(now.Reading.Rivals)
        && old.Before.Equals(now.Before) && !old.Detail.Timeline.Equals(now.Detail.Timeline);
}

/// <summary>The threads that read folders for all streams, first come, first served: a bounded number of them.</summary>
internal sealed class Workers
{
    private static readonly int Count = Math.Clamp(Environment.ProcessorCount, 2, 8);

    private readonly TaskFactory factory =
        new(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Count).ConcurrentScheduler);

    /// <summary>How many folders of one stream may be read ahead, so that memory is bounded and streams share fairly.</summary>
    public static int Ahead => 2 * Count;

    /// <summary>Does some work as soon as a thread is free.</summary>
    public Task<T> Run<T>(Func<T> work) => factory.StartNew(work);

    /// <summary>Does some work as soon as a thread is free.</summary>
    public Task Run(Action work) => factory.StartNew(work);
}
