using System;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;

namespace Coverage.Host;

/// <summary>What stands here where the program has its service.</summary>
internal static class Serve
{
    /// <summary>Says that there is no service; the exit code.</summary>
    public static Task<int> RunAsync(Options options)
    {
        Log.LastWords("segment-coverage-check has no service: its first word is check, cut, verify or map. segment-coverage has one.");
        return Task.FromResult(ExitCode.Usage);
    }

    /// <summary>There is nothing to warm up.</summary>
    public static void Rehearse(StreamRound stream)
    {
    }
}

/// <summary>What stands here where the program remembers how long media files are.</summary>
internal static class DurationCache
{
    /// <summary>Says that nothing is remembered here, where it is asked for; answers are the same without.</summary>
    public static MediaMemory? Of(Options options, Action<string> say)
    {
        if (options.Layout.DurationCache is not null)
        {
            say("segment-coverage-check remembers no durations, so that --duration-cache does nothing. segment-coverage does.");
        }

        return null;
    }
}

/// <summary>What stands here where the program compares nodes.</summary>
internal static class FleetCommand
{
    /// <summary>Says that nodes are not compared here; the exit code.</summary>
    public static Task<int> RunAsync(Options options, CancellationToken stop)
    {
        Log.LastWords("segment-coverage-check does not compare nodes: its first word is check, cut, verify or map. segment-coverage does.");
        return Task.FromResult(ExitCode.Usage);
    }
}

/// <summary>What stands here where the program asks nodes for cuts.</summary>
internal static class CutFleetCommand
{
    /// <summary>Says that nodes are not asked here; the exit code.</summary>
    public static Task<int> RunAsync(Options options, CancellationToken stop) => FleetCommand.RunAsync(options, stop);
}
