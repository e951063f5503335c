using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>
/// Compares one stream of a fleet again and again. Where all known nodes list the same, names are read once and not kept, but for
/// the newest hours. What is said is always what comparing all names would say. Nothing is judged again while nothing changed.
/// </summary>
/// <param name="stream">The stream.</param>
/// <param name="nodes">The nodes, each with how it is asked.</param>
/// <param name="settings">Tolerance, first and last hour.</param>
/// <param name="options">The rules of back-filling.</param>
internal sealed class FleetWatch(
    StreamName stream, ImmutableArray<(FleetNode Node, NodeReader Reader)> nodes, Settings settings, FleetOptions options)
{
    /// <summary>Nodes soon differ in the newest hours, and one that does not answer is compared by what it listed: their names are kept.</summary>
    private const int Newest = 2;

    /// <summary>How many hours are asked for ahead.</summary>
    private const int Ahead = 16;

    private readonly HourAsker asker = new(stream, nodes);
    private readonly FleetChain chain = new(settings);

    /// <summary>What each known node listed in the last look.</summary>
    private ImmutableArray<StreamListing?> listed = [];

    /// <summary>When each node was heard, as of the last look.</summary>
    private ImmutableArray<Instant?> heardAt = [.. nodes.Select(_ => (Instant?)null)];

    /// <summary>The hours that were listed by names in the last look.</summary>
    private Dictionary<Hour, NamedHour> named = [];

    private FleetReport? report;

    /// <summary>An hour of the stream.</summary>
    /// <param name="Hour">The hour.</param>
    /// <param name="Digests">What each node lists in short; null for one that is not known or has no such hour.</param>
    private sealed record ListedHour(Hour Hour, ImmutableArray<HourDigest?> Digests)
    {
        /// <summary>What all known nodes list; null where they differ.</summary>
        public HourDigest? Alike { get; init; }
    }

    /// <summary>Looks at the stream.</summary>
    /// <param name="now">The instant of the look.</param>
    /// <param name="stop">Stops it.</param>
    public async Task<FleetStream> LookAsync(Instant now, CancellationToken stop)
    {
        Heard<StreamListing>[] heard = await Task.WhenAll(nodes.Select(node => node.Reader.ListAsync(stream, settings, stop)));
        ImmutableArray<StreamListing?> lists = [.. heard.Select(one => IsKnown(one.At, now) ? one.Value : null)];
        if (!await IsAsBeforeAsync(lists, stop) || now.Microseconds >= report!.Until)
        {
            await CompareAsync(lists, now, stop);
        }

        listed = lists;
        heardAt = [.. heard.Select(one => one.At)];
        IEnumerable<(int, string)> failures = heard.SelectMany((one, node) =>
            new[] { one.Failure }.Concat(one.Value?.Failures ?? []).OfType<string>().Select(why => (node, why)));
        return new(
            stream,
            report!,
            [.. lists.Select(list => list is not null)],
            heard.Where((_, node) => lists[node] is not null).Select(one => one.At).Min(),
            [.. failures, .. named.Values.SelectMany(hour => hour.Failures)]);
    }

    private bool IsKnown(Instant? at, Instant now) => at is { } then && now - then <= new Duration(options.StaleAfterMicroseconds);

    /// <summary>Whether all that is compared is as it was in the last look.</summary>
    private async Task<bool> IsAsBeforeAsync(ImmutableArray<StreamListing?> lists, CancellationToken stop)
    {
        bool isSame = report is not null
            && lists.Zip(listed).All(pair => pair.First is { } one && pair.Second is { } other
                ? ReferenceEquals(one, other) || (one.Hours.AsSpan().SequenceEqual(other.Hours.AsSpan())
                    && one.Files.AsSpan().SequenceEqual(other.Files.AsSpan()) && one.Folders.AsSpan().SequenceEqual(other.Folders.AsSpan()))
                : pair.First is null && pair.Second is null)
            && named.Values.All(hour => hour.IsSettled);
        foreach (NamedHour hour in isSame ? named.Values.Where(hour => hour.HasSizes) : [])
        {
            isSame &= await asker.SizeAsync(hour, stop) == hour;
        }

        return isSame;
    }

    private async Task CompareAsync(ImmutableArray<StreamListing?> lists, Instant now, CancellationToken stop)
    {
        List<ListedHour> hours = HoursOf(lists);
        FleetRules rules = Engine.FleetRules(settings, now.Microseconds, options.CutoffMicroseconds, options.WindowMicroseconds);
        HashSet<Hour> needed = StillNeeded(hours);
        Dictionary<Hour, NamedHour> names = [];
        while (true)
        {
            FleetBase? common = await ReadAsync(hours, lists, needed, names, now, stop);
            var judged = Coverage.Fleet.judge(rules, Engine.FleetListing(Listings(lists, hours, names), common));
            if (judged.IsOk)
            {
                (report, named) = (judged.ResultValue, names);
                break;
            }

            needed.UnionWith(judged.ErrorValue.Select(hour => new Hour(hour)));
        }

        HashSet<Hour> wanted = Wanted(hours);
        foreach ((_, NodeReader reader) in nodes)
        {
            reader.Want(stream, wanted);
        }
    }

    /// <summary>All hours of the known nodes that the settings leave, in order.</summary>
    private List<ListedHour> HoursOf(ImmutableArray<StreamListing?> lists)
    {
        int[] next = new int[lists.Length];
        var hours = new List<ListedHour>();
        while (true)
        {
            Hour? first = null;
            for (int node = 0; node < lists.Length; node++)
            {
                if (lists[node] is { } list && next[node] < list.Hours.Length && (first is null || list.Hours[next[node]].Hour < first))
                {
                    first = list.Hours[next[node]].Hour;
                }
            }

            if (first is not { } hour)
            {
                break;
            }

            var digests = new HourDigest?[lists.Length];
            for (int node = 0; node < lists.Length; node++)
            {
                if (lists[node] is { } list && next[node] < list.Hours.Length && list.Hours[next[node]].Hour == hour)
                {
                    digests[node] = list.Hours[next[node]++];
                }
            }

            if (Engine.IsIn(settings, hour.Number))
            {
                HourDigest? one = digests.FirstOrDefault(digest => digest is not null);
                bool isAlike = one is { Count: not null };
                for (int node = 0; node < lists.Length; node++)
                {
                    isAlike &= lists[node] is null || digests[node] == one;
                }

                hours.Add(new(hour, [.. digests]) { Alike = isAlike ? one : null });
            }
        }

        return hours;
    }

    /// <summary>The hours whose names were needed in the last look although all list the same, for what an hour before them lists:
    /// while that is so they are likely to be needed again.</summary>
    private HashSet<Hour> StillNeeded(List<ListedHour> hours)
    {
        HashSet<Hour> needed = [];
        for (int at = 0; at < hours.Count; at++)
        {
            bool isAfterNamed = at > 0 && (hours[at - 1].Alike is null || needed.Contains(hours[at - 1].Hour));
            if (at >= hours.Count - Newest || (isAfterNamed && named.ContainsKey(hours[at].Hour)))
            {
                needed.Add(hours[at].Hour);
            }
        }

        return needed;
    }

    /// <summary>Reads the names of the hours that differ or are needed, and of those that are alike and not kept yet. More are needed
    /// where sizes decide, or where no node gives the names that all say they have.</summary>
    private async Task<FleetBase?> ReadAsync(
        List<ListedHour> hours,
        ImmutableArray<StreamListing?> lists,
        HashSet<Hour> needed,
        Dictionary<Hour, NamedHour> names,
        Instant now,
        CancellationToken stop)
    {
        ImmutableArray<bool> isKnown = [.. lists.Select(list => list is not null)];
        int first = isKnown.IndexOf(true);
        bool hasBase = hours.Exists(IsInBase);
        var asked = new Queue<Task<(NamedHour? Named, HourNames? Alike)>>();
        int ahead = 0;
        chain.Begin();
        try
        {
            for (int at = 0; at < hours.Count; at++)
            {
                stop.ThrowIfCancellationRequested();
                for (; ahead < hours.Count && asked.Count < Ahead; ahead++)
                {
                    if (IsAsked(hours[ahead]))
                    {
                        asked.Enqueue(AskAsync(hours[ahead]));
                    }
                }

                ListedHour hour = hours[at];
                (NamedHour? namedHour, HourNames? alike) = IsAsked(hour) ? await asked.Dequeue()
                    : (names.GetValueOrDefault(hour.Hour), null);
                if (IsInBase(hour))
                {
                    if (chain.TryAdd(hour.Alike!.Value))
                    {
                        continue;
                    }

                    alike ??= await AlikeAsync(hour);
                    if (alike is not null && Coverage.Fleet.unsized([alike]).IsEmpty)
                    {
                        chain.AddAlike(hour.Alike.Value, alike);
                        continue;
                    }

                    needed.Add(hour.Hour);
                    namedHour = await NameAsync(hour);
                }

                names[hour.Hour] = namedHour!;
                if (hasBase && namedHour!.Nodes[first] is { Names: { } own })
                {
                    chain.AddNamed(own);
                }
            }
        }
        finally
        {
            // What was asked for in vain must end before the next look. Its errors do not matter.
            await Task.WhenAll(asked).ContinueWith(_ => { }, CancellationToken.None, default, TaskScheduler.Default);
        }

        return chain.End();

        bool IsInBase(ListedHour hour) => hour.Alike is not null && !needed.Contains(hour.Hour);

        bool IsAsked(ListedHour hour) => IsInBase(hour) ? !chain.Knows(hour.Alike!.Value) : !names.ContainsKey(hour.Hour);

        async Task<(NamedHour?, HourNames?)> AskAsync(ListedHour hour) =>
            IsInBase(hour) ? (null, await AlikeAsync(hour)) : (await NameAsync(hour), null);

        Task<HourNames?> AlikeAsync(ListedHour hour) =>
            asker.AlikeAsync(hour.Alike!.Value, isKnown, named.GetValueOrDefault(hour.Hour), stop);

        Task<NamedHour> NameAsync(ListedHour hour) => asker.NameAsync(
            hour.Hour, hour.Digests, named.GetValueOrDefault(hour.Hour), at => IsKnown(at, now), heardAt, stop);
    }

    /// <summary>What is compared of each node.</summary>
    private NodeListing[] Listings(ImmutableArray<StreamListing?> lists, List<ListedHour> hours, Dictionary<Hour, NamedHour> names) =>
    [
        .. lists.Select((list, node) =>
        {
            IEnumerable<NodeHour> leftOut = (list?.Hours ?? []).Where(hour => !Engine.IsIn(settings, hour.Hour.Number))
                .Select(hour => new NodeHour(hour.Hour.Number, null));
            IEnumerable<NodeHour> all = hours.Select(hour => names.GetValueOrDefault(hour.Hour)?.Nodes[node]).OfType<NodeHour>();
            return new NodeListing(
                nodes[node].Node.IsSource,
                list is not null,
                [.. leftOut.Concat(all).OrderBy(hour => hour.Hour)],
                list?.Files ?? [],
                list?.Folders ?? []);
        }),
    ];

    /// <summary>The hours in which nodes differ, or time is missing on some.</summary>
    private HashSet<Hour> Wanted(List<ListedHour> hours)
    {
        HashSet<Hour> wanted = [];
        ImmutableArray<Interval> lacking = Coverage.Fleet.lacking(report!).Intervals;
        int next = 0;
        foreach (ListedHour hour in hours)
        {
            while (next < lacking.Length && lacking[next].End <= hour.Hour.Start.Microseconds)
            {
                next++;
            }

            if (hour.Alike is null || (next < lacking.Length && lacking[next].Start < hour.Hour.End.Microseconds))
            {
                wanted.Add(hour.Hour);
            }
        }

        return wanted;
    }
}
