using System.Linq;
using Microsoft.OpenApi;

namespace Coverage.Host;

/// <content>The schemas of what is answered of the nodes of a fleet.</content>
internal sealed partial class ApiSchemas
{
    private IOpenApiSchema FleetRound => Named("FleetRound", () => Object(
        ("number", Value(Unit.Count, "The number of the round over the nodes since the program started"))));

    private IOpenApiSchema FleetNode => Named("FleetNode", () => Object(
        ("name", Value(Unit.Text, "The name of the node")),
        ("at", Value(Unit.Text, "Its folder or address")),
        ("known", Value(Unit.Flag, "Whether it was heard lately enough")),
        ("source", Value(Unit.Flag, "Whether the others back-fill from it")),
        ("checked", Value(Unit.Instant, "When it was last heard; null while it never was", isNullable: true)),
        ("error", Value(Unit.Text, "What it did not answer in the latest round", isNullable: true)),
        ("kind", Value(Unit.Text, "What kind of node it is; null while that is not found out", isNullable: true))));

    /// <summary>The fleets of a program that compares several.</summary>
    private OpenApiSchema Fleets() => Object(
        ("fleets", Array(Named("Fleet", () => Object(
            ("fleet", Value(Unit.Text, "The name of the fleet")),
            ("status", Value(Unit.Text, "The worst status of its streams: unknown, lost, withheld, fillable, pending, deleted or whole")),
            ("expected", Value(Unit.Count, "How many nodes it has; 0 while that is not known")),
            ("heard", Value(Unit.Count, "How many of them are known")),
            ("streams", Value(Unit.Count, "How many streams they have")),
            ("as_of", Value(Unit.Instant, "When the oldest of what is known was heard", isNullable: true)),
            ("now", Value(Unit.Instant, "The instant of the round; null before the first", isNullable: true)))))));

    private OpenApiSchema FleetHistory() => Object(
        ("truncated", Value(Unit.Flag, "Whether there is more than the answer lists")),
        ("items", Array(Named("RecordedSpan", () => Object(
            Fields.Name,
            ("node", Value(Unit.Text, "The node; null for what is said of the stream itself", isNullable: true)),
            ("word", Value(Unit.Text, "The word")),
            ("reason", Value(Unit.Text, "Why it is withheld or endangered", isNullable: true)),
            ("start", Value(Unit.Instant, "The first instant")),
            ("end", Value(Unit.Instant, "The end, which is excluded")),
            ("seconds", Value(Unit.Seconds, "The length")),
            ("opened", Value(Unit.Instant, "The first look that said so")),
            ("closed", Value(Unit.Instant, "The first look that no longer did; null while it is open", isNullable: true)),
            ("became", Value(Unit.Text, "What its time was in that look; null while it is open, or out of the extent", isNullable: true)))))));

    private OpenApiSchema FleetFillTimes() => Object(
        ("items", Array(Named("FillTime", () => Object(
            ("word", Value(Unit.Text, "The word that the time had until the node had it")),
            ("node", Value(Unit.Text, "The node; null for what is said of streams themselves", isNullable: true)),
            ("pieces", Value(Unit.Count, "How many pieces of time it was")),
            ("seconds", Value(Unit.Seconds, "How long they are")),
            ("least_seconds", Value(Unit.Seconds, "The shortest wait")),
            ("median_seconds", Value(Unit.Seconds, "The median of the waits")),
            ("nine_of_ten_seconds", Value(Unit.Seconds, "The wait that nine of ten are no longer than")),
            ("greatest_seconds", Value(Unit.Seconds, "The longest wait")))))));

    /// <summary>What is said of the nodes and the streams. What is there without totals alone need not be.</summary>
    private OpenApiSchema FleetLook() => Object(
        ("round", FleetRound),
        ("format", Value(Unit.Text, "The format of the rest: segment-coverage-fleet/1")),
        ("now", Value(Unit.Instant, "The instant of the round")),
        ("recent_cutoff_seconds", Value(Unit.Seconds, "What is younger is not back-filled yet")),
        ("nodes", Array(FleetNode, "The nodes, in their order")),
        ("streams", Array(Named("FleetStream", FleetStream))));

    private OpenApiSchema FleetStream() => Lists(
        Object(
            Fields.Name,
            ("status", Value(Unit.Text, "The stream in one word: unknown, lost, withheld, fillable, pending, deleted or whole")),
            ("extent", SpanOrNull("The extent of what all known nodes have; null where they have nothing")),
            ("expected", Value(Unit.Count, "How many nodes there are")),
            ("heard", Value(Unit.Count, "How many of them are known for this stream")),
            ("as_of", Value(Unit.Instant, "When the oldest of what is known was heard", isNullable: true)),
            ("lost", Array(Interval, "What no node has")),
            ("open", Array(Interval, "What no known node has, and an unknown one may")),
            ("deleted", Array(Interval, "What no node has, and a mark deletes")),
            ("lost_seconds", Value(Unit.Seconds, "How much time is lost")),
            ("open_seconds", Value(Unit.Seconds, "How much time is open")),
            ("deleted_seconds", Value(Unit.Seconds, "How much time is deleted")),
            ("copies", Array(Named("FleetCopies", () => Object(
                ("copies", Value(Unit.Count, "How many nodes have it")),
                ("seconds", Value(Unit.Seconds, "How much time so many have")))))),
            ("sole", Array(Named("FleetSole", () => Object(
                ("node", Value(Unit.Text, "The only node that has it")),
                ("seconds", Value(Unit.Seconds, "How much time that is")))))),
            ("nodes", Array(Named("FleetNodeStream", FleetNodeStream), "What is said for each node")),
            ("blockers", Array(Named("FleetBlocker", () => Object(
                ("node", Value(Unit.Text, "The node on which it lies")),
                ("path", Value(Unit.Text, "Its path below the stream's folder")),
                ("reason", Value(Unit.Text, "What it is: duration, file, folder or marks")),
                ("advice", Value(Unit.Text, "What it does, and what to do")))), "What ends each pass of back-filling early")),
            ("twins", Array(Named("FleetTwins", () => Object(
                ("nodes", Array(Value(Unit.Text, "A node"), "The two nodes")),
                ("count", Value(Unit.Count, "How many equal segments they have at different times")),
                ("median_seconds", Value(Unit.Seconds, "How much later those of the second node are")))), "Nodes of which a clock is wrong"))),
        "lost", "open", "deleted");

    private OpenApiSchema FleetNodeStream()
    {
        IOpenApiSchema from = Array(Value(Unit.Text, "A node"), "The nodes that have it");
        IOpenApiSchema reason = Value(Unit.Text, "Why");
        return Lists(
            Object(
                ("name", Value(Unit.Text, "The name of the node")),
                ("seconds", Named("FleetSeconds", () => Object([.. FleetJson.Words.Select(word => (
                    FleetText.ofWord(word),
                    (IOpenApiSchema)Value(Unit.Seconds, $"How much time is {FleetText.ofWord(word)}")))]))),
                ("fillable_by_full_seconds", Value(Unit.Seconds, "How much of the fillable time full segments will cover")),
                ("fillable", Array(Named("FillableSpan", () => Object(
                    Fields.Interval, ("by_full", Value(Unit.Flag, "Whether full segments will cover it")), ("from", from))))),
                ("pending", Array(Named("PendingSpan", () => Object(Fields.Interval, ("from", from))))),
                ("withheld", Array(Named("WithheldSpan", () => Object(Fields.Interval, ("reason", reason), ("from", from))))),
                ("lost", Array(Interval)),
                ("open", Array(Interval)),
                ("deleted", Array(Interval)),
                ("unknown", Array(Interval)),
                ("endangered", Array(Named("EndangeredSpan", () => Object(
                    Fields.Interval, ("reason", reason), ("by", Array(Value(Unit.Text, "A node"), "The nodes whose marks hide it")))))),
                ("offered", Array(Named("OfferedFile", () => Object(
                    ("segment", Value(Unit.Text, "A file, as HOUR/NAME")),
                    ("from", Value(Unit.Text, "The node that has it")))), "The files that back-filling brings")),
                ("endangered_seconds", Value(Unit.Seconds, "What the next back-filling takes away")),
                ("stuck_seconds", Value(Unit.Seconds, "What has been fillable for longer than --stuck-after")),
                ("offered_files", Value(Unit.Count, "How many files back-filling brings")),
                ("withheld_files", Value(Unit.Count, "How many files back-filling does not bring")),
                ("stuck", Array(Interval))),
            "fillable", "pending", "withheld", "lost", "open", "deleted", "unknown", "endangered", "offered", "stuck");
    }

    private OpenApiSchema FleetSpanList() => Object(
        ("count", Value(Unit.Count, "How many match")),
        ("seconds", Value(Unit.Seconds, "The length of all that match")),
        ("limit", Limit()),
        ("truncated", Truncated()),
        ("advice", Array(Named("FleetAdvice", () => Object(
            ("node", Value(Unit.Text, "The node; null for what no node has that was heard", isNullable: true)),
            ("word", Value(Unit.Text, "What is told")),
            ("reason", Value(Unit.Text, "Why", isNullable: true)),
            ("advice", Value(Unit.Text, "What it means, and what to do")))), "What to do about what is listed")),
        ("items", Array(Named("FleetSpan", () => Object(
            FleetAnswers.Row, ("from", Array(Value(Unit.Text, "A node"), "The nodes that have it, or take it away")))))));

    /// <summary>The data of an event. Generators of clients do badly with either of two, so that of a fleet's event stands beside it.</summary>
    private OpenApiSchemaReference EventData()
    {
        Named("FleetEvent", () => Object(
            ("round", FleetRound),
            ("now", Value(Unit.Instant, "The instant of the round")),
            ("skipped", Value(Unit.Count, "How many rounds since the listener's last event have none")),
            ("streams", Array(Named("ChangedFleetStream", () => Object(
                Fields.Name, ("status", Value(Unit.Text, "The stream in one word; null when it is gone", isNullable: true)))), "The streams of which another thing is said")),
            ("truncated", Truncated()),
            ("became_known", Array(Value(Unit.Text, "A node"), "The nodes that are known now and were not")),
            ("became_unknown", Array(Value(Unit.Text, "A node"), "The nodes that were known and are not now")),
            ("nodes", Array(FleetNode, "The nodes, in their order"))));
        return Named("RoundEvent", RoundEvent);
    }

    /// <summary>An object in which some lists need not be there.</summary>
    private static OpenApiSchema Lists(OpenApiSchema whole, params string[] lists)
    {
        whole.Required!.ExceptWith(lists);
        return whole;
    }
}
