using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Coverage.CommandLine;

namespace Coverage.Host;

/// <summary>The command check: one round, written in the format asked for on the standard output.</summary>
internal static class CheckCommand
{
    /// <summary>Checks once and answers; the exit code.</summary>
    public static int Run(Options options)
    {
        Round round = OneRound.Make(options);
        Budget budget = Engine.Budget(options.MaxHoleMicroseconds, options.MaxMissingMicroseconds, options.Strict);
        int code = OneRound.CodeOf(round, account => Engine.IsFailure(budget, account));
        if (round.BaseFailure is not null)
        {
            return code;
        }

        if (options.Format == AnswerFormat.Table)
        {
            WriteTable(round, options, code == ExitCode.Success ? WhyNothingIsMissing(round, options) : []);
            return code;
        }

        using var output = new BufferedStream(Console.OpenStandardOutput(), 64 * 1024);
        switch (options.Format)
        {
            case AnswerFormat.Json: Json.WriteCheck(output, SettingsOf(options), round.Found); break;
            case AnswerFormat.Csv: Csv.WriteCheck(output, round.Found); break;
            default: Bed.WriteCheck(output, round.Found); break;
        }

        return code;
    }

    private static Settings SettingsOf(Options options) =>
        Engine.Settings(options.ToleranceMicroseconds, options.FirstHour, options.LastHour);

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

    /// <summary>Why the exit code is 0 although a completeness above it is less than 100 %.</summary>
    private static IEnumerable<string> WhyNothingIsMissing(Round round, Options options)
    {
        List<StreamReport> reports = [.. round.Found.Select(stream => stream.Report).OfType<StreamReport>()];
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
}
