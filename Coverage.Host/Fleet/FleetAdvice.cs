using Coverage.Units;

namespace Coverage.Host;

/// <summary>What the words of a fleet mean to its keeper, and what to do: sentences.</summary>
internal static class FleetAdvice
{
    /// <summary>Of what no node has.</summary>
    public const string Lost =
        "No node has it, and back-filling brings it to none. Search for a copy elsewhere; if there is none, acknowledge the loss.";

    /// <summary>Of what was deleted.</summary>
    public const string Deleted = "No node has it, and a node marks it as deleted. Nothing is to be done if that was meant.";

    /// <summary>Of what no node that was heard has.</summary>
    /// <param name="nodes">The nodes that were not.</param>
    public static string Open(string nodes) => $"No node that was heard has it, and {nodes} may. Let them answer, then ask again.";

    /// <summary>Of a node that could not be read, or an hour of it.</summary>
    public const string Unknown = "The node, or this hour of it, could not be read. Let it answer; until then nobody knows what it has.";

    /// <summary>Of what should have been brought long ago.</summary>
    public const string Stuck = "Back-filling should have brought it by now, so it is not doing its work. See what blocks, and whether it runs.";

    /// <summary>How to get files, for who asks the command.</summary>
    /// <param name="node">The node that lacks them.</param>
    /// <param name="withWithheld">Whether back-filling does not bring them.</param>
    public static string ByCommand(string node, bool withWithheld = false) =>
        $"fetch the files: --for {node} --format fetch{(withWithheld ? " --include withheld" : "")} lists them.";

    /// <summary>How to get files, for who asks the service.</summary>
    /// <param name="node">The node that lacks them.</param>
    public static string ByService(string node) => $"fetch the files: the list of what {node} lacks names them.";

    /// <summary>Of what back-filling brings.</summary>
    /// <param name="with">With how many files, where that is known.</param>
    /// <param name="fetch">How to get them otherwise.</param>
    public static string Fillable(string with, string fetch) =>
        $"Back-filling brings it{with}. If it does not, see what blocks, or {fetch}";

    /// <summary>Of what back-filling brings later.</summary>
    /// <param name="cutoff">How old it must be.</param>
    public static string Pending(Duration cutoff) => $"It is younger than {Texts.Length(cutoff)}: back-filling brings it later.";

    /// <summary>Of what back-filling does not bring.</summary>
    /// <param name="reason">Why it does not.</param>
    /// <param name="node">The node that lacks it.</param>
    /// <param name="fetch">How to get the files otherwise.</param>
    public static string Withheld(FleetReason reason, string node, string fetch) =>
        reason switch
        {
            FleetReason.NoSource => $"No node that has it is a source. Make one a source, or {fetch}",
            FleetReason.Name => $"The hash in its name is not whole, so back-filling passes it over. To have it, {fetch}",
            FleetReason.Future => "It starts later than now. Check the clocks of the nodes; back-filling brings it when its time has come.",
            FleetReason.Window => $"Its hour is older than back-filling looks. Widen the window, or {fetch}",
            FleetReason.Marked => "Its name is marked as deleted. If it was not to be deleted, remove the mark on every node.",
            FleetReason.Near => $"Back-filling takes it for a file that {node} has. To have it, {fetch}",
            _ => $"Other files of the same start are taken for better on {node}, or its hour cannot be read. Compare the files by hand.",
        };

    /// <summary>Of what back-filling takes away.</summary>
    public static string Endangered(FleetReason reason) => reason == FleetReason.Marked
        ? "The next back-filling copies the mark and hides it. If it was not to be deleted, remove the mark now."
        : "The next back-filling brings a file of the same start that is taken for better and covers less. Copy the file that is there now.";

    /// <summary>Of what ends a pass of back-filling.</summary>
    public static string Of(BlockerReason reason) => reason switch
    {
        BlockerReason.Duration => "its length is longer than back-filling can hold, which ends there. Rename it.",
        BlockerReason.File => "back-filling takes this file for an hour, and ends there. Move it out of the stream's folder.",
        BlockerReason.Folder => "back-filling takes this folder for an hour, and ends there. Move it out of the stream's folder.",
        _ => "an hour of marks alone that another node lacks, where back-filling ends. Make that node's folder of this hour.",
    };
}
