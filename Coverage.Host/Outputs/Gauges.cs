using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;
using Prometheus;

namespace Coverage.Host;

/// <summary>
/// What a scraper sees (semantics.md section 6): the gauges of the wubloader project's checker, and for each stream
/// totals without an hour that one can alert on. A sample exists from its first value until its hour or stream is gone.
/// </summary>
internal sealed class Gauges
{
    /// <summary>The labels that every sample of a stream has.</summary>
    public static readonly string[] Stream = ["channel", "quality"];

    private static readonly string[] StreamAndHour = [.. Stream, "hour"];
    private static readonly string[] HourAndType = [.. StreamAndHour, "type"];

    /// <summary>The kinds of failures that are counted.</summary>
    private static readonly string[] FailureKinds = ["read", "gone", "map", "page", "internal"];

    /// <summary>The fields that gauges show.</summary>
    private static readonly ImmutableArray<Field<Account>> Totals = [.. Fields.Account.Where(field => field.Gauge is not null)];
    private static readonly ImmutableArray<Field<HourReport>> OfHours = [.. Fields.Hour.Where(field => field.Gauge is not null)];

    /// <summary>The gauges by name, without the prefix that those of a stream have.</summary>
    private readonly Dictionary<string, Gauge> hourly = [], totals = [];
    private readonly WordGauges words;
    private readonly IMetricFactory factory;
    private readonly Counter failures, corrections, holesOpened, holesClosed;
    private readonly Dictionary<StreamName, StreamGauges> streams = [];

    /// <summary>Registers every metric.</summary>
    public Gauges(IMetricFactory factory)
    {
        this.factory = factory;
        words = new(factory);
        CreateHourly();
        foreach (Field<Account> field in Totals)
        {
            CreateTotal(field.Gauge!.Name, field.Unit == Unit.Instant ? $"{field.Help}, since the Unix epoch" : field.Help);
        }

        CreateTotal(Fields.Ahead.Gauge!.Name, Fields.Ahead.Help);
        CreateTotal("check_duration_seconds", "How long the last check took");
        CreateTotal("scan_progress_ratio", "How much of the hours to read the last scan has read, 0 to 1");
        CreateTotal("last_success_timestamp_seconds", "When the last check that succeeded ended, since the Unix epoch");

        failures = factory.CreateCounter(
            "segment_coverage_failures_total", "Checks that failed, maps and pages that could not be written", [.. Stream, "kind"]);
        foreach (KeeperKind kind in Enum.GetValues<KeeperKind>())
        {
            // A file belongs to no stream.
            Failed(kind.ToString().ToLowerInvariant(), 0);
        }

        corrections = factory.CreateCounter(
            "segment_coverage_corrections_total", "Hours that changed without a sign of it, found by reading all again", Stream);
        holesOpened = factory.CreateCounter(
            "segment_coverage_holes_opened_total", "Missing spans that a check found and the check before it did not", Stream);
        holesClosed = factory.CreateCounter(
            "segment_coverage_holes_closed_total", "Missing spans that a check no longer found and the check before it did", Stream);
        factory.CreateGauge("segment_coverage_build_info", "Constant 1, with the version", ["version"])
            .WithLabels(Program.Version).Set(1);
    }

    /// <summary>The gauges of hours: their names, labels and help are the wubloader project's, to the letter.</summary>
    private void CreateHourly()
    {
        foreach ((string name, string help) in new[]
        {
            ("segment_count", "Number of segments in an hour"),
            ("segment_duration", "Segment duration in an hour"),
            ("raw_coverage", "Total time covered by segments in an hour"),
            ("editable_coverage", "Non-overlapping time covered by segments in an hour"),
            ("raw_holes", "Number of holes in raw coverage for the hour"),
            ("editable_holes", "Number of holes in editable coverage for the hour"),
            ("overlap_count", "Number of overlap segments for the hour"),
            ("overlap_duration", "Duration of overlaping segments for the hour"),
        })
        {
            bool isTyped = OfHours.Any(field => field.Gauge!.Name == name && field.Gauge.Type is not null);
            hourly[name] = Create(name, help, isTyped ? HourAndType : StreamAndHour);
        }
    }

    private void CreateTotal(string name, string help) => totals[name] = Create("segment_coverage_" + name, help, Stream);

    /// <summary>A sample exists from its first value on.</summary>
    public static readonly GaugeConfiguration WhenSet = new() { SuppressInitialValue = true };

    /// <summary>The labels of a stream. The text format escapes a line end; what else a terminal would obey is percent-encoded.</summary>
    public static string[] Labels(StreamName stream, params string[] more) =>
        [Engine.PercentEncoded(stream.Channel), Engine.PercentEncoded(stream.Quality), .. more];

    private Gauge Create(string name, string help, string[] labels) => factory.CreateGauge(name, help, labels, WhenSet);

    /// <summary>Shows a stream as it is now. Of an hour that is unread there are no numbers.</summary>
    public void Set(StreamName stream, Account account, ImmutableArray<UnreadHour> unread)
    {
        StreamGauges gauges = Of(stream);
        HashSet<int> without = [.. unread.Select(hour => hour.Hour.Number)];
        List<HourReport> hours = [.. account.Facts.Report.Hours.Where(hour => !without.Contains(hour.Hour))];
        foreach (HourReport hour in hours)
        {
            gauges.Set(hour);
        }

        gauges.Keep(hours.Select(hour => hour.Hour).ToHashSet());
        foreach (Field<Account> field in Totals)
        {
            string name = field.Gauge!.Name;
            if (field.Of(account).Number is { } value)
            {
                SetTotal(stream, name, (double)value);
            }
            else
            {
                totals[name].RemoveLabelled(Labels(stream));
            }
        }
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

        if (!ReferenceEquals(now.Reading!.Account, before?.Reading?.Account))
        {
            Set(now.Stream, now.Reading.Account, now.Reading.Unread);
        }

        words.Set(now.Stream, now.Judgement!);

        if (!now.Reading.Unread.IsEmpty)
        {
            Failed(now.Stream, "read");
        }

        Succeeded(now.Stream, now.Took, now.Checked!.Value, now.Reading);
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

        foreach (KeeperProblem problem in round.KeeperProblems)
        {
            Failed(problem.Kind.ToString().ToLowerInvariant(), 1);
        }

        Keep(round.Streams.Select(stream => stream.Stream).ToHashSet());
    }

    /// <summary>Shows that a check of a stream succeeded.</summary>
    private void Succeeded(StreamName stream, TimeSpan took, DateTimeOffset now, StreamReading reading)
    {
        SetTotal(stream, "check_duration_seconds", took.TotalSeconds);
        SetTotal(stream, "last_success_timestamp_seconds", now.ToUnixTimeMilliseconds() / 1000.0);
        SetTotal(stream, "scan_progress_ratio", 1);
        SetTotal(stream, Fields.Ahead.Gauge!.Name, (double)Fields.Ahead.Of(reading).Number!);
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

    /// <summary>Counts failures that are of no stream.</summary>
    public void Failed(string kind, int times) => failures.WithLabels("", "", kind).Inc(times);

    /// <summary>Removes every sample of the streams that are not among these.</summary>
    public void Keep(IReadOnlySet<StreamName> present)
    {
        // A stream that went away while it was read for the first time has its progress only.
        IEnumerable<StreamName> begun = totals["scan_progress_ratio"].GetAllLabelValues().Select(labels => new StreamName(labels[0], labels[1]));
        foreach (StreamName gone in streams.Keys.Union(begun).Where(stream => !present.Contains(stream)).ToList())
        {
            if (streams.Remove(gone, out StreamGauges? hours))
            {
                hours.Keep(new HashSet<int>());
            }

            words.Remove(gone);

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

    private StreamGauges Of(StreamName stream)
    {
        if (!streams.TryGetValue(stream, out StreamGauges? gauges))
        {
            streams[stream] = gauges = new StreamGauges(this, stream);
            foreach (string kind in FailureKinds)
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
                known.Samples = Samples(new Hour(hour.Hour));
            }

            hours[hour.Hour] = (hour, known.Samples);
            foreach ((Field<HourReport> field, Gauge.Child sample) in OfHours.Zip(known.Samples))
            {
                sample.Set((double)field.Of(hour).Number!);
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

        /// <summary>An hour's samples, in the order of <see cref="OfHours"/>. Those of one type share their labels.</summary>
        private Gauge.Child[] Samples(Hour hour)
        {
            string[] untyped = [.. labels, hour.ToString()];
            Dictionary<string, string[]> typed = [];
            return [.. OfHours.Select(field => all.hourly[field.Gauge!.Name].WithLabels(LabelsFor(field.Gauge.Type)))];

            string[] LabelsFor(string? type) => type is null ? untyped
                : typed.TryGetValue(type, out string[]? known) ? known
                : typed[type] = [.. untyped, type];
        }
    }
}
