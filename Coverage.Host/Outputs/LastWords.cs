using System;
using System.Threading.Tasks;

namespace Coverage.Host;

internal static partial class Log
{
    /// <summary>
    /// Writes a last line, outside of the log. The program ends after a moment even when the standard error is a blocked pipe.
    /// </summary>
    public static void LastWords(string line)
    {
        Task writing = Task.Run(() => Console.Error.WriteLine(line));
        Task.WaitAny([writing], Patience);
    }

    /// <summary>How long the program waits at its end until its last line is written.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1500);
}
