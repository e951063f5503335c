using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A file that a node lacks.</summary>
/// <param name="Path">CHANNEL/QUALITY/HOUR/NAME.</param>
/// <param name="From">The node that has it.</param>
/// <param name="Address">Where that node has it: an address, or the path of a file.</param>
/// <param name="Sha256">The checksum that the name says, in hexadecimal; null where it says none.</param>
/// <param name="Reason">Why back-filling does not bring it; null where it does.</param>
internal sealed record LackingFile(string Path, FleetNode From, string Address, string? Sha256, string? Reason);

/// <summary>The files that a node lacks, as lists for other programs.</summary>
internal static class FetchList
{
    /// <summary>Writes a list.</summary>
    /// <param name="output">Where it is written to.</param>
    /// <param name="look">The look at the fleet.</param>
    /// <param name="node">The place of the node that lacks the files.</param>
    /// <param name="format">Which list.</param>
    /// <param name="withWithheld">Whether it has what back-filling does not bring, too.</param>
    /// <param name="window">Only files that reach into this time; null for all.</param>
    /// <exception cref="FleetOptionException">The list cannot say from where a file comes, or where it belongs.</exception>
    public static void Write(
        Stream output, FleetLook look, int node, AnswerFormat format, bool withWithheld, (Instant Start, Instant End)? window = null)
    {
        List<LackingFile> files = [.. look.Streams.SelectMany(stream => Files(look, stream, node, withWithheld, window))];
        if (format == AnswerFormat.Aria2 && files.Find(file => !file.From.IsUrl) is { From.Name: var folder })
        {
            throw new FleetOptionException(
                $"format aria2: aria2 does not copy from folders, and {Engine.Printable(folder)} is one; format curl lists the same for curl");
        }

        if (format is AnswerFormat.Aria2 or AnswerFormat.Fetch && files.Find(file => file.Path.Any(char.IsControl)) is { Path: var odd })
        {
            throw new FleetOptionException(
                $"no line of this list can hold the path {Engine.Printable(odd)}; format curl can");
        }

        using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        text.WriteLine($"# {HourLog.Number(files.Count, "file")} that {look.Nodes[node].Name} lacks, as of {look.Now}");
        foreach (FleetNode silent in SendingNone(look, files, format))
        {
            text.WriteLine($"# {Engine.Printable(silent.Name)} is segment-coverage, which sends no files: give the address of its restreamer with --node");
        }

        if (format == AnswerFormat.Curl)
        {
            text.WriteLine("create-dirs\nfail");
        }

        foreach (LackingFile file in files)
        {
            if (file.Reason is not null)
            {
                text.WriteLine($"# withheld: {file.Reason}");
            }

            text.WriteLine(Entry(file, format));
        }
    }

    /// <summary>The nodes of the addresses in a list that answer, and send no files.</summary>
    private static IEnumerable<FleetNode> SendingNone(FleetLook look, List<LackingFile> files, AnswerFormat format) =>
        format == AnswerFormat.Sha256 ? []
        : files.Select(file => file.From).Distinct()
            .Where(from => from.IsUrl && look.Nodes.Any(node => node.Node == from && node.Kind == CoverageWire.Name));

    private static string Entry(LackingFile file, AnswerFormat format) => format switch
    {
        AnswerFormat.Aria2 => $"{file.Address}\n  out={file.Path}\n  auto-file-renaming=false"
            + (file.Sha256 is null ? "" : $"\n  checksum=sha-256={file.Sha256}"),
        AnswerFormat.Curl => $"url = {Quoted(file.From.IsUrl ? file.Address : FileUrl(file.Address))}\noutput = {Quoted(file.Path)}",
        AnswerFormat.Sha256 => file.Sha256 is null ? $"# no checksum in its name: {Engine.Printable(file.Path)}" : Checked(file),
        _ => $"{file.Path}\t{file.Address}",
    };

    /// <summary>A line for sha256sum, which marks names that it escapes.</summary>
    private static string Checked(LackingFile file)
    {
        string escaped = file.Path.Replace(@"\", @"\\", StringComparison.Ordinal)
            .Replace("\n", @"\n", StringComparison.Ordinal)
            .Replace("\r", @"\r", StringComparison.Ordinal);
        return $"{(escaped == file.Path ? "" : @"\")}{file.Sha256}  {escaped}";
    }

    /// <summary>A text as curl reads it in a file of options.</summary>
    private static string Quoted(string text) => $"\"{text
        .Replace(@"\", @"\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", @"\n", StringComparison.Ordinal)
        .Replace("\r", @"\r", StringComparison.Ordinal)
        .Replace("\t", @"\t", StringComparison.Ordinal)}\"";

    private static string FileUrl(string path) => "file://" + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static IEnumerable<LackingFile> Files(
        FleetLook look, FleetStream stream, int node, bool withWithheld, (Instant Start, Instant End)? window)
    {
        foreach (FleetFile file in stream.Report.Nodes[node].Files)
        {
            if ((file.Fate == FleetFate.Offered || (withWithheld && file.Fate == FleetFate.Withheld))
                && (window is not { } within || Reaches(file.Segment, within)))
            {
                NodeLook from = look.Nodes[file.From];
                var hour = new Hour(file.Hour);
                yield return new(
                    $"{stream.Stream.Channel}/{stream.Stream.Quality}/{hour}/{file.Name}",
                    from.Node,
                    from.Reader.AddressOf(stream.Stream, hour, file.Name),
                    Sha256Of(file.Name),
                    file.Fate == FleetFate.Withheld ? FleetText.ofReason(file.Reason) : null);
            }
        }
    }

    private static bool Reaches(Segment segment, (Instant Start, Instant End) window) =>
        segment.Start < window.End.Microseconds && segment.End > window.Start.Microseconds;

    /// <summary>The checksum in a name: HASH is base64url of it.</summary>
    internal static string? Sha256Of(string name)
    {
        string hash = name[..^".ts".Length].Split('-', 4)[3];
        Span<byte> bytes = stackalloc byte[33];
        return hash.Length == 43 && Convert.TryFromBase64String(hash.Replace('-', '+').Replace('_', '/') + "=", bytes, out int length) && length == 32
            ? Convert.ToHexStringLower(bytes[..length])
            : null;
    }
}
