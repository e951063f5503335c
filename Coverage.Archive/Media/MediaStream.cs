using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;

namespace Coverage;

/// <summary>What is to be known of a stream of another layout beside its facts (semantics.md section 13).</summary>
/// <param name="Settings">What it is checked with: its tolerance is its layout's, unless one was given.</param>
/// <param name="Resolution">How exactly its starts are known.</param>
/// <param name="Segments">Its segments in order of start, each with the path of its file.</param>
/// <param name="Unplaced">How many segments of its playlist have no date.</param>
/// <param name="Ambiguous">How many of its files have a local time that came twice.</param>
/// <param name="Bad">Its bad files, each with why, in order.</param>
/// <param name="OffBy">By how much clocks seem to be off; null for nothing.</param>
/// <param name="IsThin">Whether its files have less than they span.</param>
/// <param name="LeadsElsewhere">Whether addresses of its playlist lead out of what is looked at.</param>
/// <param name="HasDropped">Whether its playlist drops old segments, and media files that no playlist lists lie beside it.</param>
internal sealed record MediaFacts(
    Settings Settings,
    Duration Resolution,
    ImmutableArray<(Segment Segment, string Path)> Segments,
    int Unplaced,
    int Ambiguous,
    ImmutableArray<(string Path, string Reason)> Bad,
    Duration? OffBy,
    bool IsThin,
    bool LeadsElsewhere = false,
    bool HasDropped = false)
{
    /// <summary>Whether each file is taken to last until the next one starts.</summary>
    public bool IsNext { get; init; }

    /// <summary>The segments that start in an hour.</summary>
    public ReadOnlySpan<(Segment Segment, string Path)> In(Hour hour)
    {
        (int from, int until) = (IndexOf(hour.Start), IndexOf(hour.End));
        return Segments.AsSpan()[from..until];
    }

    /// <summary>The place of the first segment that starts at an instant or later.</summary>
    private int IndexOf(Instant instant)
    {
        (int low, int high) = (0, Segments.Length);
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = Segments[middle].Segment.Start < instant.Microseconds ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}

/// <summary>By what rules the files of another layout become segments.</summary>
/// <param name="Layout">The template.</param>
/// <param name="Zone">The zone of names that say none.</param>
/// <param name="Rule">How long files are taken to be.</param>
/// <param name="Settings">What streams are checked with.</param>
/// <param name="MayLoosen">Whether files of MediaMTX ask for a tolerance of their own: none was given.</param>
internal sealed record MediaRules(Template Layout, Zone Zone, LengthRule Rule, Settings Settings, bool MayLoosen);

/// <summary>What is recorded of a stream of another layout, by hours.</summary>
/// <param name="Folders">Its hours, in order.</param>
/// <param name="Unread">The hours of which a file cannot be read, in order.</param>
/// <param name="Facts">What is to be known beside.</param>
internal sealed record MediaHours(
    IReadOnlyList<HourFolder> Folders, ImmutableArray<UnreadHour> Unread, MediaFacts Facts)
{
    /// <summary>All that is computed of it.</summary>
    /// <param name="look">What it is looked at for.</param>
    public StreamReading Read(StreamLook look)
    {
        Settings settings = Facts.Settings;
        Hour edge = Hour.Of(look.Now);
        var details = ImmutableArray.CreateBuilder<HourDetail>();
        var best = new List<Segment>();
        Carry carry = Engine.Start;
        foreach (HourFolder folder in Folders.Where(folder => Engine.IsIn(settings, folder.Hour)))
        {
            HourSelection selection = Engine.Select(folder);
            HourDetail detail = Engine.Step(settings.Tolerance, carry, selection);
            details.Add(StreamWatch.KeepsBest(new(folder.Hour), edge) ? Engine.WithBest(selection, detail) : detail);
            if (Recording.mayBeThin(Facts.Resolution.Microseconds))
            {
                best.AddRange(selection.Best);
            }

            carry = detail.Timeline.Carry;
        }

        ImmutableArray<HourDetail> hours = details.DrainToImmutable();
        ImmutableArray<UnreadHour> unread = [.. Unread.Where(hour => Engine.IsIn(settings, hour.Hour.Number))];
        Present present = Present.Of(settings, hours, look.LastHour);
        List<Hour> all = [.. Folders.Select(folder => new Hour(folder.Hour)), .. Unread.Select(hour => hour.Hour)];
        return StreamReading.Of(Engine.Account(Engine.Facts(present.Settings, hours, present.Hours))) with
        {
            Unread = unread,
            AnyInRange = hours.Length > 0 || unread.Length > 0,
            IsOutOfRange = hours.Length + unread.Length == 0 && all.Count > 0,
            HoursPresent = all.Count == 0 ? null : (all.Min(), all.Max()),
            Ahead = present.Ahead,
            EmptyFiles = [.. Facts.Segments.Where(one => one.Segment.Size == 0).Select(one => new EmptyFile(one.Path, one.Segment))],
            Media = Facts with { IsThin = Recording.isThin(Facts.Resolution.Microseconds, settings.Tolerance, best) },
        };
    }

    /// <summary>The hours of a stream from its files.</summary>
    public static MediaHours Of(IReadOnlyCollection<MediaFile> files, MediaRules rules, Instant now)
    {
        Recorded recorded = Recording.read(
            rules.Zone,
            rules.Rule,
            now.Microseconds,
            files.Where(file => file.Written is null).Select(file => file.Path),
            files.Where(file => file.Written is not null).Select(file => file.Found));
        bool isMediaMtx = rules.MayLoosen && files.Any(file => file.Said is { IsOk: true } said && said.ResultValue.IsMtxi);
        Settings settings = isMediaMtx
            ? new(Recording.tolerance(rules.Layout.Resolution, isMediaMtx: true), rules.Settings.FirstHour, rules.Settings.LastHour)
            : rules.Settings;
        Dictionary<string, UnreadableException> failures = files.Where(file => file.Failure is not null)
            .ToDictionary(file => file.Path, file => file.Failure!);
        return new(
            [.. recorded.Folders],
            [.. recorded.Unread.Select(one => new UnreadHour(new(one.Item1), failures[one.Item2]))],
            new(
                settings,
                new(rules.Layout.Resolution),
                [.. recorded.Files.Select(one => (one.Item1, one.Item2))],
                Unplaced: 0,
                recorded.Ambiguous,
                [.. recorded.Bad.Select(one => (one.Item1, FoundFileModule.faultText(one.Item2)))],
                recorded.OffBy.IsSome ? new Duration(recorded.OffBy.Value) : null,
                IsThin: false)
            {
                IsNext = rules.Rule.IsNext,
            });
    }
}
