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
