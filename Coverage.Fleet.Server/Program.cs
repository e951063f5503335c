using System;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Host;

namespace Coverage.FleetServer;

internal static class Program
{
    /// <summary>The version of the program.</summary>
    internal static string Version { get; } = typeof(Program).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static async Task<int> Main(string[] args)
    {
        try
        {
            switch (FleetServerArguments.Parse(args, Environment.GetEnvironmentVariable))
            {
                case FleetServerOutcome.Refused refused:
                    Log.LastWords(refused.Text);
                    return ExitCode.Usage;
                case FleetServerOutcome.Help help:
                    Console.Out.WriteLine(string.Join('\n', Lines.Fit(help.Text, Lines.Width)));
                    return ExitCode.Success;
                case FleetServerOutcome.Run run:
                    return run.Options.Command == CommandLine.FleetCommand.Migrate
                        ? await Migrate.RunAsync(Nodes.ConnectionString(run.Options.Cluster!), run.Options.IsDry, Console.Out, CancellationToken.None)
                        : await Serve.RunAsync(run.Options);
                default:
                    Console.Out.WriteLine($"segment-coverage-fleet {Version}");
                    return ExitCode.Success;
            }
        }
        catch (KeeperFileException e)
        {
            Log.LastWords(e.Message);
            return ExitCode.Usage;
        }
        catch (Exception e)
        {
            Log.LastWords(Coverage.Host.Program.Report(e));
            return ExitCode.Internal;
        }
    }
}
