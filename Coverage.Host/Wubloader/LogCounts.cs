using System;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace Coverage.Host;

/// <summary>Counts the messages of the log as the wubloader project's programs do, by the same name and labels.</summary>
internal sealed class LogCounts(IMetricFactory factory) : ILoggerProvider
{
    private readonly Counter messages =
        factory.CreateCounter("log_count_total", "Count of messages logged", ["level", "module", "function"]);

    public ILogger CreateLogger(string categoryName) => new Category(messages, categoryName);

    public void Dispose()
    {
    }

    /// <summary>The levels as Python has them.</summary>
    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        _ => level.ToString().ToUpperInvariant(),
    };

    private sealed class Category(Counter messages, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            messages.WithLabels(NameOf(logLevel), name, eventId.Name ?? "").Inc();
    }
}
