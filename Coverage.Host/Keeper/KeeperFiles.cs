using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.FSharp.Core;

namespace Coverage.Host;

/// <summary>What a file of the keeper is about, and the word for it in metrics.</summary>
internal enum KeeperKind
{
    /// <summary>When streams are expected.</summary>
    Expected,

    /// <summary>The losses that are accepted.</summary>
    Acknowledged,
}

/// <summary>A file that could not be read again when it changed: what it said before holds on.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Path">The file.</param>
/// <param name="What">What is wrong, as a sentence that names the file.</param>
/// <param name="Since">When it was first found so.</param>
internal sealed record KeeperProblem(KeeperKind Kind, string Path, string What, DateTimeOffset Since);

/// <summary>What asking the files again brought.</summary>
/// <param name="HasChanged">Whether a file says something else than before.</param>
/// <param name="Failed">The files that were read now and could not be used: each is counted and logged once for each change.</param>
/// <param name="Mended">The files that could not be used before, and can again.</param>
internal sealed record KeeperLook(bool HasChanged, ImmutableArray<KeeperProblem> Failed, ImmutableArray<string> Mended);

/// <summary>
/// The files of the keeper, for as long as the program runs. They are asked at each round, by one thread at a time: a file that
/// has changed is read again, and while that fails the last good one holds.
/// </summary>
internal sealed class KeeperFiles
{
    private readonly KeeperFile<ExpectedFile>[] expected;

    private readonly KeeperFile<ImmutableArray<Acknowledgement>>[] acknowledged;

    private readonly ImmutableArray<ExpectedSpan> always;

    private (Interval Window, ImmutableArray<ExpectedSpan> Spans)? expanded;

    /// <summary>Reads the files for the first time.</summary>
    /// <param name="expectedPaths">The files of expected times.</param>
    /// <param name="acknowledgedPaths">The files of accepted losses.</param>
    /// <param name="always">The span of the short form, where it is given, and no more.</param>
    /// <param name="clock">The clock.</param>
    /// <exception cref="KeeperFileException">One cannot be read.</exception>
    public KeeperFiles(
        IEnumerable<string> expectedPaths, IEnumerable<string> acknowledgedPaths, ImmutableArray<ExpectedSpan> always, TimeProvider clock)
    {
        this.always = always;
        expected = [.. expectedPaths.Select(path =>
            new KeeperFile<ExpectedFile>(KeeperKind.Expected, path, ExpectedFile.Parse, clock))];
        acknowledged = [.. acknowledgedPaths.Select(path =>
            new KeeperFile<ImmutableArray<Acknowledgement>>(KeeperKind.Acknowledged, path, AcknowledgedFile.Parse, clock))];
    }

    /// <summary>The accepted losses, in the order of the files.</summary>
    public ImmutableArray<Acknowledgement> Acknowledged => [.. acknowledged.SelectMany(file => file.Good)];

    /// <summary>The files that cannot be used as they are now.</summary>
    public ImmutableArray<KeeperProblem> Problems =>
        [.. expected.Select(file => file.Problem).Concat(acknowledged.Select(file => file.Problem)).OfType<KeeperProblem>()];

    /// <summary>The patterns of all files, each with its place: <c>expected.csv, line 3</c>.</summary>
    public IEnumerable<(string Place, Glob Streams)> Globs =>
        expected.SelectMany(file => file.Good.Globs.Select(named => (file.Path, named.Line, named.Streams)))
            .Concat(acknowledged.SelectMany(file => file.Good.Select(line => (file.Path, line.Line, line.Streams))))
            .Select(named => ($"{Engine.Printable(named.Path)}, line {named.Line}", named.Streams));

    /// <summary>The files of expected times that name none.</summary>
    public IEnumerable<string> Empty => expected.Where(file => file.Good.IsEmpty).Select(file => file.Path);

    /// <summary>The streams that the files of expected times name.</summary>
    public IEnumerable<Glob> ExpectedStreams => expected.SelectMany(file => file.Good.Globs.Select(named => named.Streams));

    /// <summary>Reads the files again that have changed.</summary>
    public KeeperLook Look()
    {
        KeeperReading[] readings = [.. expected.Select(file => file.Look()), .. acknowledged.Select(file => file.Look())];
        bool hasChanged = readings.Any(reading => reading.HasChanged);
        if (hasChanged)
        {
            expanded = null;
        }

        return new(
            hasChanged,
            [.. readings.Select(reading => reading.Failed).OfType<KeeperProblem>()],
            [.. readings.Select(reading => reading.Mended).OfType<string>()]);
    }

    /// <summary>
    /// The spans of which some time lies in a window, and maybe more; none where nothing was given. While no file changes,
    /// windows that one of the last asks for holds get the same array.
    /// </summary>
    public FSharpValueOption<ImmutableArray<ExpectedSpan>> Expected(Interval window)
    {
        if (expected.Length == 0 && always.IsEmpty)
        {
            return FSharpValueOption<ImmutableArray<ExpectedSpan>>.None;
        }

        if (expanded is not { } kept || kept.Window.Start > window.Start || kept.Window.End < window.End)
        {
            // A day more than asked for, so that the next rounds find it.
            Interval wide = IntervalModule.create(window.Start, window.End + ((long)TimeSpan.FromDays(1).TotalMicroseconds));
            kept = (wide, [.. always, .. expected.SelectMany(file => file.Good.Expand(wide))]);
            expanded = kept;
        }

        return FSharpValueOption<ImmutableArray<ExpectedSpan>>.Some(kept.Spans);
    }
}

/// <summary>What looking at one file brought: see <see cref="KeeperLook"/>.</summary>
internal readonly record struct KeeperReading(bool HasChanged, KeeperProblem? Failed, string? Mended);

/// <summary>One file of the keeper.</summary>
internal sealed class KeeperFile<T>
{
    /// <summary>More than any such file needs; what is longer is some other file.</summary>
    private const long MostBytes = 32L << 20;

    /// <summary>Clocks of file systems tick coarsely: so young a stamp may stay the same when the file changes once more.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(3);

    private readonly KeeperKind kind;

    private readonly Func<string, string, T> parse;

    private readonly TimeProvider clock;

    private (DateTime Stamp, long Size)? seen;

    private bool isSettled;

    /// <summary>The text that <see cref="Good"/> was read from.</summary>
    private string text;

    /// <summary>Reads the file for the first time.</summary>
    /// <exception cref="KeeperFileException">It cannot be read.</exception>
    public KeeperFile(KeeperKind kind, string path, Func<string, string, T> parse, TimeProvider clock)
    {
        (this.kind, Path, this.parse, this.clock) = (kind, path, parse, clock);
        Note();
        text = Text(path);
        Good = parse(path, text);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What it says, or said when it could last be used.</summary>
    public T Good { get; private set; }

    /// <summary>What is wrong with it now.</summary>
    public KeeperProblem? Problem { get; private set; }

    /// <summary>Reads it again when it has changed.</summary>
    public KeeperReading Look()
    {
        if (!Note())
        {
            return default;
        }

        try
        {
            string now = Text(Path);
            if (now == text && Problem is null)
            {
                return default;
            }

            Good = parse(Path, now);
            KeeperReading reading = new(now != text, null, Problem is null ? null : Path);
            (text, Problem) = (now, null);
            return reading;
        }
        catch (KeeperFileException error)
        {
            if (Problem?.What == error.Message)
            {
                return default;
            }

            Problem = new(kind, Path, error.Message, Problem?.Since ?? clock.GetUtcNow());
            return new(false, Problem, null);
        }
    }

    /// <summary>Keeps the stamp and the size, and says whether the file may have changed since the last time.</summary>
    private bool Note()
    {
        FileInfo file = new(Path);
        (DateTime, long)? now = file.Exists ? (file.LastWriteTimeUtc, file.Length) : null;
        bool isSame = isSettled && now == seen;
        seen = now;
        isSettled = now is { } its && (clock.GetUtcNow().UtcDateTime - its.Item1).Duration() > Young;
        return !isSame;
    }

    private static string Text(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.CanSeek && file.Length > MostBytes)
            {
                throw new KeeperFileException(path, $"it is larger than {MostBytes >> 20} MiB, and so not the file that was meant");
            }

            using StreamReader reader = new(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException error)
        {
            throw new KeeperFileException(path, "it is not text in UTF-8: save it again in that encoding", error);
        }
        catch (FileNotFoundException error)
        {
            throw new KeeperFileException(path, "there is no such file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new KeeperFileException(path, $"it cannot be read: {Engine.Printable(error.Message)}", error);
        }
    }
}
