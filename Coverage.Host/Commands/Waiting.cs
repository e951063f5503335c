using System;
using System.Threading;
using System.Threading.Tasks;
using Spectre.Console;

namespace Coverage.Host;

/// <summary>Shows on the standard error how far some work is, while a command waits for it.</summary>
internal static class Waiting
{
    /// <summary>How long work takes before a bar is shown.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits for work, with a bar when it takes longer than a second and the standard error is a terminal. The bar
    /// goes, and gives the cursor back, when the work ends or is asked to end.</summary>
    /// <param name="running">The work.</param>
    /// <param name="columns">What is shown beside the bar.</param>
    /// <param name="update">Brings the bar up to date.</param>
    /// <param name="stop">Asks the work to end.</param>
    public static void WithBar(Task running, ProgressColumn[] columns, Action<ProgressTask> update, CancellationToken stop)
    {
        if (Console.IsErrorRedirected || Ends(running, Patience, stop))
        {
            return;
        }

        // When the standard output is redirected, the library shows no progress, though a person may watch the standard error.
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Interactive = InteractionSupport.Yes,
        });
        console.Progress().AutoClear(true).Columns(columns).Start(progress =>
        {
            ProgressTask bar = progress.AddTask("reading", maxValue: 1);
            do
            {
                update(bar);
            }
            while (!Ends(running, Tick, stop));
        });
    }

    /// <summary>Waits for work, with a line now and then.</summary>
    /// <param name="running">The work.</param>
    /// <param name="every">How long from line to line.</param>
    /// <param name="line">The line.</param>
    /// <param name="stop">Asks the work to end.</param>
    public static void WithLines(Task running, TimeSpan every, Func<string> line, CancellationToken stop)
    {
        while (!Ends(running, every, stop))
        {
            Console.Error.WriteLine(line());
        }
    }

    /// <summary>Whether work ends within a time, by itself or because it is asked to. What goes wrong in it is its owner's.</summary>
    private static bool Ends(Task running, TimeSpan within, CancellationToken stop)
    {
        try
        {
            return Task.WaitAny([running], (int)within.TotalMilliseconds, stop) >= 0;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
