using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;
using Prometheus;

namespace Coverage.Host;

/// <summary>
/// What a scraper sees of how streams were judged (semantics.md section 9). They are set at each check that succeeded: time
/// alone changes words.
/// </summary>
internal sealed class WordGauges
{
    private static readonly ImmutableArray<Family> Families =
    [
        Family.PerValue("word_seconds", "How much of the span has a word", "word",
            WordModule.all.Select(word => new Sample(WordModule.toText(word), Seconds(judgement => judgement.LengthOf(word))))),
        Family.Single("missing_spans", "Number of missing spans", judgement => judgement.Missing.Length),
        Family.Single("longest_missing_seconds", "Length of the longest missing span",
            Seconds(judgement => judgement.Missing.Select(span => span.Time).DefaultIfEmpty().Max())),
        Family.PerValue("verdict", "1 for the word that the stream is judged by, 0 for any other", "verdict",
            Enum.GetValues<Verdict>().Select(verdict => new Sample(Texts.Of(verdict), Flag(judgement => judgement.Verdict == verdict)))),
        Family.Single("edge_age_seconds", "How long before the check the recording ended",
            judgement => judgement.Edge.Age.IsSome ? ToDouble(new Duration(judgement.Edge.Age.Value)) : null),
        Family.PerValue("edge", "1 for how the recording stands, 0 for any other state", "state",
            Enum.GetValues<EdgeWord>().Select(word => new Sample(Texts.Of(word), Flag(judgement => judgement.Edge.Word == word)))),
        Family.PerValue("acknowledgements", "Number of lines of acknowledgements of the stream", "state",
            Enum.GetValues<AcknowledgementState>().Select(state =>
                new Sample(state.ToString().ToLowerInvariant(), judgement => judgement.Lines(state).Count))),
        Family.Single("expected", "Whether the stream is expected at the time of the check",
            judgement => judgement.IsExpectedGiven ? ToDouble(judgement.IsExpectedNow) : null),
        Family.Single("unread_hours", "Number of hours that could not be read", judgement => judgement.UnreadCount),
    ];

    /// <summary>The metrics, in the order of the families.</summary>
    private readonly ImmutableArray<Gauge> gauges;
    private readonly Dictionary<StreamName, Gauge.Child?[]> samples = [];

    /// <summary>Registers the metrics.</summary>
    public WordGauges(IMetricFactory factory) => gauges =
    [
        .. Families.Select(family => factory.CreateGauge(
            "segment_coverage_" + family.Name,
            family.Help,
            family.Label is { } label ? [.. Gauges.Stream, label] : Gauges.Stream,
            Gauges.WhenSet)),
    ];

    /// <summary>Shows how a stream was judged. What is not known has no sample.</summary>
    public void Set(StreamName stream, Judgement judgement)
    {
        if (!samples.TryGetValue(stream, out Gauge.Child?[]? shown))
        {
            samples[stream] = shown = new Gauge.Child?[Families.Sum(family => family.Samples.Length)];
        }

        int at = 0;
        for (int family = 0; family < gauges.Length; family++)
        {
            Gauge gauge = gauges[family];
            foreach (Sample sample in Families[family].Samples)
            {
                Show(ref shown[at++], sample.Of(judgement), () => gauge.WithLabels(
                    Gauges.Labels(stream, sample.Value is { } value ? [value] : [])));
            }
        }
    }

    /// <summary>Removes the samples of a stream.</summary>
    public void Remove(StreamName stream)
    {
        if (samples.Remove(stream, out Gauge.Child?[]? shown))
        {
            Array.ForEach(shown, sample => sample?.Remove());
        }
    }

    private static void Show(ref Gauge.Child? sample, double? value, Func<Gauge.Child> create)
    {
        if (value is { } number)
        {
            (sample ??= create()).Set(number);
        }
        else
        {
            sample?.Remove();
            sample = null;
        }
    }

    private static double ToDouble(Duration length) => (double)length.Seconds;

    private static double ToDouble(bool flag) => flag ? 1 : 0;

    private static Func<Judgement, double?> Seconds(Func<Judgement, Duration> of) => judgement => ToDouble(of(judgement));

    private static Func<Judgement, double?> Flag(Func<Judgement, bool> of) => judgement => ToDouble(of(judgement));

    /// <summary>A metric.</summary>
    /// <param name="Name">Its name, without the prefix that all have.</param>
    /// <param name="Help">What it is.</param>
    /// <param name="Label">The label that its samples have besides the stream's; null for none.</param>
    /// <param name="Samples">Its samples.</param>
    private sealed record Family(string Name, string Help, string? Label, ImmutableArray<Sample> Samples)
    {
        /// <summary>A metric of one sample.</summary>
        public static Family Single(string name, string help, Func<Judgement, double?> of) => new(name, help, null, [new(null, of)]);

        /// <summary>A metric of one sample for each value of a label.</summary>
        public static Family PerValue(string name, string help, string label, IEnumerable<Sample> samples) =>
            new(name, help, label, [.. samples]);
    }

    /// <summary>A sample of a metric.</summary>
    /// <param name="Value">The value of the metric's label; null where it has none.</param>
    /// <param name="Of">The number; null where nothing is known.</param>
    private sealed record Sample(string? Value, Func<Judgement, double?> Of);
}
