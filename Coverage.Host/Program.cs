using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Coverage.CommandLine;

namespace Coverage.Host;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        // The command line's library compiles regular expressions and lambdas as it starts, for a single use each; without
        // code made at run time they are interpreted, which saves a twentieth of a second. The backdoor makes such code; it is
        // --backd at its shortest.
        if (!args.Any(word => word.StartsWith("--backd", StringComparison.Ordinal))
            && Environment.GetEnvironmentVariable("SEGMENT_COVERAGE_BACKDOOR_PORT") is null)
        {
            AppContext.SetSwitch("System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported", false);
        }

        if (OpenFiles.WhyTooFew(OpenFiles.Command) is { } why)
        {
            Log.LastWords(why);
            return ExitCode.NoPort;
        }

        if (args is ["check" or "cut" or "verify" or "map" or "serve", ..])
        {
            WarmUp.Begin(args[0] == "serve" ? Serve.Rehearse : WarmUp.Print);
        }

        try
        {
            Outcome outcome = Arguments.Parse(args, Environment.GetEnvironmentVariable, Folders);
            switch (outcome)
            {
                case Outcome.Refused refused:
                    Log.LastWords(refused.Text);
                    return refused.ExitCode;
                case Outcome.Help help:
                    Console.Out.WriteLine(string.Join('\n', Lines.Fit(help.Text, Lines.Width)));
                    return ExitCode.Success;
                case Outcome.Run run:
                    return await RunAsync(run.Options);
                default:
                    Console.Out.WriteLine($"segment-coverage {Version}");
                    return ExitCode.Success;
            }
        }
        catch (Exception e) when (e is KeeperFileException or ListException)
        {
            Log.LastWords(e.Message);
            return ExitCode.Usage;
        }
        catch (IOException e) when (OpenFiles.IsPartOfProgram(e))
        {
            Log.LastWords($"cannot load a part of this program: {Engine.Printable(e.Message)} Are all of its files there, and may this "
                + $"process open more than {OpenFiles.Limit} files (ulimit -n)?");
            return ExitCode.Internal;
        }
        catch (IOException e)
        {
            return CannotWrite(e);
        }
        catch (UnauthorizedAccessException e) when (e.InnerException is IOException closed)
        {
            // The standard output is closed.
            return CannotWrite(closed);
        }
        catch (Exception e)
        {
            Log.LastWords(Report(e));
            return ExitCode.Internal;
        }
        finally
        {
            LeaveTerminal();
        }
    }

    /// <summary>Gives a terminal its cursor keys back: the runtime switches them to another mode, and leaves them so.</summary>
    private static void LeaveTerminal()
    {
        const string NormalKeys = "\e[?1l\e>";
        if (Console.IsInputRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb")
        {
            return;
        }

        try
        {
            if (!Console.IsOutputRedirected)
            {
                Console.Out.Write(NormalKeys);
            }
            else if (!Console.IsErrorRedirected)
            {
                Console.Error.Write(NormalKeys);
            }
        }
        catch (IOException)
        {
            // The terminal is gone.
        }
    }

    private static int CannotWrite(IOException e)
    {
        Log.LastWords($"cannot write the answer: {Engine.Printable(e.Message)}");
        return ExitCode.CannotWrite;
    }

    /// <summary>The version of the program.</summary>
    internal static string Version { get; } = typeof(Program).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The names of the folders in a folder, null where there is none. A folder that cannot be read counts as empty: only
    /// hints at what the user may mean depend on it, and the check itself says what it cannot read.</summary>
    private static string[]? Folders(string path)
    {
        if (!Directory.Exists(path))
        {
            return null;
        }

        try
        {
            return Directory.GetDirectories(path).Select(folder => Path.GetFileName(folder)!).ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>What to print of an error of this program: all that its authors need to find it.</summary>
    internal static string Report(Exception e) => $"internal error, please report it: {e}";

    private static async Task<int> RunAsync(Options options)
    {
        if (options.Command == Command.Serve)
        {
            return await Serve.RunAsync(options);
        }

        foreach (string warning in options.Warnings)
        {
            Console.Error.WriteLine(warning);
        }

        if (options.Command == Command.Cut && !options.Fleet.IsCompared)
        {
            return CutCommand.Run(options);
        }

        using var interruption = new Interruption();
        try
        {
            return options.Command switch
            {
                Command.Check => CheckCommand.Run(options, interruption.Stop),
                Command.Verify => VerifyCommand.Run(options, interruption),
                Command.Cut => await CutFleetCommand.RunAsync(options, interruption.Stop),
                Command.Fleet => await FleetCommand.RunAsync(options, interruption.Stop),
                _ => MapCommand.Run(options, interruption.Stop),
            };
        }
        catch (OperationCanceledException) when (interruption.Stop.IsCancellationRequested)
        {
            Log.LastWords("interrupted, without an answer");
            return interruption.Code;
        }
    }
}
