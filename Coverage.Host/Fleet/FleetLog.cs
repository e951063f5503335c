using System;
using System.Collections.Generic;
using System.Linq;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coverage.Host;

/// <summary>
/// The log of the looks at a fleet: what is found that was not said before, and what fails, once while it stands. What is not seen
/// while a node is unknown counts as said, so that a node that comes and goes does not fill the log.
/// </summary>
/// <param name="options">The rules, which are named.</param>
/// <param name="loggers">Where it logs.</param>
/// <param name="time">The clock.</param>
/// <param name="of">What stands before the name of each stream and node, where several fleets are looked at.</param>
internal sealed class FleetLog(Options options, ILoggerFactory loggers, TimeProvider time, string of = "")
{
    /// <summary>How many spans of one kind of one stream are logged one by one in a round.</summary>
    private const int SpansShown = 20;

    private readonly ILogger told = loggers.CreateLogger("Coverage.Host.FleetLoop");
    private readonly StandingFailures failures = new(time);
    private ILogger log = loggers.CreateLogger("Coverage.Host.FleetLoop");

    /// <summary>The time of each stream that was said, by what was said of it.</summary>
    private Dictionary<(StreamName Stream, string What), IntervalSet> said = [];

    /// <summary>The blockers of each stream that were said.</summary>
    private HashSet<(StreamName Stream, string What)> blockers = [];

    /// <summary>Logs which nodes are compared.</summary>
    public void ShowNodes(IEnumerable<FleetNode> nodes) => log.LogInformation(
        Log.Here(), "the nodes that are compared: {Nodes}", string.Join(", ", nodes.Select(node => Engine.Printable(node.Name))));

    /// <summary>Logs why it is not known which nodes there are.</summary>
    /// <param name="why">Why.</param>
    /// <param name="areKnown">Whether it was known before.</param>
    public void ShowUnknownNodes(string why, bool areKnown)
    {
        if (failures.IsDue("which", why, "which nodes there are is read again"))
        {
            string what = areKnown ? "the last nodes stay" : "no nodes are compared until it is known which there are";
            log.LogError(Log.Here(), "{Error}; {What}", why, what);
        }
    }

    /// <summary>Logs a fault of a round.</summary>
    public void ShowFault(Exception fault)
    {
        if (failures.IsDue("fault", fault.Message, "the nodes are compared again"))
        {
            log.LogError(Log.Here(), fault, "comparing the nodes failed through a fault of this program; the last figures stay");
        }
    }

    /// <summary>Logs that a look does not end.</summary>
    public void ShowOverdue(TimeSpan since)
    {
        if (failures.IsDue("overdue", "", "the nodes are compared again"))
        {
            log.LogError(
                Log.Here(),
                "the look at the nodes has not ended for {Seconds} s, so a disk does not answer; nothing is known of the nodes",
                (long)since.TotalSeconds);
        }
    }

    /// <summary>Logs a finished round.</summary>
    /// <param name="look">Its look.</param>
    /// <param name="isTold">Whether it is said at all: what another process says counts as said, too.</param>
    public void Show(FleetLook look, bool isTold = true)
    {
        log = isTold ? told : NullLogger.Instance;
        foreach (NodeLook node in look.Nodes)
        {
            ShowNode(node);
        }

        foreach (string end in failures.EndRound())
        {
            log.LogInformation(Log.Here(), "{End}", end);
        }

        bool isWhole = look.Streams.All(stream => stream.Heard == look.Nodes.Length) && look.Nodes.All(node => node.IsKnown);
        (var before, var blockersBefore) = (said, blockers);
        said = isWhole ? [] : new(before);
        blockers = isWhole ? [] : [.. blockersBefore];
        foreach (FleetStream stream in look.Streams)
        {
            foreach ((string what, IntervalSet now, bool grows) in Faults(look, stream))
            {
                IntervalSet was = before.GetValueOrDefault((stream.Stream, what));
                said[(stream.Stream, what)] = isWhole ? now : IntervalSetModule.union(was, now);
                ShowSpans(stream.Stream, what, [.. now.Intervals.Where(span => IsNews(span, was, grows))]);
            }

            foreach (Blocker blocker in stream.Report.Blockers)
            {
                string what = $"{look.Nodes[blocker.Node].Name} blocks back-filling with {Engine.Printable(blocker.Path)}: {FleetAdvice.Of(blocker.Reason)}";
                blockers.Add((stream.Stream, what));
                if (!blockersBefore.Contains((stream.Stream, what)))
                {
                    log.LogWarning(Log.Here(), "{Of}{Stream}: {What}", of, stream.Stream, what);
                }
            }
        }
    }

    private void ShowNode(NodeLook node)
    {
        if (node.IsKnown && node.Failure is null)
        {
            return;
        }

        string why = node.Failure ?? "it was not heard lately";
        string what = !node.IsKnown ? "nothing is known of the node"
            : $"what is not answered stays as it was until it is {new Duration(options.Fleet.StaleAfterMicroseconds)} s old";
        if (failures.IsDue($"node {node.Node.Name}", $"{why}; {what}", $"{of}{node.Name}: answers again"))
        {
            log.LogWarning(Log.Here(), "{Of}{Node}: {Error}; {What}", of, node.Name, why, what);
        }
    }

    /// <summary>The time of a stream that is at fault, by what is said of it, and whether it is said again when it grows.</summary>
    private IEnumerable<(string What, IntervalSet Time, bool Grows)> Faults(FleetLook look, FleetStream stream)
    {
        yield return ("lost, no node has it", stream.Report.Lost, true);
        yield return ("deleted, no node has it and a mark deletes it", stream.Report.Deleted, true);
        foreach ((int at, NodeLook node) in look.Nodes.Index())
        {
            foreach (var alike in stream.Report.Nodes[at].Endangered.GroupBy(span => (span.Reason, span.Nodes)))
            {
                string by = alike.Key.Nodes.IsEmpty ? "" : $", by a mark on {string.Join(", ", look.NamesOf(alike.Key.Nodes))}";
                yield return (
                    $"endangered on {node.Name} ({FleetText.ofReason(alike.Key.Reason)}{by})",
                    IntervalSetModule.ofIntervals(alike.Select(span => span.Time)),
                    true);
            }

            // Of a stream that is being recorded more is stuck in each round.
            Duration longest = new(options.Fleet.StuckAfterMicroseconds);
            yield return ($"stuck on {node.Name}, fillable for more than {longest} s", stream.Stuck[at], false);
        }
    }

    private static bool IsNews(Interval span, IntervalSet said, bool grows) => grows
        ? !IntervalSetModule.subtract(IntervalSetModule.ofIntervals([span]), said).IsEmpty
        : !said.Intervals.Any(was => was.Start <= span.End && span.Start <= was.End);

    private void ShowSpans(StreamName stream, string what, IReadOnlyCollection<Interval> spans)
    {
        foreach (Interval span in spans.Take(SpansShown))
        {
            log.LogWarning(Log.Here(), "{Of}{Stream}: {What}: {From} to {Until}, {Seconds} s", of, stream, what, span.From, span.Until, span.Time);
        }

        if (spans.Count > SpansShown)
        {
            log.LogWarning(Log.Here(), "{Of}{Stream}: {What}: {Count} more spans", of, stream, what, spans.Count - SpansShown);
        }
    }
}
