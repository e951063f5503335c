using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Spectre.Console;

namespace Coverage.Host;

/// <summary>The commands that look once: check and map. Data goes to the standard output, all else to the other.</summary>
internal sealed class CheckCommand(Options options)
{
    private readonly StampPolicy stamps = (StampPolicy)options.TrustStamps;
    private readonly Settings settings = Engine.Settings(options.ToleranceMicroseconds, options.FirstHour, options.LastHour);

    /// <summary>Looks once and answers in the format asked for.</summary>
    public int Check()
    {
        if (Look() is not { } outcomes)
        {
            return ExitCode.Unreadable;
        }

        Budget budget = Engine.Budget(options.MaxHoleMicroseconds, options.MaxMissingMicroseconds, options.Strict);
        int code = Verdict(outcomes, account => Engine.IsFailure(budget, account));
        if (options.Format == AnswerFormat.Table)
        {
            Table table = Table.OnOutput();
            outcomes.ForEach(outcome => table.Write(outcome, WhyEmpty(outcome)));
            foreach (string remark in code == ExitCode.Success ? WhyNothingIsMissing(outcomes) : [])
            {
                table.Remark(remark);
            }
        }
        else
        {
            using var output = new BufferedStream(Console.OpenStandardOutput(), 64 * 1024);
            switch (options.Format)
            {
                case AnswerFormat.Json: Formats.Json(output, settings, outcomes); break;
                case AnswerFormat.Csv: Formats.Csv(output, Formats.Hours(outcomes)); break;
                default: Formats.Bed(output, outcomes); break;
            }
        }

        return code;
    }

    /// <summary>Looks once and writes the maps, naming each on the standard output.</summary>
    public int Map()
    {
        if (Look() is not { } outcomes)
        {
            return ExitCode.Unreadable;
        }

        int code = Verdict(outcomes, account => account.Span.IsEmpty);
        HashSet<StreamName> owners = MapPicture.Owners(options, outcomes.Select(outcome => outcome.Stream));
        foreach (StreamOutcome outcome in outcomes)
        {
            try
            {
                MapPicture.MustOwn(options, outcome.Stream, owners);
                if (outcome.Reading is { } reading && MapPicture.Of(options, reading.Account) is { } map)
                {
                    string path = MapPicture.PathOf(options, outcome.Stream);
                    OutputFile.Replace(path, file => MapPicture.Write(map, file));
                    Console.Out.WriteLine(Engine.Printable(path));
                }
            }
            catch (IOException e)
            {
                Say($"{outcome.Stream}: {e.Message}");
                code = ExitCode.Worse(code, ExitCode.CannotWrite);
            }
        }

        return code;
    }

    /// <summary>Reads every stream, telling on the standard error what is odd; null when the base cannot be read.</summary>
    private List<StreamOutcome>? Look()
    {
        if (StreamSearch.WhyUnreadable(options.BaseDir) is { } why)
        {
            Say(why.Message);
            return null;
        }

        List<StreamOutcome> outcomes;
        try
        {
            outcomes = WithProgress(LookAsync);
        }
        catch (UnreadableException e)
        {
            Say(e.Message);
            return null;
        }

        outcomes.ForEach(Tell);
        if (outcomes.Count == 0)
        {
            Say($"no channel found under {Engine.Printable(options.BaseDir)}: "
                + "no folder there holds CHANNEL/QUALITY/HOUR with segments");
        }

        return outcomes;
    }

    private async Task<List<StreamOutcome>> LookAsync(Action<Progress> progress)
    {
        var reader = new HourReader(TimeProvider.System, stamps);
        var workers = new Workers();
        Found found = options.NoQuality ? new([], [])
            : new StreamSearch(options.BaseDir, TimeProvider.System, stamps).Streams(options.Channels, options.Qualities, _ => false);
        foreach (string folder in found.Unnameable)
        {
            Say($"the folder {folder} is left out: its name is not UTF-8");
        }

        return [.. await Task.WhenAll(found.Streams.Select(async stream =>
        {
            if (stream.Failure is not null)
            {
                return new StreamOutcome(stream.Stream, null, stream.Failure);
            }

            var watch = new StreamWatch(stream.Stream.PathIn(options.BaseDir), settings, stamps, reader, workers, TimeProvider.System);
            try
            {
                return new(stream.Stream, await watch.CheckAsync(
                    afresh: true, (done, hours) => progress(new(stream.Stream, done, hours)), CancellationToken.None), null);
            }
            catch (UnreadableException e)
            {
                return new(stream.Stream, null, e);
            }
        }))];
    }

    private void Tell(StreamOutcome outcome)
    {
        if (outcome.Failure is { } failure)
        {
            Say($"{outcome.Stream}: {failure.Message}");
        }

        if (outcome.Reading is not { } reading)
        {
            if (WhyEmpty(outcome) is { } absent)
            {
                Say($"{outcome.Stream}: {absent}");
            }

            return;
        }

        foreach (string line in HourLog.OddFolders(reading.OddFolders))
        {
            Say($"{outcome.Stream}: {line}");
        }

        foreach (string line in reading.Report.Hours.SelectMany(hour => HourLog.OddNames(hour, reading)))
        {
            Say($"{outcome.Stream}: {line}");
        }

        if (WhyEmpty(outcome) is { } warning)
        {
            Say($"{outcome.Stream}: NOTHING WAS CHECKED: {warning}");
        }
    }

    /// <summary>Why nothing of a stream was checked although nothing failed: it has no folder, or no hour in the range; else null.</summary>
    private string? WhyEmpty(StreamOutcome outcome) =>
        outcome.Failure is not null ? null
        : outcome.Reading is { } reading ? HourLog.NothingInRange(reading, options.FirstHour, options.LastHour)
        : $"there is no folder {Engine.Printable(outcome.Stream.PathIn(options.BaseDir))}";

    private static int Verdict(List<StreamOutcome> outcomes, Func<Account, bool> isMissing) =>
        outcomes.Any(outcome => outcome.Failure is not null) ? ExitCode.Unreadable
        : outcomes.Any(outcome => outcome.Reading is not { } reading || isMissing(reading.Account)) ? ExitCode.Missing
        : outcomes.Count == 0 ? ExitCode.NothingFound
        : ExitCode.Success;

    /// <summary>Why the exit code is 0 although a completeness above it is less than 100 %.</summary>
    private IEnumerable<string> WhyNothingIsMissing(List<StreamOutcome> outcomes)
    {
        List<StreamReport> reports = [.. outcomes.Select(outcome => outcome.Reading?.Report).OfType<StreamReport>()];
        if (!options.Strict && reports.Exists(report => !report.PartialOnly.IsEmpty))
        {
            yield return "Partial-only time is not missing: the exit code is 0 unless --strict is given.";
        }

        if (reports.Exists(report => !report.Raw.Holes.IsEmpty))
        {
            string limits = options.MaxHoleMicroseconds is null ? "--max-missing"
                : options.MaxMissingMicroseconds is null ? "--max-hole" : "--max-hole and --max-missing";
            yield return $"The holes are within {limits}: the exit code is 0.";
        }
    }

    /// <summary>Shows how far the work is, when it takes longer than a second and the standard error is a terminal.</summary>
    private static T WithProgress<T>(Func<Action<Progress>, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
        {
            return work(_ => { }).GetAwaiter().GetResult();
        }

        var at = new ConcurrentDictionary<StreamName, Progress>();
        Task<T> running = Task.Run(() => work(now => at[now.Stream] = now));
        if (Task.WaitAny([running], TimeSpan.FromSeconds(1)) < 0)
        {
            IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
            console.Progress().AutoClear(true).Start(progress =>
            {
                ProgressTask bar = progress.AddTask("reading hours");
                while (Task.WaitAny([running], TimeSpan.FromMilliseconds(200)) < 0)
                {
                    bar.MaxValue = Math.Max(1, at.Values.Sum(stream => stream.Hours));
                    bar.Value = at.Values.Sum(stream => stream.Done);
                }
            });
        }

        return running.GetAwaiter().GetResult();
    }

    private static void Say(string line) => Console.Error.WriteLine(line);
}
