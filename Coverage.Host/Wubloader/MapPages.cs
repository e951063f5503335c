using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>
/// Writes the pages of the streams after a round, while the next one may run: the database that names the nodes may be slow.
/// </summary>
/// <param name="options">Where the pages go, and the database.</param>
/// <param name="log">Gets failures, and that the database does not answer.</param>
internal sealed class MapPages(Options options, ILogger log)
{
    private readonly Nodes? nodes = options.Database is { } database ? new(database, log) : null;

    /// <summary>The pages as they were last written.</summary>
    private readonly Dictionary<StreamName, string> written = [];

    /// <summary>The latest writing of the pages, with the exit code of its outcome.</summary>
    public Task<int> Latest { get; private set; } = Task.FromResult(ExitCode.Success);

    /// <summary>Begins to write the pages of these streams, unless the last writing is still under way.</summary>
    /// <param name="streams">The streams, with what their maps show.</param>
    /// <param name="failed">Counts a failure of a stream, of a kind.</param>
    /// <param name="stop">Cancels the writing.</param>
    public void Begin(
        IReadOnlyList<(StreamName Stream, TimeAxis? Axis)> streams, Action<StreamName, string> failed, CancellationToken stop)
    {
        if (Latest.IsCompleted)
        {
            Latest = Task.Run(() => WriteAsync(streams, failed, stop), stop);
        }
    }

    /// <summary>Asks for the nodes and writes each page when it has changed, or is not there.</summary>
    private async Task<int> WriteAsync(
        IReadOnlyList<(StreamName Stream, TimeAxis? Axis)> streams, Action<StreamName, string> failed, CancellationToken stop)
    {
        await (nodes?.UpdateAsync(stop) ?? Task.CompletedTask);
        int code = ExitCode.Success;
        foreach ((StreamName stream, TimeAxis? axis) in streams)
        {
            try
            {
                Write(stream, axis);
            }
            catch (Exception e)
            {
                bool isInternal = e is not IOException;
                string stays = written.ContainsKey(stream) ? "no new page, the last one stays" : "no page";
                log.LogError(Log.Here(), isInternal ? e : null, "{Stream}: {Stays}: {Error}", stream, stays, e.Message);
                code = ExitCode.Worse(code, isInternal ? ExitCode.Internal : ExitCode.CannotWrite);
                failed(stream, isInternal ? "internal" : "page");
            }
        }

        foreach (StreamName gone in written.Keys.Except(streams.Select(one => one.Stream)).ToList())
        {
            written.Remove(gone);
        }

        return code;
    }

    private void Write(StreamName stream, TimeAxis? axis)
    {
        if (axis is null && !File.Exists(MapPicture.PathOf(options, stream)))
        {
            // This node has made no map, so the page would show a broken picture.
            return;
        }

        string path = MapPage.PathOf(options, stream);
        bool isThere = File.Exists(path);
        if (isThere && nodes is { Known: null })
        {
            // No node is known yet: the page that an earlier run wrote says more.
            return;
        }

        IReadOnlyList<Node>? shown = nodes?.Known is { Count: > 0 } some ? some : null;
        string? note = nodes switch
        {
            null => null,
            { Known: null } => "The database has not named the nodes yet.",
            { AreCurrent: false } => "The database does not tell the nodes at the moment: these are the last known ones.",
            { Known.Count: 0 } => "The database names no node that back-filling uses.",
            _ => null,
        };
        string page = MapPage.Html(options, stream, axis, shown, note);
        if (!isThere || page != written.GetValueOrDefault(stream))
        {
            OutputFile.Replace(path, file => file.Write(Encoding.UTF8.GetBytes(page)));
            written[stream] = page;
            log.LogDebug(Log.Here(), "{Stream}: page written to {Path}", stream, Engine.Printable(path));
        }
    }
}
