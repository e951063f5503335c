using System;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Coverage.Host;

/// <summary>The log: one line a message on the standard error, UTC.</summary>
internal static class Log
{
    private const string Timestamps = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    /// <summary>Sets up the log as the options say.</summary>
    public static void Configure(ILoggingBuilder logging, Options options)
    {
        logging.SetMinimumLevel((LogLevel)options.LogLevel);

        // The web server's own news is for its authors; that it cannot start is told in a sentence of ours.
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (options.LogFormat == LogFormat.Json)
        {
            logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, Timestamps.Trim()));
        }
        else
        {
            logging.AddSimpleConsole(text =>
                (text.SingleLine, text.UseUtcTimestamp, text.TimestampFormat, text.ColorBehavior) =
                (true, true, Timestamps, LoggerColorBehavior.Disabled));
        }

        // The framework's formats, and not its queue: that counts what it drops in a line of no format, which names an option
        // that nobody has.
        logging.Services.RemoveAll<ILoggerProvider>();
        string format = options.LogFormat == LogFormat.Json ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple;
        logging.Services.AddSingleton<ILoggerProvider>(services =>
            new LogQueue(services.GetServices<ConsoleFormatter>().Single(known => known.Name == format), Console.Error));
    }

    /// <summary>
    /// Writes a last line, outside of the log. The program ends after a moment even when nobody reads the standard error and
    /// writing to it never returns.
    /// </summary>
    public static void LastWords(string line)
    {
        Task writing = Task.Run(() => Console.Error.WriteLine(line));
        Task.WaitAny([writing], Patience);
    }

    /// <summary>How long the end of the program waits for a reader of its last words.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1500);

    /// <summary>The event of a message: its name is the method's that logs it, by which messages are counted.</summary>
    public static EventId Here([CallerMemberName] string method = "") => new(0, method);
}
