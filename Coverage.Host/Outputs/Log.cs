using System;
using System.Linq;
using System.Runtime.CompilerServices;
using Coverage.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Coverage.Host;

/// <summary>The log: one line a message on the standard error, UTC.</summary>
internal static partial class Log
{
    /// <summary>Sets up the log as the options say.</summary>
    public static void Configure(ILoggingBuilder logging, Options options)
    {
        logging.SetMinimumLevel((LogLevel)options.LogLevel);

        // What the web server logs is for its authors; when it cannot start, the service says so itself.
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);

        // It logs a warning for each connection over the limit: a stranger could fill the log with them.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Connections", LogLevel.Error);
        if (options.LogFormat == LogFormat.Json)
        {
            logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, LineFormatter.Timestamps));
        }
        else
        {
            logging.Services.AddSingleton<ConsoleFormatter>(new LineFormatter(TimeProvider.System));
            logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName);
        }

        // The framework's formats, and not its queue: that counts what it drops in a line of no format, which names an option
        // that this program does not have.
        logging.Services.RemoveAll<ILoggerProvider>();
        string format = options.LogFormat == LogFormat.Json ? ConsoleFormatterNames.Json : LineFormatter.FormatterName;
        logging.Services.AddSingleton<ILoggerProvider>(services =>
            new LogQueue(services.GetServices<ConsoleFormatter>().Single(known => known.Name == format), Console.Error));
    }

    /// <summary>The event of a message, named after the method that logs it; messages are counted by it.</summary>
    public static EventId Here([CallerMemberName] string method = "") => new(0, method);
}
