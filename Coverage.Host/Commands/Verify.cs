using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The command verify: reads files and compares them with their names (semantics.md section 12).</summary>
internal static class VerifyCommand
{
    /// <summary>Verifies once and answers, when it is interrupted with what was found so far; the exit code.</summary>
    public static int Run(Options options, Interruption interruption)
    {
        CancellationToken stop = interruption.Stop;
        Round round = OneRound.Make(options, stop);
        if (round.BaseFailure is not null)
        {
            return ExitCode.Unreadable;
        }

        var pace = new Pace(options.Verify.BytesPerSecond, TimeProvider.System);
        var progress = new VerifyProgress(pace);
        Task<List<VerifiedStream>> running = Task.Run(() => Verify(round, options, pace, progress, stop), CancellationToken.None);
        progress.Watch(running, stop);
        List<VerifiedStream> streams = running.GetAwaiter().GetResult();
        WriteRemarks(round, streams, options);
        Write(options.Format, streams);
        return stop.IsCancellationRequested ? interruption.Code : CodeOf(round, streams);
    }

    private static int CodeOf(Round round, List<VerifiedStream> streams) =>
        streams.Exists(stream => !stream.Failed.IsEmpty) ? ExitCode.Unreadable
        : streams.Exists(stream => stream.Items.Any(item => item.Segment.Kind == SegmentKind.Full)) ? ExitCode.Missing
        : round.Found.Zip(streams).Any(one => one is { First.IsMissing: false, Second.Lacking: not null }) ? ExitCode.Missing
        : round.Found.IsEmpty || round.Found.Any(stream => stream.IsMissing) ? ExitCode.NothingFound
        : ExitCode.Success;

    private static void Write(AnswerFormat format, List<VerifiedStream> streams)
    {
        if (format == AnswerFormat.Table)
        {
            Table table = Table.OnOutput();
            streams.ForEach(table.Write);
            return;
        }

        using var output = new BufferedStream(Console.OpenStandardOutput(), 64 * 1024);
        if (format == AnswerFormat.Json)
        {
            VerifiedAnswers.WriteJson(output, streams);
        }
        else
        {
            VerifiedAnswers.WriteCsv(output, streams);
        }
    }

    /// <summary>Says what cannot be read and what was not, but what the round has said already.</summary>
    private static void WriteRemarks(Round round, List<VerifiedStream> streams, Options options)
    {
        HashSet<string?> said = [.. round.Found.Select(stream => stream.Failure?.Message)
            .Concat(round.Found.SelectMany(stream => stream.Reading?.Unread ?? []).Select(hour => hour.Failure.Message))];
        foreach ((StreamRound names, VerifiedStream stream) in round.Found.Zip(streams))
        {
            foreach (UnreadPath failure in stream.Failed.Where(failure => !said.Contains(failure.Error)))
            {
                Console.Error.WriteLine($"{failure.Stream}: {failure.Error}");
            }

            if (stream.WhatLacks is { } lacks && OneRound.WhyEmpty(names, options) is null)
            {
                Console.Error.WriteLine($"{stream.Stream}: {lacks}");
            }
        }
    }

    private static List<VerifiedStream> Verify(
        Round round, Options options, Pace pace, VerifyProgress progress, CancellationToken stop)
    {
        List<Opened> opened = [.. round.Found.Select(stream => Open(stream, options))];
        Sample sample = SampleOf(options.Verify.Part, opened, stop);
        progress.Count = () => Count(opened, sample, options, stop);
        var readers = new ConcurrentBag<ContentReader>();
        try
        {
            return [.. opened.Select(stream =>
            {
                progress.At = stream.Name;
                VerifiedStream found = Verify(stream, sample, options, Work, stop);
                return found with { Lacking = found.Lacking ?? WhyNothing(stream, found, options) };
            })];
        }
        finally
        {
            foreach (ContentReader reader in readers)
            {
                reader.Dispose();
            }
        }

        void Work(int count, Action<int, ContentReader> work) => Parallel.For(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => readers.TryTake(out ContentReader? free) ? free : new ContentReader(pace),
            (at, _, reader) =>
            {
                work(at, reader);
                progress.Add();
                return reader;
            },
            readers.Add);
    }

    /// <summary>A stream that is about to be verified, or why it cannot be.</summary>
    /// <param name="Round">What the check of its names gave.</param>
    /// <param name="Content">Its files. Not for several threads.</param>
    /// <param name="Aside">The same, for the thread that counts.</param>
    /// <param name="Before">Only segments that end no later are read.</param>
    /// <param name="Hours">Its hours.</param>
    /// <param name="Failed">Why it cannot be.</param>
    private sealed record Opened(
        StreamRound Round, StreamContent Content, StreamContent Aside, Instant Before, ImmutableArray<Hour> Hours, UnreadPath? Failed)
    {
        public StreamName Name => Round.Stream;
    }

    private static Opened Open(StreamRound stream, Options options)
    {
        StreamName name = stream.Stream;
        Instant before = stream.Judgement is { } judgement
            ? new(judgement.Now.Microseconds - judgement.Settling.Microseconds) : default;
        var opened = new Opened(stream, Content(), Content(), before, [], null);
        if (stream.Failure is { } failure)
        {
            return opened with { Failed = new(name, failure.Path, failure.Message) };
        }

        try
        {
            return opened with { Hours = opened.Content.Hours() };
        }
        catch (UnreadableException e)
        {
            return opened with { Failed = new(name, e.Path, e.Message) };
        }

        StreamContent Content() => stream.Reading?.Media is { } media
            ? new(name, options.BaseDir, media.Settings, before, media)
            : new(name, name.PathIn(options.BaseDir), Recorders.SettingsOf(options), before, null);
    }

    private static Sample SampleOf(Part part, List<Opened> streams, CancellationToken stop) => Engine.Sample(part, streams.SelectMany(
        stream => stream.Hours.SelectMany(hour =>
        {
            stop.ThrowIfCancellationRequested();
            return stream.Content.Candidates(hour, part.IsBytes);
        })));

    /// <summary>What there is to read.</summary>
    private static FileCount Count(List<Opened> streams, Sample sample, Options options, CancellationToken stop)
    {
        var sum = new FileCount();
        foreach (Opened stream in streams)
        {
            Hour? last = options.Verify.Part.IsAll ? null : stream.Aside.Last(stream.Hours);
            foreach (Hour hour in stream.Hours)
            {
                stop.ThrowIfCancellationRequested();
                sum += stream.Aside.Count(hour, hour == last ? null : sample);
            }
        }

        return sum;
    }

    /// <summary>Why no file of a stream was read although nothing failed; null where one was.</summary>
    private static string? WhyNothing(Opened stream, VerifiedStream found, Options options) =>
        found.Verified > 0 || !found.Failed.IsEmpty ? null
        : OneRound.WhyEmpty(stream.Round, options)
            ?? (found.Segments == 0
                ? $"no full, suspect or partial segment ended by {stream.Before}; later ones have yet to settle (--now, --settling)"
                : "the files were gone, or being written, when they were to be read");

    private static VerifiedStream Verify(
        Opened stream, Sample sample, Options options, Action<int, Action<int, ContentReader>> work, CancellationToken stop)
    {
        if (stream.Failed is { } failed)
        {
            return new(stream.Name) { Failed = [failed] };
        }

        Hour? last = options.Verify.Part.IsAll ? null : stream.Content.Last(stream.Hours);
        var hours = new List<VerifiedHour>();
        foreach (Hour hour in stream.Hours.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            try
            {
                hours.Add(stream.Content.Verify(hour, hour == last ? null : sample, work, stop));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
        }

        return VerifiedStream.Sum(stream.Name, [.. hours.Select(hour => hour.Found)]) with
        {
            Lacking = stop.IsCancellationRequested
                ? $"interrupted: {hours.Count} of {HourLog.Number(stream.Hours.Length, "hour")} were begun" : null,
            Declared = options.Verify.Measured ? Report(hours.Select(hour => hour.Declared)) : null,
            Measured = options.Verify.Measured ? Report(hours.Select(hour => hour.Measured)) : null,
        };

        StreamReport Report(IEnumerable<HourFolder?> folders)
        {
            Settings settings = stream.Round.Reading?.Media?.Settings ?? Recorders.SettingsOf(options);
            var details = ImmutableArray.CreateBuilder<HourDetail>();
            Carry carry = Engine.Start;
            foreach (HourFolder folder in folders.OfType<HourFolder>())
            {
                HourDetail detail = Engine.Step(settings.Tolerance, carry, Engine.Select(folder));
                carry = detail.Timeline.Carry;
                details.Add(detail);
            }

            return Engine.Facts(settings, details.DrainToImmutable()).Report;
        }
    }
}
