using System;

namespace Coverage.Host;

/// <summary>Exit codes, the gravest first.</summary>
internal static class ExitCode
{
    /// <summary>A fault of this program.</summary>
    public const int Internal = 70;

    /// <summary>Cannot listen on the port for HTTP, or for the backdoor; or this process may open too few files.</summary>
    public const int NoPort = 69;

    /// <summary>Wrong usage, or a list or a file of the keeper that is wrong.</summary>
    public const int Usage = 64;

    /// <summary>The base, a list, a stream or an hour cannot be read.</summary>
    public const int Unreadable = 66;

    /// <summary>A map, a page or the answer cannot be written.</summary>
    public const int CannotWrite = 73;

    /// <summary>Sizes that are not known decide whether a range can be cut.</summary>
    public const int Unknown = 65;

    /// <summary>Something is missing, unknown or ahead, or nothing is known; or a range cannot be cut, or a full segment has a finding.</summary>
    public const int Missing = 1;

    /// <summary>No channel named and none found, or no such stream to cut or to verify.</summary>
    public const int NothingFound = 2;

    /// <summary>All is well.</summary>
    public const int Success = 0;

    /// <summary>Ended by SIGINT (Ctrl-C): 128 and the number of the signal.</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by SIGTERM: 128 and the number of the signal.</summary>
    public const int Terminated = 143;

    private static readonly int[] GravestFirst = [Internal, NoPort, Usage, Unreadable, CannotWrite, Unknown, Missing, NothingFound, Success];

    /// <summary>The graver of two codes.</summary>
    public static int Worse(int one, int other) =>
        Array.IndexOf(GravestFirst, one) < Array.IndexOf(GravestFirst, other) ? one : other;
}
