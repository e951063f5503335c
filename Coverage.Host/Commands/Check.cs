using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The command check: one round, written in the format asked for on the standard output.</summary>
internal static class CheckCommand
{
    /// <summary>Checks once and answers; the exit code.</summary>
    public static int Run(Options options, CancellationToken stop)
    {
        Round round = OneRound.Make(options, stop);
        Budget budget = Engine.Budget(options.MaxHoleMicroseconds, options.MaxMissingMicroseconds, options.Strict);
        int code = OneRound.CodeOf(
            round, stream => Engine.IsFailure(budget, stream.Judgement!.Account) || (options.Strict && stream.Reading!.IsThin));
        if (round.BaseFailure is not null)
        {
            return code;
        }

        if (options.Format == AnswerFormat.Table)
        {
            WriteTable(round, options, code == ExitCode.Success ? WhyNothingIsMissing(round, options) : WhyThin(round, options));
            return code;
        }

        using var output = new BufferedStream(Console.OpenStandardOutput(), 64 * 1024);
        switch (options.Format)
        {
            case AnswerFormat.Json: Json.WriteCheck(output, Recorders.SettingsOf(options), round.Found, options.Check.Sizes, options.Layout, round.Left); break;
            case AnswerFormat.Csv: Csv.WriteCheck(output, round.Found); break;
            case AnswerFormat.Acknowledgements: WriteAcknowledgements(output, round.Found); break;
            default: Bed.WriteCheck(output, round.Found, options.Check.Words); break;
        }

        return code;
    }

    /// <summary>Writes what is missing as a file of acknowledgements that lacks the reasons.</summary>
    private static void WriteAcknowledgements(Stream output, IEnumerable<StreamRound> streams)
    {
        using var text = new StreamWriter(output, leaveOpen: true);
        AcknowledgedFile.WriteHeader(text);
        foreach (StreamRound stream in streams.Where(stream => stream.Failure is null))
        {
            AcknowledgedFile.Write(text, stream.Stream.Channel, stream.Stream.Quality, stream.Judgement!.Missing);
        }
    }

    private static void WriteTable(Round round, Options options, IEnumerable<string> remarks)
    {
        Table table = Table.OnOutput();
        foreach (StreamRound stream in round.Found)
        {
            table.Write(stream, OneRound.WhyEmpty(stream, options));
        }

        foreach (string remark in remarks)
        {
            table.Remark(remark);
        }
    }

    /// <summary>That a stream which is complete but for its thin files fails.</summary>
    private static IEnumerable<string> WhyThin(Round round, Options options) =>
        options.Strict && round.Found.Any(stream => stream.Reading is { IsThin: true })
            ? ["A stream is thin: the exit code is 1 with --strict."] : [];

    /// <summary>Why the exit code is 0 although a completeness above it is less than 100 %.</summary>
    private static IEnumerable<string> WhyNothingIsMissing(Round round, Options options)
    {
        List<Judgement> judgements = [.. round.Found.Select(stream => stream.Judgement).OfType<Judgement>()];
        if (!options.Strict && judgements.Exists(judgement => judgement.LengthOf(Word.Partial) > default(Duration)))
        {
            yield return "Partial-only time is not missing: the exit code is 0 unless --strict is given.";
        }

        if (judgements.Exists(judgement => !judgement.Missing.IsEmpty))
        {
            string limits = options.MaxHoleMicroseconds is null ? "--max-missing"
                : options.MaxMissingMicroseconds is null ? "--max-hole" : "--max-hole and --max-missing";
            yield return $"What is missing is within {limits}: the exit code is 0.";
        }
    }
}
