using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A node on which this program serves: it is asked for digests, and for the names of hours whose digest is another.</summary>
/// <param name="client">Asks it.</param>
internal sealed class CoverageWire(NodeClient client) : NodeWire
{
    /// <summary>What such a node is called.</summary>
    public const string Name = "segment-coverage";

    private const string Root = "api/v1/";

    /// <inheritdoc/>
    public override string Kind => Name;

    /// <summary>Whether an answer to <see cref="ProbeAsync"/> is one of this program.</summary>
    public static bool IsOne(NodeAnswer answer)
    {
        try
        {
            return answer.IsProblem
                || NodeJson.Read(answer, "", json => json.GetProperty("round").ValueKind == JsonValueKind.Object
                    && json.GetProperty("streams").ValueKind == JsonValueKind.Array);
        }
        catch (NodeException)
        {
            return false;
        }
    }

    /// <summary>Asks for what only this program answers.</summary>
    public static Task<NodeAnswer> ProbeAsync(NodeClient client, CancellationToken stop) =>
        client.AskAsync(HttpMethod.Get, Root + "streams?channel=%20&quality=%20", stop);

    /// <inheritdoc/>
    public override async Task<List<StreamName>> StreamsAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, CancellationToken stop)
    {
        string query = string.Join('&', channels.Select(channel => "channel=" + Pattern(channel))
            .Concat(qualities.Select(quality => "quality=" + Pattern(quality))));
        return NodeJson.Read(
            await client.AskAsync(HttpMethod.Get, $"{Root}streams?{query}", stop),
            "a list of streams",
            json => json.GetProperty("streams").EnumerateArray()
                .Select(one => new StreamName(one.GetProperty("channel").GetString()!, one.GetProperty("quality").GetString()!))
                .Where(one => one.Quality != "*").ToList());
    }

    /// <inheritdoc/>
    public override async Task<ListedStream> HoursAsync(StreamName stream, StreamMemory memory, CancellationToken stop)
    {
        NodeAnswer answer = await client.AskAsync(HttpMethod.Get, $"{Root}digests?{Query(stream)}", stop, memory.Tagged?.Tag);
        if (answer.Status == HttpStatusCode.NotModified && memory.Tagged is { } tagged)
        {
            return answer.Tag is null || IsSame(answer.Tag, tagged.Tag) ? tagged.Listed
                : throw new NodeException($"{answer.Address} answers that it has not changed since something that it was not asked about");
        }

        if (answer is { Status: HttpStatusCode.NotFound, IsProblem: true })
        {
            return ListedStream.None;
        }

        ListedStream listed = NodeJson.Read(answer, "a list of digests", json => new ListedStream(
            [.. json.GetProperty("items").EnumerateArray().Select(NodeJson.Digest).Select(one => new ListedHour(one.Hour, one, false))],
            [.. NodeJson.Texts(json.GetProperty("files"))],
            [.. NodeJson.Texts(json.GetProperty("folders"))]));
        bool isInOrder = listed.Hours.Zip(listed.Hours.Skip(1)).All(two => two.First.Hour < two.Second.Hour);
        if (!isInOrder || NodeJson.Read(answer, "", NameOf) != stream)
        {
            throw answer.Unusable("a list of digests of that stream");
        }

        memory.Tagged = answer.Tag is { } tag ? (tag, listed) : null;
        return listed;
    }

    /// <inheritdoc/>
    public override async Task<HourNames?> NamesAsync(StreamName stream, Hour hour, CancellationToken stop) =>
        await AskAsync(stream, hour, stop) is not { } answer ? null : NodeJson.Read(answer, "a list of names", json =>
        {
            List<byte[]> listed = [.. NodeJson.Texts(json.GetProperty("names")).Select(text => NameCodes.Decode(text) ?? throw new FormatException())];
            if (NodeJson.TwiceIn(listed) is { } twice)
            {
                throw new NodeException($"{answer.Address} lists {Engine.Printable(twice)} twice");
            }

            using var block = new MemoryStream();
            foreach (byte[] name in listed)
            {
                block.Write(name);
                block.WriteByte((byte)'/');
            }

            HourNames names = HourNamesModule.read(hour.Number, block.GetBuffer().AsSpan(0, (int)block.Length));
            HourDigest digest = NodeJson.Digest(json);
            return NameOf(json) == stream && digest.Hour == hour && HourDigest.Of(names) == digest ? names
                : throw new NodeException($"{answer.Address} answers names that do not have the digest it says they have");
        });

    /// <inheritdoc/>
    public override async Task<Dictionary<string, long>> SizesAsync(
        StreamName stream, Hour hour, IReadOnlyList<string> names, CancellationToken stop)
    {
        if (await AskAsync(stream, hour, stop) is not { } answer)
        {
            return names.ToDictionary(name => name, _ => -1L);
        }

        (HashSet<string> listed, Dictionary<string, long> sizes) = NodeJson.Read(answer, "a list of names with sizes", json => (
            NodeJson.Texts(json.GetProperty("names")).Select(Decoded).ToHashSet(),
            json.GetProperty("sizes").EnumerateArray().ToDictionary(
                one => Decoded(one.GetProperty("name").GetString()!), one => one.GetProperty("size").GetInt64())));
        return names.ToDictionary(name => name, name => sizes.TryGetValue(name, out long size) ? size
            : !listed.Contains(name) ? -1L
            : throw new NodeException($"{answer.Address} does not say how long {Engine.Printable(name)} is"));

        static string Decoded(string name) => Encoding.Latin1.GetString(NameCodes.Decode(name) ?? throw new FormatException());
    }

    /// <summary>The names of an hour; null where the node has no such hour.</summary>
    private async Task<NodeAnswer?> AskAsync(StreamName stream, Hour hour, CancellationToken stop)
    {
        NodeAnswer answer = await client.AskAsync(HttpMethod.Get, $"{Root}names?{Query(stream)}&hour={hour}", stop);
        return answer is { Status: HttpStatusCode.NotFound, IsProblem: true } && NodeJson.WrongParameter(answer.Body) == "hour"
            ? null : answer.MustSucceed();
    }

    /// <summary>Whether two tags are of the same answer. A proxy that packs answers makes a strong tag weak.</summary>
    private static bool IsSame(string one, string other) => one.TrimStart('W', '/') == other.TrimStart('W', '/');

    private static StreamName NameOf(JsonElement json) =>
        new(json.GetProperty("channel").GetString()!, json.GetProperty("quality").GetString()!);

    private static string Query(StreamName stream) =>
        $"channel={Uri.EscapeDataString(stream.Channel)}&quality={Uri.EscapeDataString(stream.Quality)}";

    /// <summary>The pattern that fits one name.</summary>
    private static string Pattern(string name) => Uri.EscapeDataString(
        string.Concat(name.Select(one => one is '*' or '?' or '\\' ? $"\\{one}" : one.ToString())));
}
