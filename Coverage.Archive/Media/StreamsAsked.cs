using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Coverage;

/// <summary>Which of the streams of another layout are asked for.</summary>
internal static class StreamsAsked
{
    /// <summary>
    /// The streams asked for of those that there are: a channel or quality that is named counts though there is no file of it; one
    /// of which no quality is named and no stream is there stands as itself.
    /// </summary>
    public static List<FoundStream> Of(
        IEnumerable<StreamName> there, IReadOnlyList<string> channels, IReadOnlyList<string> qualities)
    {
        ILookup<string, string> byChannel = there.ToLookup(stream => stream.Channel, stream => stream.Quality, StringComparer.Ordinal);
        IEnumerable<string> asked = channels.Count > 0 ? channels : byChannel.Select(channel => channel.Key).Order(StringComparer.Ordinal);
        return
        [
            .. asked.SelectMany(channel => QualitiesOf(channel).Select(quality => new FoundStream(new(channel, quality)))),
        ];

        IEnumerable<string> QualitiesOf(string channel) =>
            qualities.Count > 0 ? qualities
            : byChannel[channel].Any() ? byChannel[channel].Order(StringComparer.Ordinal)
            : ["*"];
    }

    /// <summary>
    /// The streams, those with why that may have files in a folder that cannot be read; where none may, one that stands for what
    /// lies there.
    /// </summary>
    public static List<FoundStream> WithFailures(
        List<FoundStream> found, IReadOnlyList<UnreadableException> unreadable, string baseFolder, Template? layout)
    {
        bool namesComeFirst = layout is { Parts: [TemplatePart.Path or TemplatePart.Name, TemplatePart.Text { Item: [(byte)'/', ..] }, ..] };
        foreach (UnreadableException failure in unreadable)
        {
            string path = Path.GetRelativePath(baseFolder, failure.Path);
            List<FoundStream> failed = [.. found.Where(one => MayLieIn(one.Stream, path))];
            found = failed.Count == 0 ? [.. found, new(new(path, "*"), failure)]
                : [.. found.Select(one => failed.Contains(one) ? one with { Failure = one.Failure ?? failure } : one)];
        }

        return found;

        bool MayLieIn(StreamName stream, string path)
        {
            string name = $"{stream.Channel}/{stream.Quality}/";
            return !namesComeFirst || name.StartsWith(path + "/", StringComparison.Ordinal)
                || $"{path}/".StartsWith(name, StringComparison.Ordinal)
                || $"{path}/".StartsWith($"{stream.Channel}/", StringComparison.Ordinal);
        }
    }
}
