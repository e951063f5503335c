using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Coverage.FleetServer;

/// <summary>A report of a stream as bytes, in which it goes from the process that looks at the stream to those that answer.</summary>
internal static class ReportBytes
{
    /// <summary>Writes a report.</summary>
    public static byte[] Of(FleetReport report)
    {
        using var bytes = new MemoryStream();
        using var to = new BinaryWriter(bytes);
        var names = new Names(report);
        names.Write(to);
        Write(to, report.Extent);
        to.Write((byte)report.Status);
        Write(to, report.Open);
        Write(to, report.Deleted);
        Write(to, report.Lost);
        Write(to, report.Copies);
        Write(to, report.Sole);
        to.Write(report.Nodes.Length);
        foreach (NodeReport node in report.Nodes)
        {
            Write(to, node, names);
        }

        to.Write(report.Blockers.Length);
        foreach (Blocker blocker in report.Blockers)
        {
            to.Write(blocker.Node);
            to.Write(blocker.Path);
            to.Write((byte)blocker.Reason);
        }

        to.Write(report.Twins.Length);
        foreach (Twins twins in report.Twins)
        {
            to.Write(twins.First);
            to.Write(twins.Second);
            to.Write(twins.Count);
            to.Write(twins.Median);
        }

        to.Write(report.Until);
        to.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads what <see cref="Of"/> wrote. Of the names of hours only those of files that some node lacks are there.</summary>
    public static FleetReport Read(byte[] bytes)
    {
        using var from = new BinaryReader(new MemoryStream(bytes));
        HourNames[] names = Names.Read(from);
        return new(
            ReadInterval(from),
            (FleetStatus)from.ReadByte(),
            ReadSet(from),
            ReadSet(from),
            ReadSet(from),
            ReadLongs(from),
            ReadLongs(from),
            [.. Many(from, _ => ReadNode(from, names))],
            [.. Many(from, _ => new Blocker(from.ReadInt32(), from.ReadString(), (BlockerReason)from.ReadByte()))],
            [.. Many(from, _ => new Twins(from.ReadInt32(), from.ReadInt32(), from.ReadInt32(), from.ReadInt64()))],
            from.ReadInt64());
    }

    private static void Write(BinaryWriter to, NodeReport node, Names names)
    {
        Write(to, node.Lengths);
        to.Write(node.FillableByFull);
        Write(to, node.Fillable);
        Write(to, node.Pending);
        Write(to, node.Withheld);
        Write(to, node.Unknown);
        Write(to, node.Open);
        Write(to, node.Deleted);
        Write(to, node.Lost);
        Write(to, node.Endangered);
        to.Write(node.Files.Length);
        foreach (FleetFile file in node.Files)
        {
            (int hour, int place) = names.Of(file);
            to.Write(hour);
            to.Write(place);
            to.Write(file.From);
            to.Write((byte)file.Fate);
            to.Write((byte)file.Reason);
        }
    }

    private static NodeReport ReadNode(BinaryReader from, HourNames[] names) => new(
        ReadLongs(from),
        from.ReadInt64(),
        ReadSpans(from),
        ReadSpans(from),
        ReadSpans(from),
        ReadSet(from),
        ReadSet(from),
        ReadSet(from),
        ReadSet(from),
        ReadSpans(from),
        [
            .. Many(from, _ => new FleetFile(
                names[from.ReadInt32()], from.ReadInt32(), from.ReadInt32(), (FleetFate)from.ReadByte(), (FleetReason)from.ReadByte())),
        ]);

    private static void Write(BinaryWriter to, ImmutableArray<FleetSpan> spans)
    {
        to.Write(spans.Length);
        foreach (FleetSpan span in spans)
        {
            Write(to, span.Time);
            to.Write((byte)span.Reason);
            to.Write(span.ByFull);
            to.Write(span.Nodes.Bits);
        }
    }

    private static ImmutableArray<FleetSpan> ReadSpans(BinaryReader from) =>
    [
        .. Many(from, _ => new FleetSpan(ReadInterval(from), (FleetReason)from.ReadByte(), from.ReadBoolean(), new NodeSet(from.ReadUInt64()))),
    ];

    private static void Write(BinaryWriter to, Interval time)
    {
        to.Write(time.Start);
        to.Write(time.End);
    }

    private static Interval ReadInterval(BinaryReader from) => Engine.Interval(from.ReadInt64(), from.ReadInt64());

    private static void Write(BinaryWriter to, IntervalSet set)
    {
        to.Write(set.Intervals.Length);
        foreach (Interval time in set.Intervals)
        {
            Write(to, time);
        }
    }

    private static IntervalSet ReadSet(BinaryReader from) => IntervalSetModule.ofIntervals(Many(from, _ => ReadInterval(from)));

    private static void Write(BinaryWriter to, ImmutableArray<long> numbers)
    {
        to.Write(numbers.Length);
        to.Write(MemoryMarshal.AsBytes(numbers.AsSpan()));
    }

    private static ImmutableArray<long> ReadLongs(BinaryReader from) => [.. Many(from, _ => from.ReadInt64())];

    private static T[] Many<T>(BinaryReader from, Func<int, T> read)
    {
        var all = new T[from.ReadInt32()];
        for (int at = 0; at < all.Length; at++)
        {
            all[at] = read(at);
        }

        return all;
    }

    /// <summary>The names of the files that nodes lack, once for each listing that they are of.</summary>
    private sealed class Names
    {
        /// <summary>The listings, each with the places of its files in order, as they will be when it is read.</summary>
        private readonly Dictionary<HourNames, (int Number, List<int> Places)> all = new(ReferenceEqualityComparer.Instance);

        public Names(FleetReport report)
        {
            foreach (FleetFile file in report.Nodes.SelectMany(node => node.Files))
            {
                if (!all.TryGetValue(file.Names, out var one))
                {
                    all.Add(file.Names, one = (all.Count, []));
                }

                one.Places.Add(file.Place);
            }

            foreach ((HourNames names, (int number, List<int> places)) in all.ToList())
            {
                all[names] = (number, [.. places.Distinct().Order()]);
            }
        }

        /// <summary>Where a file stands in what is read: which listing, and which of its names.</summary>
        public (int Number, int Place) Of(FleetFile file)
        {
            (int number, List<int> places) = all[file.Names];
            return (number, places.BinarySearch(file.Place));
        }

        public void Write(BinaryWriter to)
        {
            to.Write(all.Count);
            foreach ((HourNames names, (_, List<int> places)) in all)
            {
                byte[] block = [.. places.SelectMany(place => (byte[])[.. names.NameAt(place), (byte)'/'])];
                to.Write(names.Hour);
                to.Write(block.Length);
                to.Write(block);
                Write(to, [.. places.Select(place => names.Segments[place].Size)]);
            }
        }

        public static HourNames[] Read(BinaryReader from) => Many(from, _ =>
        {
            HourNames names = HourNamesModule.read(from.ReadInt32(), from.ReadBytes(from.ReadInt32()));
            ImmutableArray<long> sizes = ReadLongs(from);
            ImmutableArray<int> known = [.. sizes.Index().Where(size => size.Item >= 0).Select(size => size.Index)];
            return HourNamesModule.withSizes(known, [.. known.Select(place => sizes[place])], names);
        });

        private static void Write(BinaryWriter to, ImmutableArray<long> numbers) => ReportBytes.Write(to, numbers);
    }
}
