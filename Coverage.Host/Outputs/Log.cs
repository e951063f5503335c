using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Coverage.Host;

/// <summary>The log: one line a message on the standard error, UTC.</summary>
internal static class Log
{
    /// <summary>Sets up the log as the options say.</summary>
    public static void Configure(ILoggingBuilder logging, Options options)
    {
        logging.SetMinimumLevel((LogLevel)options.LogLevel);

        // What the web server logs is for its authors; when it cannot start, the service says so itself.
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (options.LogFormat == LogFormat.Json)
        {
            logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, LineFormatter.Timestamps));
        }
        else
        {
            logging.Services.AddSingleton<ConsoleFormatter>(new LineFormatter(TimeProvider.System));
            logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName);
        }

        // Where nobody reads the log its lines wait, then are dropped, and are counted in a line once it is read again: the
        // checks must not wait for a reader. At level debug a first look at a year logs more than 44,000 lines at once.
        logging.Services.Configure<ConsoleLoggerOptions>(console =>
            (console.LogToStandardErrorThreshold, console.QueueFullMode, console.MaxQueueLength) =
            (LogLevel.Trace, ConsoleLoggerQueueFullMode.DropWrite, 50_000));
    }

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

    /// <summary>The event of a message, named after the method that logs it; messages are counted by it.</summary>
    public static EventId Here([CallerMemberName] string method = "") => new(0, method);
}
