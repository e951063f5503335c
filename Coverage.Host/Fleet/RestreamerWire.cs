using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>
/// A node on which the wubloader project's restreamer serves. It lists the names in a folder, without what each is, and nothing
/// for a folder that is not there: so the list of hours says which hours there are.
/// </summary>
/// <param name="client">Asks it.</param>
internal sealed class RestreamerWire(NodeClient client) : NodeWire
{
    /// <summary>The most channels of a node, and the most names beside the hours of a stream.</summary>
    private const int Most = 1000;

    /// <summary>The most hours in which something is missing that are asked for in one look.</summary>
    private const int MostWanted = 100;

    /// <inheritdoc/>
    public override string Kind => "restreamer";

    /// <summary>Whether a node answers as a restreamer does.</summary>
    public static async Task<bool> IsOneAsync(NodeClient client, CancellationToken stop)
    {
        NodeAnswer answer = await client.AskAsync(HttpMethod.Get, "files", stop);
        try
        {
            NodeJson.Names(answer);
            return true;
        }
        catch (NodeException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override async Task<List<StreamName>> StreamsAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, CancellationToken stop)
    {
        List<string> found = Texts(await ListAsync("files", stop));
        found.RemoveAll(channel => channels.Count > 0 ? !channels.Contains(channel) : channel == "lost+found");
        if (found.Count > Most)
        {
            throw new NodeException($"{client.AddressOf("files")} lists {found.Count} channels, more than {Most}");
        }

        // The restreamer keeps chat beside the qualities, and has no video of it.
        List<string>[] of = await Task.WhenAll(found.Select(async channel => Texts(await ListAsync(Path(channel), stop))));
        List<StreamName> streams = [.. found.SelectMany((channel, at) => of[at]
            .Where(quality => qualities.Count > 0 ? qualities.Contains(quality) : quality != "chat")
            .Select(quality => new StreamName(channel, quality)))];
        if (qualities.Count > 0)
        {
            return streams;
        }

        bool[] haveHours = await Task.WhenAll(streams.Select(async stream =>
            Texts(await ListAsync(Path(stream.Channel, stream.Quality), stop)).Exists(name => Hour.TryParse(name) is not null)));
        return [.. streams.Where((_, at) => haveHours[at])];
    }

    /// <inheritdoc/>
    public override async Task<ListedStream> HoursAsync(StreamName stream, StreamMemory memory, CancellationToken stop)
    {
        List<string> names = Texts(await ListAsync(Path(stream.Channel, stream.Quality), stop));
        List<Hour> hours = [.. names.Select(Hour.TryParse).OfType<Hour>().Distinct().Order()];
        List<string> beside = [.. names.Where(name => Hour.TryParse(name) is null).Order(StringComparer.Ordinal).Take(Most)];
        await Task.WhenAll(beside.Where(name => !memory.Beside.ContainsKey(name)).ToList().Select(async name =>
        {
            bool? isFile = await IsFileAsync(stream, name, stop);
            lock (memory.Beside)
            {
                memory.Beside[name] = isFile;
            }
        }));
        return new(
            Due(hours, memory),
            beside.FindAll(name => memory.Beside[name] is true),
            beside.FindAll(name => memory.Beside[name] is false));
    }

    /// <summary>The two newest hours, one older one in turn and those in which something is missing are due; of very many of these
    /// some in turn.</summary>
    private static List<ListedHour> Due(List<Hour> hours, StreamMemory memory)
    {
        List<Hour> older = hours.GetRange(0, Math.Max(0, hours.Count - 2));
        List<Hour> next = After(memory.Turn, older, 1);
        List<Hour> wanted = After(memory.WantedTurn, older.FindAll(memory.Wanted.Contains), MostWanted);
        memory.Turn = next.Count == 0 ? null : next[^1];
        memory.WantedTurn = wanted.Count == 0 ? null : wanted[^1];
        HashSet<Hour> due = [.. next, .. wanted];
        return [.. hours.Select((hour, at) => new ListedHour(hour, null, at >= older.Count || due.Contains(hour)))];
    }

    /// <summary>At most so many hours, those after an hour first, then from the start.</summary>
    private static List<Hour> After(Hour? turn, List<Hour> hours, int most)
    {
        int first = Math.Max(0, hours.FindIndex(hour => turn is not { } last || hour > last));
        return [.. Enumerable.Range(first, Math.Min(most, hours.Count)).Select(at => hours[at % hours.Count])];
    }

    /// <summary>Whether a name beside the hours is a file: those alone are sent. Null where it is no folder either.</summary>
    private async Task<bool?> IsFileAsync(StreamName stream, string name, CancellationToken stop)
    {
        NodeAnswer file = await client.AskAsync(HttpMethod.Head, Segments(stream, name), stop);
        if (file.Status == HttpStatusCode.OK)
        {
            return true;
        }

        NodeAnswer folder = await client.AskAsync(HttpMethod.Get, Path(stream.Channel, stream.Quality, name), stop);
        return folder.Status == HttpStatusCode.OK ? false : null;
    }

    /// <inheritdoc/>
    public override async Task<HourNames?> NamesAsync(StreamName stream, Hour hour, CancellationToken stop)
    {
        string path = Path(stream.Channel, stream.Quality, hour.ToString());
        List<byte[]> names = await ListAsync(path + "?tombstones=true", stop);
        if (names.Count == 0 && !await IsThereAsync(stream, hour, stop))
        {
            return null;
        }

        using var block = new MemoryStream();
        foreach (byte[] name in names)
        {
            block.Write(name);
            block.WriteByte((byte)'/');
        }

        return HourNamesModule.read(hour.Number, block.GetBuffer().AsSpan(0, (int)block.Length));
    }

    /// <summary>Whether an hour that lists nothing has a folder still.</summary>
    /// <exception cref="NodeException">The stream has no hours any more.</exception>
    private async Task<bool> IsThereAsync(StreamName stream, Hour hour, CancellationToken stop)
    {
        string path = Path(stream.Channel, stream.Quality);
        List<string> hours = Texts(await ListAsync(path, stop));
        return hours.Count > 0 ? hours.Contains(hour.ToString())
            : throw new NodeException($"{client.AddressOf(path)} lists no hour, and it listed some a moment ago; is its disk mounted?")
            {
                IsUnreachable = true,
            };
    }

    /// <inheritdoc/>
    public override async Task<Dictionary<string, long>> SizesAsync(
        StreamName stream, Hour hour, IReadOnlyList<string> names, CancellationToken stop)
    {
        long[] sizes = await Task.WhenAll(names.Select(async name =>
        {
            NodeAnswer answer = await client.AskAsync(HttpMethod.Head, Segments(stream, hour.ToString(), name), stop);
            return answer.Status == HttpStatusCode.NotFound ? -1
                : answer.MustSucceed().Length ?? throw new NodeException($"{answer.Address} does not say how long the file is");
        }));
        return names.Zip(sizes).ToDictionary(one => one.First, one => one.Second);
    }

    /// <exception cref="NodeException">It is no list, or one that has a name twice: then nothing in it can be trusted.</exception>
    private async Task<List<byte[]>> ListAsync(string path, CancellationToken stop)
    {
        List<byte[]> names = NodeJson.Names(await client.AskAsync(HttpMethod.Get, path, stop));
        return NodeJson.TwiceIn(names) is not { } twice ? names
            : throw new NodeException($"{client.AddressOf(path)} lists {Engine.Printable(twice)} twice");
    }

    /// <summary>The names that are UTF-8: others cannot be asked for.</summary>
    private static List<string> Texts(List<byte[]> names) =>
        [.. names.Where(name => System.Text.Unicode.Utf8.IsValid(name)).Select(Encoding.UTF8.GetString)];

    private static string Path(params string[] parts) => string.Join('/', parts.Select(Uri.EscapeDataString).Prepend("files"));

    private static string Segments(StreamName stream, params string[] parts) =>
        string.Join('/', parts.Prepend(stream.Quality).Prepend(stream.Channel).Select(Uri.EscapeDataString).Prepend("segments"));
}
