using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Spectre.Console;

namespace Coverage.Host;

/// <summary>The round of a command that checks once. What is odd goes to the standard error.</summary>
internal static class OneRound
{
    /// <summary>Checks every stream once.</summary>
    /// <exception cref="KeeperFileException">A file of the keeper is wrong.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Round Make(Options options, CancellationToken stop)
    {
        var keeper = new Keeper(options.Judgement, TimeProvider.System);
        var at = new ConcurrentDictionary<StreamName, Progress>();
        Task<Round> running = Task.Run(() => MakeAsync(options, keeper, now => at[now.Stream] = now, stop), CancellationToken.None);
        Waiting.WithBar(
            running,
            [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()],
            bar =>
            {
                bar.Description = "reading hours";
                bar.MaxValue = Math.Max(1, at.Values.Sum(stream => stream.Hours));
                bar.Value = at.Values.Sum(stream => stream.Done);
            },
            stop);
        Round round = running.GetAwaiter().GetResult();
        Write(round, options);
        return round;
    }

    /// <summary>The exit code of a round, by what counts as a loss.</summary>
    public static int CodeOf(Round round, Func<StreamRound, bool> isLoss) =>
        round.BaseFailure is not null || round.Found.Any(stream => stream.ExitCode != ExitCode.Success) ? ExitCode.Unreadable
        : round.Found.Any(stream => stream.Judgement is null || isLoss(stream)) ? ExitCode.Missing
        : round.Found.IsEmpty ? ExitCode.NothingFound
        : ExitCode.Success;

    private static async Task<Round> MakeAsync(Options options, Keeper keeper, Action<Progress> progress, CancellationToken stop)
    {
        var archive = new ArchiveWatch(options, keeper, TimeProvider.System) { OnProgress = () => progress };
        try
        {
            return await archive.CheckAsync(null, await archive.SearchAsync(null, stop), stop);
        }
        catch (UnreadableException e)
        {
            return Round.Unreadable(null, [], e, TimeProvider.System.GetUtcNow());
        }
    }

    /// <summary>Writes what is odd.</summary>
    private static void Write(Round round, Options options)
    {
        if (round.BaseFailure is { } failure)
        {
            Write(failure.Message);
            return;
        }

        foreach (string folder in round.Unnameable)
        {
            Write($"the folder {folder} is left out: its name is not UTF-8");
        }

        foreach (string pattern in round.Unmatched)
        {
            Write(pattern);
        }

        foreach (string line in round.Left is { } left ? LayoutTexts.LeftOut(left, options.Layout) : [])
        {
            Write(line);
        }

        foreach (StreamRound stream in round.Found)
        {
            Write(stream, options);
        }

        if (round.Found.IsEmpty)
        {
            Write(LayoutTexts.NothingFound(options));
        }
    }

    private static void Write(StreamRound stream, Options options)
    {
        if (stream.Failure is { } failure)
        {
            Write($"{stream.Stream}: {failure.Message}");
        }

        if (stream.Reading is not { IsThere: true } reading)
        {
            if (WhyEmpty(stream, options) is { } absent)
            {
                Write($"{stream.Stream}: {absent}");
            }

            return;
        }

        foreach (UnreadHour hour in reading.Unread)
        {
            Write($"{stream.Stream}: {hour.Failure.Message}");
        }

        foreach (string line in HourLog.OddFolders(reading.OddFolders))
        {
            Write($"{stream.Stream}: {line}");
        }

        foreach (string line in reading.Report.Hours.SelectMany(hour => HourLog.OddNames(hour, reading)))
        {
            Write($"{stream.Stream}: {line}");
        }

        if (reading.Media is { } media)
        {
            // The answers for people and programs have the warnings themselves.
            bool areShown = options is { Command: Command.Check, Format: AnswerFormat.Table or AnswerFormat.Json };
            foreach (string line in LayoutTexts.LeftOut(media).Concat(areShown ? [] : LayoutTexts.Warnings(media)))
            {
                Write($"{stream.Stream}: {line}");
            }
        }

        if (stream.EmptyFiles is [var first, ..] empty)
        {
            Write($"{stream.Stream}: {HourLog.Number(empty.Length, "empty file")}, the first is {first.Path}");
        }

        if (WhyEmpty(stream, options) is { } warning)
        {
            Write($"{stream.Stream}: NOTHING WAS CHECKED: {warning}");
        }
    }

    /// <summary>Why nothing of a stream was checked although nothing failed: it has no folder, or no hour in the range; else null.</summary>
    public static string? WhyEmpty(StreamRound stream, Options options) =>
        stream.IsMissing ? LayoutTexts.Absent(stream.Stream, options)
        : stream.Reading is { } reading ? HourLog.NothingInRange(reading, options.FirstHour, options.LastHour)
        : null;

    private static void Write(string line) => Console.Error.WriteLine(line);
}
