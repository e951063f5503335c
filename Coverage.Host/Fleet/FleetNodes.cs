using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The nodes of a fleet, from all that the options say.</summary>
internal static class FleetNodes
{
    /// <summary>The nodes named one by one, then those of the file, then those of the database by name. The local archive is where its
    /// name stands, or else first.</summary>
    /// <exception cref="FleetOptionException">The options, the file or the database name nodes wrongly.</exception>
    /// <exception cref="NodesUnreadableException">The database does not answer.</exception>
    /// <exception cref="KeeperFileException">The file cannot be read, or a line of it.</exception>
    public static async Task<ImmutableArray<FleetNode>> OfAsync(Options options, CancellationToken stop) =>
        Whole(options, options.Database is { } database ? await InDatabaseAsync(database, stop) : []);

    /// <summary>The same but those of the database, which may not answer yet.</summary>
    /// <exception cref="FleetOptionException">The options or the file name nodes wrongly.</exception>
    /// <exception cref="KeeperFileException">The file cannot be read, or a line of it.</exception>
    public static ImmutableArray<FleetNode> Given(Options options) => Whole(options, []);

    private static ImmutableArray<FleetNode> Whole(Options options, IEnumerable<FleetNode> ofDatabase)
    {
        FleetOptions fleet = options.Fleet;
        List<FleetNode> nodes = [.. fleet.Nodes, .. fleet.NodeFile is { } file ? InFile(file) : [], .. ofDatabase];
        if (fleet.Self is { } self)
        {
            int at = nodes.FindIndex(node => node.Name == self);
            bool isSource = at < 0 || nodes[at].IsSource;
            nodes.RemoveAll(node => node.Name == self);
            nodes.Insert(Math.Max(at, 0), new FleetNode(self, options.BaseDir, isSource));
        }

        MustBeComparable(nodes);
        if (nodes.Count == 0)
        {
            throw new FleetOptionException($"{(fleet.NodeFile is { } none ? Engine.Printable(none) : "the database")} names no node");
        }

        // What the others have is not lost because a file is empty by mistake. Rows of a database are deleted on purpose.
        if (options is { Command: Command.Serve, Database: null } && fleet.NodeFile is { } list && nodes.TrueForAll(node => node.Name == fleet.Self))
        {
            throw new FleetOptionException($"{Engine.Printable(list)} names no other node");
        }

        return [.. nodes];
    }

    /// <summary>Makes sure that nodes can be compared.</summary>
    /// <exception cref="FleetOptionException">Two have the same name, or they are too many.</exception>
    public static void MustBeComparable(IReadOnlyCollection<FleetNode> nodes)
    {
        if (nodes.GroupBy(node => node.Name).FirstOrDefault(group => group.Count() > 1) is { Key: var twice })
        {
            throw new FleetOptionException($"two nodes are named {Engine.Printable(twice)}");
        }

        if (nodes.Count > FleetListingModule.mostNodes)
        {
            throw new FleetOptionException($"{nodes.Count} nodes are more than the {FleetListingModule.mostNodes} that can be compared");
        }
    }

    /// <summary>The token for nodes that ask for one; null where none is given.</summary>
    /// <exception cref="NodesUnreadableException">Its file cannot be read.</exception>
    public static string? Token(Options options)
    {
        try
        {
            return options.Fleet.TokenFile is { } file ? Login.Read(file) : null;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new NodesUnreadableException(
                $"cannot take the token of --node-token-file from {Engine.Printable(options.Fleet.TokenFile!)}: {e.Message}", e);
        }
    }

    /// <summary>How a node is asked.</summary>
    /// <param name="node">The node.</param>
    /// <param name="options">The options.</param>
    /// <param name="token">The token for nodes that ask for one; null for none.</param>
    /// <param name="clock">What says when it was.</param>
    public static NodeReader ReaderOf(FleetNode node, Options options, string? token, Func<Instant> clock) => node.IsUrl
        ? new HttpNode(node.At, token, clock, new(options.Fleet.StaleAfterMicroseconds), TimeProvider.System)
        : new FolderNode(node.At, clock, (StampPolicy)options.TrustStamps);

    private static IEnumerable<FleetNode> InFile(string path) => Lines(path)
        .Select(line => Arguments.TryNode(line.Text) is { } node ? node : throw new KeeperFileException(
            path, line.Number, null, "a line is NAME=FOLDER or NAME=URL, with ! after the name of a node that is no source"));

    /// <summary>The lines of a file that say something, with their numbers.</summary>
    /// <exception cref="KeeperFileException">It cannot be read.</exception>
    public static IEnumerable<(string Text, int Number)> Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path, new UTF8Encoding(false, throwOnInvalidBytes: true))
                .Select((line, at) => (Text: line.Trim(), Number: at + 1))
                .Where(line => line.Text.Length > 0 && line.Text[0] != '#');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new KeeperFileException(path, $"cannot be read: {Engine.Printable(e.Message)}", e);
        }
    }

    /// <summary>The nodes that a database lists, by name.</summary>
    /// <exception cref="FleetOptionException">It names nodes wrongly.</exception>
    /// <exception cref="NodesUnreadableException">It does not answer.</exception>
    public static async Task<IEnumerable<FleetNode>> InDatabaseAsync(Database database, CancellationToken stop)
    {
        List<Node> nodes;
        try
        {
            nodes = await Nodes.ReadAsync(database, stop);
        }
        catch (IOException e)
        {
            throw new NodesUnreadableException($"cannot read the nodes from the database: {e.Message}", e);
        }

        return nodes.Select(node => Arguments.TryNode($"{node.Name}{(node.IsSource ? "" : "!")}={node.Url}") is { IsUrl: true } read
            && read.Name == node.Name
            ? read
            : throw new FleetOptionException(
                $"the database lists a node {Engine.Printable(node.Name)} whose name or address cannot be used: {Engine.Printable(node.Url)}"));
    }
}

/// <summary>What is said of nodes is wrong. The message is safe on one line.</summary>
internal sealed class FleetOptionException(string message) : Exception(message);

/// <summary>Which nodes there are cannot be read. The message is safe on one line.</summary>
internal sealed class NodesUnreadableException(string message, Exception cause) : Exception(message, cause);
