using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.FSharp.Core;

namespace Coverage.Host;

/// <summary>What the keeper of the archive gives to judge its streams by: options, and files that may change.</summary>
internal sealed class Keeper
{
    /// <summary>No gap beyond is classed by its length: the longest tolerance is a day.</summary>
    private static readonly Duration Beyond = Duration.Of(TimeSpan.FromDays(2));

    private readonly JudgementOptions options;
    private readonly KeeperFiles files;
    private readonly Lock asking = new();

    /// <summary>What was given of each stream, for as long as it stays the same.</summary>
    private readonly Dictionary<StreamName, StreamGiven> known = [];

    private Given? given;

    /// <summary>Reads the files for the first time.</summary>
    /// <exception cref="KeeperFileException">One cannot be read.</exception>
    public Keeper(JudgementOptions options, TimeProvider clock)
    {
        this.options = options;
        ImmutableArray<ExpectedSpan> always =
            options.ExpectedFrom is { } from ? [ExpectedFile.Short(from, options.ExpectedTo)] : [];
        files = new(options.Expected, options.Acknowledged is { } file ? [file] : [], always, clock);
    }

    /// <summary>The files that cannot be used as they are now.</summary>
    public ImmutableArray<KeeperProblem> Problems => files.Problems;

    /// <summary>The streams that the files of expected times name without a wildcard.</summary>
    public IEnumerable<StreamName> Named => files.ExpectedStreams.Where(GlobModule.isName).Select(NameOf);

    /// <summary>Reads the files again that have changed.</summary>
    public KeeperLook Look()
    {
        lock (asking)
        {
            KeeperLook look = files.Look();
            if (look.HasChanged)
            {
                given = null;
            }

            return look;
        }
    }

    /// <summary>What is given of a stream whose latest segment ends at an instant, at another.</summary>
    public StreamGiven Of(StreamName stream, Instant end, Instant now)
    {
        lock (asking)
        {
            Interval window = IntervalModule.create(InstantModule.beforeAll, ((end > now ? end : now) + Beyond).Microseconds);
            FSharpValueOption<ImmutableArray<ExpectedSpan>> expected = files.Expected(window);
            if (given is null || given.Expected.IsSome != expected.IsSome || (expected.IsSome && given.Expected.Value != expected.Value))
            {
                FSharpValueOption<long> keep = options.KeepMicroseconds is { } length
                    ? FSharpValueOption<long>.Some(length) : FSharpValueOption<long>.None;
                given = new Given(expected, files.Acknowledged, keep, options.SettlingMicroseconds);
                known.Clear();
            }

            return known.TryGetValue(stream, out StreamGiven? of)
                ? of
                : known[stream] = GivenModule.ofStream(stream.Channel, stream.Quality, given);
        }
    }

    /// <summary>The files that name no time, so that nothing is expected by them: an export may have failed.</summary>
    public IEnumerable<string> Empty =>
        files.Empty.Select(path => $"{Engine.Printable(path)} names no time: by this file nothing is expected, so nothing is missing");

    /// <summary>The patterns that no stream fits, each with its place: <c>expected.csv, line 3: no stream ...</c>.</summary>
    public IEnumerable<string> Unmatched(IReadOnlyCollection<StreamName> streams) =>
        files.Globs
            .Where(named => !streams.Any(stream => GlobModule.matches(stream.Channel, stream.Quality, named.Streams)))
            .Select(named => $"{named.Place}: no stream that is checked fits {Engine.Printable(named.Streams.ToString())}");

    private static StreamName NameOf(Glob glob)
    {
        // A quality has no '/', a channel can.
        string name = glob.ToString();
        int slash = name.LastIndexOf('/');
        return new(name[..slash], name[(slash + 1)..]);
    }
}
