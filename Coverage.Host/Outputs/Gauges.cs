using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Prometheus;

namespace Coverage.Host;

/// <summary>
/// What a scraper sees (semantics.md section 6): the gauges of the wubloader project's checker, and for each stream
/// totals without an hour that one can alert on. A sample exists from its first value until its hour or stream is gone.
/// </summary>
internal sealed class Gauges
{
    private static readonly string[] Stream = ["channel", "quality"];
    private static readonly string[] Hour = [.. Stream, "hour"];
    private static readonly string[] HourAndType = [.. Hour, "type"];

    private readonly IMetricFactory factory;
    private readonly Gauge segmentCount, segmentDuration, rawCoverage, editableCoverage;
    private readonly Gauge rawHoles, editableHoles, overlapCount, overlapDuration;
    private readonly Dictionary<string, Gauge> totals = [];
    private readonly Counter failures, corrections, holesOpened, holesClosed;
    private readonly Dictionary<StreamName, StreamGauges> streams = [];

    /// <summary>Registers every metric.</summary>
    public Gauges(IMetricFactory factory)
    {
        this.factory = factory;
        // The help of these eight is the wubloader project's, to the letter.
        segmentCount = Create("segment_count", "Number of segments in an hour", HourAndType);
        segmentDuration = Create("segment_duration", "Segment duration in an hour", HourAndType);
        rawCoverage = Create("raw_coverage", "Total time covered by segments in an hour", Hour);
        editableCoverage = Create("editable_coverage", "Non-overlapping time covered by segments in an hour", Hour);
        rawHoles = Create("raw_holes", "Number of holes in raw coverage for the hour", Hour);
        editableHoles = Create("editable_holes", "Number of holes in editable coverage for the hour", Hour);
        overlapCount = Create("overlap_count", "Number of overlap segments for the hour", HourAndType);
        overlapDuration = Create("overlap_duration", "Duration of overlaping segments for the hour", HourAndType);

        foreach ((string name, string help) in new[]
        {
            ("complete_ratio", "Share of the extent that is neither missing nor partial-only, 0 to 1"),
            ("holes", "Number of holes"),
            ("hole_seconds", "Length of all holes together"),
            ("longest_hole_seconds", "Length of the longest hole"),
            ("editable_holes", "Number of holes in editable coverage"),
            ("editable_hole_seconds", "Length of all holes in editable coverage together"),
            ("partial_only_seconds", "Time that only suspect or partial segments cover"),
            ("bad_segments", "Number of names that do not fit the grammar"),
            ("segments_ahead", "Number of segments in hours later than now, which are left out of everything else"),
            ("last_segment_end_timestamp_seconds", "Furthest end of the segments, since the Unix epoch"),
            ("hour_reports", "Number of hours reported"),
            ("check_duration_seconds", "How long the last check took"),
            ("scan_progress_ratio", "How much of the hours to read the last scan has read, 0 to 1"),
            ("last_success_timestamp_seconds", "When the last check that succeeded ended, since the Unix epoch"),
        })
        {
            totals[name] = Create("segment_coverage_" + name, help, Stream);
        }

        failures = factory.CreateCounter(
            "segment_coverage_failures_total", "Checks that failed, maps and pages that could not be written", [.. Stream, "kind"]);
        corrections = factory.CreateCounter(
            "segment_coverage_corrections_total", "Hours that changed without a sign of it, found by reading all again", Stream);
        holesOpened = factory.CreateCounter(
            "segment_coverage_holes_opened_total", "Holes that a look found and the look before it had not", Stream);
        holesClosed = factory.CreateCounter(
            "segment_coverage_holes_closed_total", "Holes that a look found no more and the look before it had", Stream);
        factory.CreateGauge("segment_coverage_build_info", "Constant 1, with the version", ["version"])
            .WithLabels(Version).Set(1);
    }

    /// <summary>The version of the program.</summary>
    public static string Version { get; } = typeof(Gauges).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static readonly GaugeConfiguration WhenSet = new() { SuppressInitialValue = true };

    /// <summary>The labels of a stream. The text format escapes a line end; what else a terminal would obey is percent-encoded.</summary>
    private static string[] Labels(StreamName stream, params string[] more) =>
        [Engine.PercentEncoded(stream.Channel), Engine.PercentEncoded(stream.Quality), .. more];

    private Gauge Create(string name, string help, string[] labels) => factory.CreateGauge(name, help, labels, WhenSet);

    /// <summary>Shows a stream as it is now.</summary>
    public void Set(StreamName stream, Account account)
    {
        StreamReport report = account.Facts.Report;
        StreamGauges gauges = Of(stream);
        foreach (HourReport hour in report.Hours)
        {
            gauges.Set(hour);
        }

        gauges.Keep(report.Hours.Select(hour => hour.Hour).ToHashSet());

        var holes = report.Raw.Holes.Intervals;
        Total("holes", holes.Length);
        Total("hole_seconds", Seconds(report.Raw.HoleLength));
        Total("longest_hole_seconds", Seconds(holes.IsEmpty ? 0 : holes.Max(hole => hole.Length)));
        Total("editable_holes", report.Editable.Holes.Count);
        Total("editable_hole_seconds", Seconds(report.Editable.HoleLength));
        Total("partial_only_seconds", Seconds(report.PartialOnly.Length));
        Total("bad_segments", report.Hours.Sum(hour => (long)hour.Bad));
        Total("hour_reports", report.Hours.Length);
        if (Engine.Completeness(account) is { } ratio)
        {
            Total("complete_ratio", (double)ratio);
            Total("last_segment_end_timestamp_seconds", Seconds(report.Extent.End));
        }
        else
        {
            totals["complete_ratio"].RemoveLabelled(Labels(stream));
            totals["last_segment_end_timestamp_seconds"].RemoveLabelled(Labels(stream));
        }

        void Total(string name, double value) => SetTotal(stream, name, value);
    }

    /// <summary>Shows the check of a stream that has ended.</summary>
    /// <param name="before">The stream in the round before; null when nothing was known of it.</param>
    /// <param name="now">The stream after the check.</param>
    public void Show(StreamRound? before, StreamRound now)
    {
        if (now.Failure is { } failure)
        {
            Failed(now.Stream, failure.Kind.ToString().ToLowerInvariant());
            return;
        }

        if (!ReferenceEquals(now.Report, before?.Report))
        {
            Set(now.Stream, now.Reading!.Account);
        }

        Succeeded(now.Stream, now.Took, now.Checked!.Value, now.Reading!);
    }

    /// <summary>Shows the end of a round: counts the holes that came and went, and removes the samples of streams that are gone.</summary>
    public void Finish(Round round)
    {
        foreach (StreamRound stream in round.Streams)
        {
            if (round.BaseFailure is not null)
            {
                Failed(stream.Stream, "read");
            }

            if (stream.IsChanged)
            {
                holesOpened.WithLabels(Labels(stream.Stream)).Inc(stream.Changes!.Opened.Length);
                holesClosed.WithLabels(Labels(stream.Stream)).Inc(stream.Changes.Closed.Length);
            }
        }

        Keep(round.Streams.Select(stream => stream.Stream).ToHashSet());
    }

    private void Succeeded(StreamName stream, TimeSpan took, DateTimeOffset now, StreamReading reading)
    {
        SetTotal(stream, "check_duration_seconds", took.TotalSeconds);
        SetTotal(stream, "last_success_timestamp_seconds", now.ToUnixTimeMilliseconds() / 1000.0);
        SetTotal(stream, "scan_progress_ratio", 1);
        SetTotal(stream, "segments_ahead", reading.Ahead?.Count ?? 0);
        corrections.WithLabels(Labels(stream)).Inc(reading.Corrected.Count);
    }

    /// <summary>Shows how far the reading of a stream is.</summary>
    public void Progress(Progress now) => SetTotal(now.Stream, "scan_progress_ratio", (double)now.Done / now.Hours);

    private void SetTotal(StreamName stream, string name, double value) =>
        totals[name].WithLabels(Labels(stream)).Set(value);

    /// <summary>Counts a failure of a stream: of kind read, gone, map, page or internal.</summary>
    public void Failed(StreamName stream, string kind)
    {
        Of(stream);
        failures.WithLabels(Labels(stream, kind)).Inc();
    }

    /// <summary>Removes every sample of the streams that are not among these.</summary>
    public void Keep(IReadOnlySet<StreamName> present)
    {
        // A stream that went away while it was read for the first time has its progress only.
        IEnumerable<StreamName> begun = totals["scan_progress_ratio"].GetAllLabelValues().Select(its => new StreamName(its[0], its[1]));
        foreach (StreamName gone in streams.Keys.Union(begun).Where(stream => !present.Contains(stream)).ToList())
        {
            if (streams.Remove(gone, out StreamGauges? hours))
            {
                hours.Keep(new HashSet<int>());
            }

            foreach (Gauge total in totals.Values)
            {
                total.RemoveLabelled(Labels(gone));
            }

            foreach (Counter counter in new[] { corrections, holesOpened, holesClosed })
            {
                counter.RemoveLabelled(Labels(gone));
            }

            foreach (string[] labels in failures.GetAllLabelValues()
                .Where(labels => labels.AsSpan(0, 2).SequenceEqual(Labels(gone))).ToList())
            {
                failures.RemoveLabelled(labels);
            }
        }
    }

    private static double Seconds(long microseconds) => microseconds / 1e6;

    private StreamGauges Of(StreamName stream)
    {
        if (!streams.TryGetValue(stream, out StreamGauges? gauges))
        {
            streams[stream] = gauges = new StreamGauges(this, stream);
            foreach (string kind in new[] { "read", "gone", "map", "page", "internal" })
            {
                // There from the start, so that the first failure is an increase.
                failures.WithLabels(Labels(stream, kind)).Inc(0);
            }
        }

        return gauges;
    }

    /// <summary>The samples of one stream's hours, with their handles, so that setting them costs no look-up.</summary>
    private sealed class StreamGauges(Gauges all, StreamName stream)
    {
        private readonly string[] labels = Labels(stream);
        private readonly Dictionary<int, (HourReport Shown, Gauge.Child[] Samples)> hours = [];

        public void Set(HourReport hour)
        {
            if (hours.TryGetValue(hour.Hour, out var known))
            {
                if (known.Shown.Equals(hour))
                {
                    return;
                }
            }
            else
            {
                known.Samples = [.. Samples(Engine.HourText(hour.Hour))];
            }

            hours[hour.Hour] = (hour, known.Samples);
            int at = 0;
            foreach (double value in Values(hour))
            {
                known.Samples[at++].Set(value);
            }
        }

        public void Keep(HashSet<int> present)
        {
            foreach (int gone in hours.Keys.Where(hour => !present.Contains(hour)).ToList())
            {
                foreach (Gauge.Child sample in hours[gone].Samples)
                {
                    sample.Remove();
                }

                hours.Remove(gone);
            }
        }

        /// <summary>An hour's samples, in the order of <see cref="Values"/>.</summary>
        private IEnumerable<Gauge.Child> Samples(string hour)
        {
            string[] types = ["full", "suspect", "partial"];
            IEnumerable<Gauge.Child> Each(Gauge gauge, IEnumerable<string> of) =>
                of.Select(type => gauge.WithLabels([.. labels, hour, type]));
            Gauge.Child One(Gauge gauge) => gauge.WithLabels([.. labels, hour]);

            return
            [
                .. Each(all.segmentCount, [.. types, "bad"]), .. Each(all.segmentDuration, types),
                One(all.rawCoverage), One(all.editableCoverage), One(all.rawHoles), One(all.editableHoles),
                .. Each(all.overlapCount, types), .. Each(all.overlapDuration, types),
            ];
        }

        private static IEnumerable<double> Values(HourReport hour)
        {
            static double[] Counts(ByKind of) => [of.Full.Count, of.Suspect.Count, of.Partial.Count];
            static double[] Lengths(ByKind of) =>
                [Seconds(of.Full.Length), Seconds(of.Suspect.Length), Seconds(of.Partial.Length)];

            return
            [
                .. Counts(hour.Segments), hour.Bad, .. Lengths(hour.Segments),
                Seconds(hour.Raw.Covered), Seconds(hour.Editable.Covered), hour.Raw.Holes, hour.Editable.Holes,
                .. Counts(hour.Overlaps), .. Lengths(hour.Overlaps),
            ];
        }
    }
}
