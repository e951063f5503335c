using System;
using System.IO;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Coverage.Host;

/// <summary>
/// The log as text, <c>TIME LEVEL: CLASS: MESSAGE</c>: the framework's own single line, without the event's number, which is 0
/// in each.
/// </summary>
internal sealed class LineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name by which the log's options choose it.</summary>
    public const string FormatterName = "line";

    /// <summary>Times as the log writes them.</summary>
    public const string Timestamps = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string level = logEntry.LogLevel switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };
        string message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        string whole = logEntry.Exception is { } error ? $"{message} {error}" : message;
        string now = time.GetUtcNow().ToString(Timestamps, System.Globalization.CultureInfo.InvariantCulture);
        textWriter.WriteLine($"{now} {level}: {logEntry.Category}: {whole.Replace('\n', ' ')}");
    }
}
