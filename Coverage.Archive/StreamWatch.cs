using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage;

/// <summary>
/// Checks one stream again and again. It remembers of each hour what the report needs, not the segments, and the folder's
/// stamp. Re-reads a folder when its stamp moved, when the stamp cannot be trusted (links, sizes that decide, a change a
/// moment ago), or when what earlier hours hand on changed. Where the file system's stamps are not trusted it lists each
/// folder, and reads those whose names changed. The answer is always that of reading everything. An hour that cannot be
/// read is as if it had no folder, and is named.
/// </summary>
/// <param name="path">The folder of the stream.</param>
/// <param name="settings">What the stream is checked with.</param>
/// <param name="stamps">Whether stamps of folders are trusted.</param>
/// <param name="reader">Reads the folders of hours.</param>
/// <param name="workers">The threads that read.</param>
/// <param name="time">The clock that tells how old a stamp is.</param>
internal sealed class StreamWatch(
    string path, Settings settings, StampPolicy stamps, HourReader reader, Workers workers, TimeProvider time)
{
    /// <summary>
    /// The best segments are kept of the hour in which the recording's edge may be asked for, and of so many after it: no
    /// round takes longer than a week. What a wrong clock says is to come is too much to keep.
    /// </summary>
    private const int HoursWithBest = 168;

    private Dictionary<Hour, KnownHour> known = [];
    private StreamReading? latest;

    /// <summary>What every remembered hour adds to the stream, in order; and what of that the latest reading serves.</summary>
    private ImmutableArray<HourDetail> all = [];
    private Present served;

    /// <summary>The latest listing of the stream's folder.</summary>
    private Listed? listed;

    /// <summary>When reading everything last began, by the timestamps of the clock.</summary>
    private long? readAllAt;

    /// <summary>What is remembered of an hour.</summary>
    /// <param name="Detail">What it adds to the stream, and where.</param>
    /// <param name="Before">What the hours before it handed on.</param>
    /// <param name="Reading">The rest of its reading.</param>
    /// <param name="IsSettled">Whether a change of the folder must have moved its stamp.</param>
    /// <param name="FolderName">The name of its folder.</param>
    private sealed record KnownHour(HourDetail Detail, Carry Before, FolderFacts Reading, bool IsSettled, byte[] FolderName);

    /// <summary>A listing of the stream's folder, with the stamp of the folder before it was listed.</summary>
    /// <param name="Found">What was listed.</param>
    /// <param name="Stamp">The stamp.</param>
    /// <param name="Trust">What the stamp is worth.</param>
    /// <param name="IsSettled">Whether a change of the folder must have moved its stamp.</param>
    private sealed record Listed(HourFolders Found, FolderStamp Stamp, StampTrust Trust, bool IsSettled);

    /// <summary>What going through the hours gave.</summary>
    /// <param name="Known">What is remembered of each hour that was there.</param>
    /// <param name="Details">What each adds to the stream, in order.</param>
    /// <param name="Unread">The hours that cannot be read, in order.</param>
    /// <param name="Corrected">The hours that changed without a sign of it.</param>
    /// <param name="IsSame">Whether every hour is as it was remembered.</param>
    private sealed record Swept(
        Dictionary<Hour, KnownHour> Known,
        ImmutableArray<HourDetail> Details,
        ImmutableArray<UnreadHour> Unread,
        List<Hour> Corrected,
        bool IsSame);

    /// <summary>Whether the last check found any segment, or a bad name of one.</summary>
    public bool HeldSegments => latest?.HoldsSegments ?? false;

    /// <summary>Whether everything is to be read again, when that is done once in a while.</summary>
    public bool IsDue(TimeSpan every) => readAllAt is not { } then || time.GetElapsedTime(then) >= every;

    /// <summary>Checks the stream; null when it has no folder.</summary>
    /// <param name="afresh">Whether to read every folder again.</param>
    /// <param name="progress">Called, after each hour that was read, with how many hours are done and how many there are.</param>
    /// <param name="stop">Ends the check before its time.</param>
    /// <param name="lastHour">The last hour that is not ahead; null to leave nothing out.</param>
    /// <param name="keepBestFrom">The hour of the instant for which the recording's edge will be asked for; null for the clock's.</param>
    /// <exception cref="UnreadableException">The stream's own folder cannot be read; nothing is forgotten.</exception>
    public async Task<StreamReading?> CheckAsync(
        bool afresh, Action<int, int>? progress, CancellationToken stop, Hour? lastHour = null, Hour? keepBestFrom = null)
    {
        Hour edge = keepBestFrom ?? Hour.Of(Instant.Of(time.GetUtcNow()));
        long started = time.GetTimestamp();
        using Folder? folder = Folder.Open(path);
        if (folder is null || List(folder, afresh) is not { } list)
        {
            return null;
        }

        List<Hour> hours = list.Found.Hours.FindAll(hour => Engine.IsIn(settings, hour.Number));
        bool[] isKept = afresh ? new bool[hours.Count] : await AreUnchangedAsync(folder, hours, edge, stop);
        if (latest is { Unread.IsEmpty: true } && hours.Count == known.Count && Array.TrueForAll(isKept, kept => kept)
            && Present.Of(settings, all, lastHour) == served)
        {
            latest = latest with { Corrected = [] };
        }
        else
        {
            Swept swept = await SweepAsync(hours, isKept, edge, progress, stop);
            if (swept.Known.Count < hours.Count && !IsStillThere(list.Stamp))
            {
                // The stream's own folder went away meanwhile, so its hours are not gone one by one.
                return null;
            }

            latest = Remember(swept, list, lastHour);
        }

        readAllAt = afresh ? started : readAllAt;
        return latest = latest with
        {
            OddFolders = list.Found.OddFolders,
            HoursPresent = list.Found.Hours.Count == 0 ? null : (list.Found.Hours[0], list.Found.Hours[^1]),
            IsOutOfRange = hours.Count == 0 && list.Found.Hours.Count > 0,
        };
    }

    /// <summary>What lies in the stream's folder, listed again unless its stamp tells that nothing changed; null when it is gone.</summary>
    private Listed? List(Folder folder, bool afresh)
    {
        DateTimeOffset taken = time.GetUtcNow();
        if (folder.StampOf() is not { } stamp)
        {
            return null;
        }

        if (afresh || listed is not { IsSettled: true } before || before.Stamp != stamp)
        {
            if (HourFolders.In(folder) is not { } found)
            {
                return null;
            }

            StampTrust trust = folder.TrustOf(stamps);
            listed = new(found, stamp, trust, !found.HasLinks && stamp.IsSettledAt(taken, trust));
        }

        return listed;
    }

    /// <summary>Whether the stream's folder is still found by its path.</summary>
    private bool IsStillThere(FolderStamp stamp)
    {
        using Folder? again = Folder.Open(path);
        return again?.StampOf()?.Inode == stamp.Inode;
    }

    /// <summary>
    /// Goes through the hours in order: those that are kept are taken as remembered, unless what is handed to them changed;
    /// the others are read, some ahead by the workers.
    /// </summary>
    private async Task<Swept> SweepAsync(
        List<Hour> hours, bool[] isKept, Hour edge, Action<int, int>? progress, CancellationToken stop)
    {
        var swept = new Dictionary<Hour, KnownHour>(hours.Count);
        var details = ImmutableArray.CreateBuilder<HourDetail>(hours.Count);
        var unread = ImmutableArray.CreateBuilder<UnreadHour>();
        var corrected = new List<Hour>();
        var reading = new Queue<Task<HourReading?>>();
        Carry carry = Engine.Start;
        int ahead = 0;
        bool isSame = true;
        try
        {
            for (int at = 0; at < hours.Count; at++)
            {
                stop.ThrowIfCancellationRequested();
                for (; ahead < hours.Count && reading.Count < Workers.Ahead; ahead++)
                {
                    if (!isKept[ahead])
                    {
                        reading.Enqueue(ReadAsync(hours[ahead], stop));
                    }
                }

                KnownHour? old = known.GetValueOrDefault(hours[at]);
                KnownHour? now = old;
                if (!isKept[at] || !old!.Before.Equals(carry))
                {
                    try
                    {
                        now = Step(await (isKept[at] ? ReadAsync(hours[at], stop) : reading.Dequeue()), carry, edge);
                    }
                    catch (UnreadableException e)
                    {
                        unread.Add(new(hours[at], e));
                        now = null;
                    }

                    isSame &= now is null ? old is null : old is not null && SayTheSame(old, now);
                    if (now is not null && old is not null && IsCorrection(old, now))
                    {
                        corrected.Add(hours[at]);
                    }

                    progress?.Invoke(at + 1, hours.Count);
                }
                else if (!old.Detail.Best.IsEmpty && !KeepsBest(hours[at], edge))
                {
                    now = old with { Detail = Engine.WithoutBest(old.Detail) };
                }

                if (now is not null)
                {
                    swept.Add(hours[at], now);
                    details.Add(now.Detail);
                    carry = now.Detail.Timeline.Carry;
                }
            }
        }
        finally
        {
            // What was read ahead in vain must end before the next check. Its errors do not matter.
            await Task.WhenAll(reading).ContinueWith(_ => { }, CancellationToken.None, default, TaskScheduler.Default);
        }

        isSame &= swept.Count == known.Count
            && unread.Select(hour => hour.Hour).SequenceEqual(latest?.Unread.Select(hour => hour.Hour) ?? []);
        return new(swept, details.DrainToImmutable(), unread.DrainToImmutable(), corrected, isSame);
    }

    private Task<HourReading?> ReadAsync(Hour hour, CancellationToken stop) =>
        workers.Run(() => reader.Read(PathOf(hour), hour, stop));

    private string PathOf(Hour hour) => Path.Combine(path, hour.ToString());

    /// <summary>Takes what was swept for what is known of the stream.</summary>
    private StreamReading Remember(Swept swept, Listed list, Hour? lastHour)
    {
        known = swept.Known;
        all = swept.Details;
        Present earlier = served;
        served = Present.Of(settings, all, lastHour);

        // Loops, for queries over structs are compiled at every start.
        var badNames = new Dictionary<Hour, ImmutableArray<BadName>>();
        var recoded = new Dictionary<Hour, int>();
        var markedInVain = new Dictionary<Hour, ImmutableArray<string>>();
        var emptyFiles = ImmutableArray.CreateBuilder<EmptyFile>();
        List<StampTrust> trust = [list.Trust];
        foreach ((Hour hour, KnownHour remembered) in known)
        {
            FolderFacts facts = remembered.Reading;
            if (!facts.BadNames.IsEmpty && hour.Number <= all[served.Hours - 1].Timeline.Hour)
            {
                badNames.Add(hour, facts.BadNames);
            }

            if (facts.Recoded > 0)
            {
                recoded.Add(hour, facts.Recoded);
            }

            if (!facts.MarkedInVain.IsEmpty)
            {
                markedInVain.Add(hour, facts.MarkedInVain);
            }

            emptyFiles.AddRange(facts.EmptyFiles);
            if (!trust.Contains(facts.Trust))
            {
                trust.Add(facts.Trust);
            }
        }

        return new StreamReading
        {
            // The same account when nothing changed, so that its users need not search for changes.
            Account = swept.IsSame && served == earlier && latest is not null
                ? latest.Account
                : Engine.Account(Engine.Facts(served.Settings, all, served.Hours)),
            Unread = swept.Unread,
            BadNames = badNames,
            Recoded = recoded,
            MarkedInVain = markedInVain,
            EmptyFiles = emptyFiles.ToImmutable(),
            AnyInRange = known.Count > 0 || !swept.Unread.IsEmpty,
            Trust = trust,
            Corrected = swept.Corrected,
            Ahead = served.Ahead,
        };
    }

    /// <summary>
    /// Which hours' folders are as they were when they were last read. The workers take some at a time each: on a disk far
    /// away every call takes a while.
    /// </summary>
    private async Task<bool[]> AreUnchangedAsync(Folder folder, List<Hour> hours, Hour edge, CancellationToken stop)
    {
        const int atATime = 64;
        bool[] areUnchanged = new bool[hours.Count];
        await Task.WhenAll(Enumerable.Range(0, hours.Count).Chunk(atATime).Select(some => workers.Run(() =>
            Array.ForEach(some, at => areUnchanged[at] = IsUnchanged(folder, hours[at], edge, stop)))));
        return areUnchanged;
    }

    /// <summary>Whether an hour's folder is as it was when it was last read, and all that is asked of it is remembered.</summary>
    private bool IsUnchanged(Folder folder, Hour hour, Hour edge, CancellationToken stop)
    {
        if (!known.TryGetValue(hour, out KnownHour? old)
            || old.Reading.HasLinks
            || (!old.IsSettled && old.Reading.Trust.IsTrusted)
            || (KeepsBest(hour, edge) && LacksBest(old.Detail)))
        {
            return false;
        }

        try
        {
            return folder.StampOf(old.FolderName) is { } stamp
                && (old.IsSettled ? stamp == old.Reading.Stamp : stamp.Device == old.Reading.Stamp.Device)
                && (!old.Reading.NeedsMoreThanStamp || HourReader.IsSame(PathOf(hour), old.Reading, stop));
        }
        catch (UnreadableException)
        {
            // Reading it says what cannot be read.
            return false;
        }
    }

    internal static bool KeepsBest(Hour hour, Hour edge) => hour >= edge && hour.Number < edge.Number + HoursWithBest;

    private static bool LacksBest(HourDetail detail) => detail.Best.IsEmpty && detail.Timeline.Starts.IsSome;

    /// <summary>What an hour's reading adds to the hours before it; null when the hour is gone.</summary>
    private KnownHour? Step(HourReading? reading, Carry before, Hour edge)
    {
        if (reading is null)
        {
            return null;
        }

        var hour = new Hour(reading.Selection.Hour);
        byte[] name = Encoding.ASCII.GetBytes(hour.ToString());
        HourDetail detail = Engine.Step(settings.Tolerance, before, reading.Selection);
        detail = KeepsBest(hour, edge) ? Engine.WithBest(reading.Selection, detail) : detail;
        return new KnownHour(detail, before, reading.Facts, reading.IsSettled, name);
    }

    /// <summary>Whether two readings of an hour say the same. What the later one has no need of is no difference.</summary>
    private static bool SayTheSame(KnownHour old, KnownHour now) =>
        Engine.AreSame(now.Detail, LacksBest(now.Detail) ? Engine.WithoutBest(old.Detail) : old.Detail)
        && now.Reading.BadNames.SequenceEqual(old.Reading.BadNames)
        && now.Reading.Recoded == old.Reading.Recoded
        && now.Reading.MarkedInVain.SequenceEqual(old.Reading.MarkedInVain);

    /// <summary>Whether an hour differs from what was remembered although its stamp, its names and its sizes did not change.</summary>
    private static bool IsCorrection(KnownHour old, KnownHour now) =>
        old.IsSettled && old.Reading.Stamp == now.Reading.Stamp && old.Reading.SizedFiles.SequenceEqual(now.Reading.SizedFiles)
        && old.Before.Equals(now.Before) && !old.Detail.Timeline.Equals(now.Detail.Timeline);
}
