using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Coverage.Host;

/// <summary>SIGINT (Ctrl-C) or SIGTERM while a command runs: the first asks it to end in order, a second one ends it at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly PosixSignalRegistration interrupt, terminate;

    public Interruption()
    {
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Take);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => stopping.Token;

    /// <summary>The exit code of an interrupted command, as shells have it: 128 and the number of the signal.</summary>
    public int Code { get; private set; } = ExitCode.Interrupted;

    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        stopping.Dispose();
    }

    private void Take(PosixSignalContext context)
    {
        if (!stopping.IsCancellationRequested)
        {
            context.Cancel = true;
            Code = context.Signal == PosixSignal.SIGTERM ? ExitCode.Terminated : ExitCode.Interrupted;
            stopping.Cancel();
        }
    }
}
