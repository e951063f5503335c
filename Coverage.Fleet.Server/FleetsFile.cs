using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Host;

namespace Coverage.FleetServer;

/// <summary>A fleet, as its file says.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Nodes">The nodes that the file names.</param>
/// <param name="Database">The database that lists more; null for none.</param>
internal sealed record FleetEntry(string Name, ImmutableArray<FleetNode> Nodes, Database? Database);

/// <summary>
/// The file of the fleets: under <c>[NAME]</c> a line <c>NAME=URL</c> for each node, as a file of nodes has it, or a line
/// <c>database = TEXT</c>. Empty lines and those that begin with <c>#</c> are passed over.
/// </summary>
/// <param name="path">Its path.</param>
/// <param name="takesFolders">Whether a node may be a folder: one process sees the disks of its own machine alone.</param>
internal sealed class FleetsFile(string path, bool takesFolders)
{
    private const string DatabaseKey = "database";

    /// <summary>How long a file must rest: one that is being written is not believed.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    /// <summary>Whether the file was not changed just now.</summary>
    /// <exception cref="KeeperFileException">That cannot be read.</exception>
    public bool IsSettled(DateTimeOffset now)
    {
        try
        {
            return (now - File.GetLastWriteTimeUtc(path)).Duration() >= Rest;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeeperFileException(path, $"cannot be read: {Engine.Printable(e.Message)}", e);
        }
    }

    /// <summary>The fleets, in the order of the file.</summary>
    /// <exception cref="KeeperFileException">The file cannot be read, or a line of it is wrong.</exception>
    public ImmutableArray<FleetEntry> Read()
    {
        List<FleetEntry> fleets = [];
        HashSet<string> names = [];
        foreach ((string text, int number) in FleetNodes.Lines(path))
        {
            if (text[0] == '[')
            {
                string name = text.EndsWith(']') ? text[1..^1].Trim() : "";
                if (name.Length == 0 || !names.Add(name))
                {
                    throw Wrong(number, "a fleet begins with its name in brackets, [NAME], and no two have the same name");
                }

                fleets.Add(new(name, [], null));
            }
            else if (fleets.Count == 0)
            {
                throw Wrong(number, "the first line is the name of a fleet in brackets, [NAME]");
            }
            else
            {
                fleets[^1] = With(fleets[^1], text, number);
            }
        }

        return fleets.Count == 0 ? throw new KeeperFileException(path, "names no fleet; one begins with its name in brackets, [NAME]", null)
            : fleets.Find(fleet => fleet.Nodes.IsEmpty && fleet.Database is null) is { } empty
                ? throw new KeeperFileException(path, $"names no node of the fleet {Engine.Printable(empty.Name)}", null)
                : [.. fleets];
    }

    private FleetEntry With(FleetEntry fleet, string text, int number)
    {
        int at = text.IndexOf('=');
        if (at > 0 && text[..at].Trim() == DatabaseKey)
        {
            Database? database = fleet.Database is null ? FleetServerArguments.TryDatabase(text[(at + 1)..].Trim(), Environment.GetEnvironmentVariable) : null;
            return fleet with { Database = database ?? throw Wrong(number, "a fleet has one line database = TEXT at most, where TEXT is as libpq writes it") };
        }

        FleetNode node = Arguments.TryNode(text) ?? throw Wrong(
            number, "a line is NAME=URL, with ! after the name of a node that is no source, database = TEXT, or [NAME] of the next fleet");
        if (!node.IsUrl && !takesFolders)
        {
            throw Wrong(number, "processes that share the work do not see the same folders: give the node's address, or run one process with --single");
        }

        return fleet.Nodes.Any(one => one.Name == node.Name) ? throw Wrong(number, $"two nodes are named {Engine.Printable(node.Name)}")
            : fleet.Nodes.Length == FleetListingModule.mostNodes
                ? throw Wrong(number, $"no more than {FleetListingModule.mostNodes} nodes can be compared")
                : fleet with { Nodes = fleet.Nodes.Add(node) };
    }

    private KeeperFileException Wrong(int line, string what) => new(path, line, null, what);

    /// <summary>The nodes of a fleet: those that the file names, then those of its database by name.</summary>
    /// <exception cref="FleetOptionException">They are named wrongly.</exception>
    /// <exception cref="NodesUnreadableException">The database does not answer.</exception>
    public static async Task<ImmutableArray<FleetNode>> NodesOfAsync(FleetEntry fleet, CancellationToken stop)
    {
        ImmutableArray<FleetNode> nodes =
            [.. fleet.Nodes, .. fleet.Database is { } database ? await FleetNodes.InDatabaseAsync(database, stop) : []];
        FleetNodes.MustBeComparable(nodes);
        return nodes;
    }
}
