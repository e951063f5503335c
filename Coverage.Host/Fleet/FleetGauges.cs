using System;
using System.Collections.Generic;
using System.Linq;
using Coverage.CommandLine;
using Coverage.Units;
using Prometheus;

namespace Coverage.Host;

/// <summary>
/// What a scraper sees of a fleet (semantics.md section 10). The gauges are set as a scrape begins, so each scrape sees one round
/// whole. Of a node that is unknown there is only how much time is unknown, and that it is not up.
/// </summary>
internal sealed class FleetGauges
{
    private static readonly FleetReason[] Endangerings = [FleetReason.Marked, FleetReason.NotBest];

    private readonly Options options;
    private readonly IMetricFactory factory;
    private readonly Gauge lost, open, deleted, words, copies, sole, endangered, stuck, blockers, up, heard;
    private readonly Counter pullErrors;

    /// <summary>The samples that are shown, by their gauges and labels.</summary>
    private Dictionary<(Gauge, string), Gauge.Child> shown = [];

    /// <summary>The number of the round that is shown, and whether its nodes count as unknown by now.</summary>
    private (int Round, bool IsOverdue) showing;

    /// <summary>Registers the metrics.</summary>
    /// <param name="registry">Whose scrapes show the rounds.</param>
    /// <param name="factory">Where the metrics are made.</param>
    /// <param name="rounds">The rounds.</param>
    /// <param name="options">How old what nodes list may be.</param>
    /// <param name="time">What says when it is.</param>
    public FleetGauges(
        CollectorRegistry registry, IMetricFactory factory, Rounds<FleetRound> rounds, Options options, TimeProvider time)
    {
        (this.factory, this.options) = (factory, options);
        lost = OfStream("lost_seconds", "How much time of the stream no node has");
        open = OfStream("open_seconds", "How much time of the stream no known node has and an unknown one may have");
        deleted = OfStream("deleted_seconds", "How much time of the stream no node has and a node marks as deleted");
        words = OfStream("seconds", "How much of the fleet's extent has a word for a node", "node", "word");
        copies = OfStream("copies_seconds", "How much of the fleet's extent so many known nodes have", "copies");
        sole = OfStream("sole_seconds", "How much time only this node has", "node");
        endangered = OfStream("endangered_seconds", "How much time of a node the next back-filling takes away", "node", "reason");
        stuck = OfStream("stuck_seconds", "How much time of a node has been fillable for longer than --stuck-after", "node");
        blockers = OfStream("blockers", "Number of names on a node that end every pass of back-filling", "node", "reason");
        up = Create("node_up", "Whether what a node lists is known", ["node"]);
        heard = Create("node_checked_timestamp_seconds", "As of when a node was last heard, since the Unix epoch", ["node"]);
        pullErrors = factory.CreateCounter(
            "segment_coverage_fleet_pull_errors_total", "Rounds in which a node did not answer all that it was asked", ["node"]);
        registry.AddBeforeCollectCallback(() =>
        {
            if (rounds.Latest is { } round)
            {
                Show(round, isOverdue: (Instant.Of(time.GetUtcNow()) - round.Look.Now).ToTimeSpan() > FleetLoop.Patience(options));
            }
        });
    }

    /// <summary>Counts the nodes that did not answer all in a round.</summary>
    public void Count(FleetLook look)
    {
        foreach (NodeLook node in look.Nodes)
        {
            pullErrors.WithLabels(Label(node)).Inc(node.Failure is null ? 0 : 1);
        }
    }

    private Gauge OfStream(string name, string help, params string[] labels) => Create(name, help, [.. Gauges.Stream, .. labels]);

    private Gauge Create(string name, string help, string[] labels) =>
        factory.CreateGauge("segment_coverage_fleet_" + name, help, labels, Gauges.WhenSet);

    private static string Label(NodeLook node) => Engine.PercentEncoded(node.Node.Name);

    private void Show(FleetRound round, bool isOverdue)
    {
        if (showing == (round.Number, isOverdue))
        {
            return;
        }

        showing = (round.Number, isOverdue);
        Dictionary<(Gauge, string), Gauge.Child> before = shown;
        shown = [];
        foreach ((Gauge gauge, string[] labels, double value) in Samples(round.Look, isOverdue))
        {
            Gauge.Child sample = gauge.WithLabels(labels);
            sample.Set(value);
            shown[(gauge, string.Join('\0', labels))] = sample;
        }

        foreach (var gone in before.Keys.Except(shown.Keys).ToList())
        {
            before[gone].Remove();
        }

        string[] names = [.. round.Look.Nodes.Select(Label)];
        foreach (string[] gone in pullErrors.GetAllLabelValues().Where(labels => !names.Contains(labels[0])).ToList())
        {
            pullErrors.RemoveLabelled(gone);
        }
    }

    private IEnumerable<(Gauge Gauge, string[] Labels, double Value)> Samples(FleetLook look, bool isOverdue)
    {
        foreach ((int at, NodeLook node) in look.Nodes.Index())
        {
            bool isUp = !isOverdue && node.IsKnown && look.Streams.All(stream => stream.Known[at]);
            yield return (up, [Label(node)], isUp ? 1 : 0);
            if (node.At is { } then)
            {
                yield return (heard, [Label(node)], then.Microseconds / 1e6);
            }
        }

        foreach (var sample in isOverdue ? [] : look.Streams.SelectMany(stream => OfStream(look, stream)))
        {
            yield return sample;
        }
    }

    private IEnumerable<(Gauge Gauge, string[] Labels, double Value)> OfStream(FleetLook look, FleetStream stream)
    {
        FleetReport report = stream.Report;
        string[] Labels(params string[] more) => Gauges.Labels(stream.Stream, more);
        yield return (lost, Labels(), Seconds(report.Lost.Length));
        yield return (open, Labels(), Seconds(report.Open.Length));
        yield return (deleted, Labels(), Seconds(report.Deleted.Length));
        foreach ((int number, long length) in report.Copies.Index())
        {
            yield return (copies, Labels($"{number}"), Seconds(length));
        }

        foreach ((int at, NodeLook node) in look.Nodes.Index())
        {
            string name = Label(node);
            NodeReport said = report.Nodes[at];
            foreach (FleetWord word in FleetJson.Words.Where(word => stream.Known[at] || word == FleetWord.Unknown))
            {
                yield return (words, Labels(name, FleetText.ofWord(word)), Seconds(said.Lengths[(int)word]));
            }

            if (!stream.Known[at])
            {
                continue;
            }

            yield return (sole, Labels(name), Seconds(report.Sole[at]));
            yield return (stuck, Labels(name), Seconds(stream.Stuck[at].Length));
            foreach (FleetReason reason in Endangerings)
            {
                long length = said.Endangered.Where(span => span.Reason == reason).Sum(span => span.Time.Length);
                yield return (endangered, Labels(name, FleetText.ofReason(reason)), Seconds(length));
            }

            foreach (BlockerReason reason in Enum.GetValues<BlockerReason>())
            {
                int count = report.Blockers.Count(blocker => blocker.Node == at && blocker.Reason == reason);
                yield return (blockers, Labels(name, FleetText.ofBlocker(reason)), count);
            }
        }
    }

    private static double Seconds(long microseconds) => (double)new Duration(microseconds).Seconds;
}
