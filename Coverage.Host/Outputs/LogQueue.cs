using System;
using System.IO;
using System.Threading;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Coverage.Host;

/// <summary>
/// Writes the lines of the log on a thread of its own: the checks must not wait for a reader. While no reader reads, lines wait,
/// then are dropped, and a line of the log says how many once it is read again.
/// </summary>
internal sealed class LogQueue : ILoggerProvider
{
    /// <summary>The first check of a year logs some 44,000 lines at once.</summary>
    private const int Longest = 50_000;

    private readonly Channel<string> lines = Channel.CreateBounded<string>(Longest);
    private readonly ConsoleFormatter formatter;
    private readonly TextWriter to;
    private readonly Thread writing;
    private int dropped;

    public LogQueue(ConsoleFormatter formatter, TextWriter to)
    {
        (this.formatter, this.to) = (formatter, to);
        writing = new Thread(Write) { IsBackground = true, Name = "log" };
        writing.Start();
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    /// <summary>Waits until the queued lines are written, but not for ever.</summary>
    public void Dispose()
    {
        lines.Writer.TryComplete();
        writing.Join(Log.Patience);
    }

    private void Write()
    {
        try
        {
            while (lines.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (lines.Reader.TryRead(out string? line))
                {
                    to.Write(line);
                }

                if (Interlocked.Exchange(ref dropped, 0) is > 0 and var count)
                {
                    var said = new LogEntry<int>(LogLevel.Warning, "Coverage.Log", Log.Here(), count, null, (lost, _) =>
                        $"{lost} {(lost == 1 ? "line" : "lines")} of the log dropped: they were not read fast enough");
                    to.Write(Format(said));
                }
            }
        }
        catch (IOException)
        {
            // The standard error is closed, so no reader will come. There is nowhere left to report it.
            lines.Writer.TryComplete();
        }
    }

    private string Format<TState>(in LogEntry<TState> entry)
    {
        using var text = new StringWriter();
        formatter.Write(entry, null, text);
        return text.ToString();
    }

    private sealed class Category(LogQueue queue, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string line = queue.Format(new LogEntry<TState>(logLevel, name, eventId, state, exception, formatter));
            if (!queue.lines.Writer.TryWrite(line))
            {
                Interlocked.Increment(ref queue.dropped);
            }
        }
    }
}
