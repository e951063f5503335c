using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using Coverage.CommandLine;
using FSharp.Compiler.Diagnostics;
using FSharp.Compiler.Interactive;
using Microsoft.Extensions.Logging;
using Microsoft.FSharp.Core;

namespace Coverage.Host;

/// <summary>The check loop as the backdoor shows it; public, because F# Interactive takes no other types.</summary>
public sealed class Checker
{
    private readonly RoundLoop loop;
    private readonly Rounds<Round> rounds;

    internal Checker(Options options, RoundLoop loop, Rounds<Round> rounds) => (Options, this.loop, this.rounds) = (options, loop, rounds);

    /// <summary>The options that the service was started with.</summary>
    public Options Options { get; }

    /// <summary>Whether the first round is over.</summary>
    public bool IsReady => rounds.Latest is not null;

    /// <summary>The report of each stream in the latest finished round, by its name: CHANNEL/QUALITY.</summary>
    public IReadOnlyDictionary<string, StreamReport> Reports => (rounds.Latest?.Streams ?? [])
        .Where(stream => stream.Report is not null)
        .ToDictionary(stream => stream.Stream.ToString(), stream => stream.Report!);

    /// <summary>The loop itself, to be inspected by reflection.</summary>
    public object Loop => loop;
}

/// <summary>
/// F# Interactive within the service. One connection at a time, on a port of this machine. A complete line is evaluated at once;
/// an incomplete line goes on until a line ends with two semicolons. Whoever can connect can do what the service can.
/// </summary>
internal sealed partial class Backdoor(Checker checker, ILogger log)
{
    private const string Greeting =
        "F# Interactive in segment-coverage. checker is the check loop, checker.Reports the latest reports by stream, "
        + "checker.Options the settings.\n"
        + "A line that is only a beginning goes on until ;; and #quit ends the connection. What runs cannot be interrupted.\n";

    private int isTaken;

    /// <summary>All connections share one session, because the memory of a session is never freed.</summary>
    private Session? session;

    /// <summary>Opens the port and serves whoever connects, on threads of its own, until the process ends.</summary>
    /// <exception cref="SocketException">The port is in use, or not allowed.</exception>
    public void Open(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        log.LogWarning(
            Log.Here(),
            "the backdoor is open on 127.0.0.1:{Port}: whoever can connect to it can do whatever this process can",
            port);
        Diverted.Begin();
        InBackground(() =>
        {
            while (true)
            {
                TcpClient client = listener.AcceptTcpClient();
                InBackground(() => Serve(client));
            }
        });

        // A thread for each, because what is evaluated can take for ever; in the background, so that it does not keep the process alive.
        void InBackground(Action work) => new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                log.LogError(Log.Here("Open"), e, "the backdoor failed; the service goes on without it");
            }
        })
        { IsBackground = true, Name = "backdoor" }.Start();
    }

    /// <summary>Whether a first line is an HTTP client's, such as a browser's, by which a web page could reach the port.</summary>
    internal static bool IsOfHttp(string line) => HttpRequest().IsMatch(line);

    [GeneratedRegex(@"\bHTTP/\d|^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PRI)\s|^\x16\x03")]
    private static partial Regex HttpRequest();

    private void Serve(TcpClient client)
    {
        using (client)
        {
            NetworkStream stream = client.GetStream();
            using var output = new Connection(stream);
            if (Interlocked.Exchange(ref isTaken, 1) == 1)
            {
                output.Write("Another connection has the backdoor; one at a time.\n");
                return;
            }

            try
            {
                log.LogWarning(Log.Here(), "the backdoor is used from {Client}", client.Client.RemoteEndPoint);
                using var input = new StreamReader(stream, new UTF8Encoding(false));
                Talk(input, output);
            }
            catch (IOException e)
            {
                log.LogInformation(Log.Here(), "the backdoor's connection broke off: {Error}", e.Message);
            }
            finally
            {
                Interlocked.Exchange(ref isTaken, 0);
            }
        }
    }

    private void Talk(StreamReader input, Connection output)
    {
        output.Write(Greeting + "> ");
        var text = new StringBuilder();
        for (bool isFirst = true; input.ReadLine() is { } line; isFirst = false)
        {
            if (isFirst && IsOfHttp(line))
            {
                log.LogWarning(Log.Here(), "the backdoor was asked in HTTP, by a web page perhaps, and hung up");
                return;
            }

            if (line.Trim().TrimEnd(';') is "#quit" or "#q")
            {
                return;
            }

            text.Append(line).Append('\n');
            session ??= new Session(checker);
            Diverted.To(output);
            bool isEnd = line.TrimEnd().EndsWith(";;", StringComparison.Ordinal);
            if (string.IsNullOrWhiteSpace(text.ToString()))
            {
                text.Clear();
            }
            else if (isEnd || (text.Length == line.Length + 1 && session.IsWhole(line)))
            {
                session.Evaluate(text.ToString(), output);
                text.Clear();
            }

            output.Write(text.Length == 0 ? "> " : "- ");
        }
    }

    /// <summary>
    /// The writing end of a connection. Evaluated code may have started threads that write after the connection's end: their
    /// output is lost, and must not end the process.
    /// </summary>
    private sealed class Connection(Stream stream) : TextWriter
    {
        private readonly Lock writing = new();

        public override Encoding Encoding { get; } = new UTF8Encoding(false);

        public override void Write(char value) => Write([value]);

        public override void Write(string? value) => Write(value.AsSpan());

        public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

        public override void Write(ReadOnlySpan<char> text)
        {
            byte[] bytes = Encoding.GetBytes(text.ToArray());
            try
            {
                lock (writing)
                {
                    stream.Write(bytes);
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The connection is closed. Its reading side notices and ends it.
            }
        }
    }

    /// <summary>The console, except for what is evaluated at a connection: its output goes to that connection.</summary>
    private sealed class Diverted(TextWriter console) : TextWriter
    {
        private static readonly AsyncLocal<TextWriter?> Connected = new();

        public override Encoding Encoding => console.Encoding;

        public static void Begin()
        {
            Console.SetOut(new Diverted(Console.Out));
            Console.SetError(new Diverted(Console.Error));
        }

        public static void To(TextWriter connection) => Connected.Value = connection;

        public override void Write(char value) => (Connected.Value ?? console).Write(value);

        public override void Write(string? value) => (Connected.Value ?? console).Write(value);

        public override void Write(char[] buffer, int index, int count) =>
            (Connected.Value ?? console).Write(buffer, index, count);

        public override void Flush() => (Connected.Value ?? console).Flush();
    }

    /// <summary>One session of F# Interactive.</summary>
    private sealed class Session
    {
        private readonly Shell.FsiEvaluationSession fsharp;

        public Session(Checker checker)
        {
            // It writes a prompt of its own as it starts.
            Diverted.To(TextWriter.Null);

            // References the files that run here: no SDK and no reference assemblies are needed.
            var files = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
            fsharp = Shell.FsiEvaluationSession.Create(
                Shell.FsiEvaluationSession.GetDefaultConfiguration(),
                ["fsi", "--noninteractive", "--nologo", "--noframework", .. files.Select(file => "-r:" + file)],
                TextReader.Null,
                Console.Out,
                TextWriter.Null,
                FSharpOption<bool>.Some(true),
                null);
            fsharp.AddBoundValue("checker", checker);
            fsharp.EvalInteraction("open System\nopen Coverage", null);
        }

        /// <summary>Whether a line can stand alone.</summary>
        public bool IsWhole(string line)
        {
            var (parsed, _, _) = fsharp.ParseAndCheckInteraction(line, null);
            return !parsed.ParseHadErrors;
        }

        /// <summary>Evaluates what was typed; the result and the errors go to the connection.</summary>
        public void Evaluate(string text, TextWriter output)
        {
            var (result, diagnostics) = fsharp.EvalInteractionNonThrowing(text, "backdoor.fsx", null);
            foreach (FSharpDiagnostic one in diagnostics.Where(one => one.Severity.IsError || one.Severity.IsWarning))
            {
                string kind = one.Severity.IsError ? "error" : "warning";
                output.WriteLine($"({one.StartLine},{one.StartColumn + 1}): {kind} FS{one.ErrorNumber:0000}: {one.Message}");
            }

            if (result is FSharpChoice<FSharpOption<Shell.FsiValue>, Exception>.Choice2Of2 { Item: var error }
                && !diagnostics.Any(one => one.Severity.IsError))
            {
                output.WriteLine(error.ToString());
            }
        }
    }
}
