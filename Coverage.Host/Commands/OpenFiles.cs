using System;
using System.IO;
using System.Runtime.InteropServices;

namespace Coverage.Host;

/// <summary>
/// How many files may be open: the limit that <c>ulimit -n</c> shows. When it is reached a part of the program that is
/// needed for the first time cannot be loaded, and the runtime does not try again: so what is open is kept below it.
/// </summary>
internal static partial class OpenFiles
{
    /// <summary>What a command that ends needs at most; 100 files are enough for a small archive.</summary>
    public const int Command = 160;

    /// <summary>
    /// What the service keeps for itself: the parts of the program (250 files once every address was asked for; the
    /// backdoor's compiler has more), folders being read, what is being written, the database.
    /// </summary>
    private const int Own = 320;

    /// <summary>Without so many connections the service is of no use.</summary>
    private const int LeastConnections = 64;

    /// <summary>What the service needs.</summary>
    public const int Service = Own + LeastConnections;

    /// <summary>The limit; the runtime has raised it as far as the system lets it.</summary>
    public static long Limit { get; } =
        getrlimit(7, out Limits limits) == 0 ? (long)Math.Min(limits.Now, int.MaxValue) : int.MaxValue;

    /// <summary>How many of the connections wanted the limit leaves room for.</summary>
    public static int Connections(int wanted) => (int)Math.Clamp(Limit - Own, LeastConnections, wanted);

    /// <summary>Says that the limit is too small; null where it is not.</summary>
    public static string? WhyTooFew(int needed) => Limit >= needed
        ? null
        : $"this process may have {Limit} files open, and {needed} are needed: raise the limit (ulimit -Hn, LimitNOFILE= of systemd)";

    /// <summary>Whether an error says that a part of this program cannot be loaded.</summary>
    public static bool IsPartOfProgram(IOException error) =>
        error is FileNotFoundException { FileName: { } missing } && IsAssembly(missing)
        || error is FileLoadException { FileName: { } broken } && IsAssembly(broken);

    private static bool IsAssembly(string name) => name.Contains(", Version=", StringComparison.Ordinal);

    /// <summary>struct rlimit.</summary>
    private struct Limits
    {
        public ulong Now;
        public ulong Most;
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, out Limits limits);
}
