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
    /// <summary>Verifies once and answers; the exit code.</summary>
    public static int Run(Options options)
    {
        Round round = OneRound.Make(options);
        if (round.BaseFailure is not null)
        {
            return ExitCode.Unreadable;
        }

        List<VerifiedStream> streams = OneRound.WithProgress("verifying hours", progress => Task.Run(() => Verify(round, options, progress)));
        WriteFailures(round, streams);

        if (options.Format == AnswerFormat.Table)
        {
            Table table = Table.OnOutput();
            streams.ForEach(table.Write);
        }
        else
        {
            using var output = new BufferedStream(Console.OpenStandardOutput(), 64 * 1024);
            if (options.Format == AnswerFormat.Json)
            {
                VerifiedAnswers.WriteJson(output, streams);
            }
            else
            {
                VerifiedAnswers.WriteCsv(output, streams);
            }
        }

        return streams.Exists(stream => !stream.Failed.IsEmpty) ? ExitCode.Unreadable
            : streams.Exists(stream => stream.Items.Any(item => item.Segment.Kind == SegmentKind.Full)) ? ExitCode.Missing
            : round.Found.All(stream => stream.IsMissing) ? ExitCode.NothingFound
            : ExitCode.Success;
    }

    /// <summary>Says what cannot be read, but what the round has said already.</summary>
    private static void WriteFailures(Round round, List<VerifiedStream> streams)
    {
        HashSet<string?> said = [.. round.Found.Select(stream => stream.Failure?.Message)
            .Concat(round.Found.SelectMany(stream => stream.Reading?.Unread ?? []).Select(hour => hour.Failure.Message))];
        foreach (UnreadPath failure in streams.SelectMany(stream => stream.Failed).Where(failure => !said.Contains(failure.Error)))
        {
            Console.Error.WriteLine($"{failure.Stream}: {failure.Error}");
        }
    }

    private static List<VerifiedStream> Verify(Round round, Options options, Action<Progress> progress)
    {
        Settings settings = Engine.Settings(options.ToleranceMicroseconds, options.FirstHour, options.LastHour);
        var opened = round.Found.Select(stream => Open(stream, options, settings)).ToList();
        Sample sample = SampleOf(options.Verify.Part, opened);
        var pace = new Pace(options.Verify.BytesPerSecond, TimeProvider.System);
        var readers = new ConcurrentBag<ContentReader>();
        try
        {
            return [.. opened.Select(one => one.Failed is { } failed
                ? new VerifiedStream(one.Stream) { Failed = [failed] }
                : Verify(one, sample, options, settings, Work, progress))];
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
                return reader;
            },
            readers.Add);
    }

    /// <summary>A stream that is about to be verified, or why it cannot be.</summary>
    private sealed record Opened(StreamName Stream, StreamContent Content, ImmutableArray<Hour> Hours, UnreadPath? Failed);

    private static Opened Open(StreamRound stream, Options options, Settings settings)
    {
        StreamName name = stream.Stream;
        Instant before = stream.Judgement is { } judgement
            ? new(judgement.Now.Microseconds - judgement.Settling.Microseconds) : default;
        var content = new StreamContent(name, name.PathIn(options.BaseDir), settings, before);
        if (stream.Failure is { } failure)
        {
            return new(name, content, [], new(name, failure.Path, failure.Message));
        }

        try
        {
            return new(name, content, content.Hours(), null);
        }
        catch (UnreadableException e)
        {
            return new(name, content, [], new(name, e.Path, e.Message));
        }
    }

    private static Sample SampleOf(Part part, List<Opened> streams) => Engine.Sample(part, streams.SelectMany(
        stream => stream.Hours.SelectMany(hour => stream.Content.Candidates(hour, part.IsBytes))));

    private static VerifiedStream Verify(
        Opened stream,
        Sample sample,
        Options options,
        Settings settings,
        Action<int, Action<int, ContentReader>> work,
        Action<Progress> progress)
    {
        Hour? last = options.Verify.Part.IsAll ? null : stream.Content.Last(stream.Hours);
        var hours = new List<VerifiedStream>();
        var details = ImmutableArray.CreateBuilder<HourDetail>();
        Carry carry = Engine.Start;
        foreach (Hour hour in stream.Hours)
        {
            (VerifiedStream found, HourFolder? measured) =
                stream.Content.Verify(hour, hour == last ? null : sample, work, CancellationToken.None);
            hours.Add(found);
            if (options.Verify.Measured && measured is not null)
            {
                HourDetail detail = Engine.Step(settings.Tolerance, carry, Engine.Select(measured));
                carry = detail.Timeline.Carry;
                details.Add(detail);
            }

            progress(new(stream.Stream, hours.Count, stream.Hours.Length));
        }

        return VerifiedStream.Sum(stream.Stream, hours) with
        {
            Measured = options.Verify.Measured ? Engine.Facts(settings, details.DrainToImmutable()).Report : null,
        };
    }
}
