using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Host;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Connections.Security;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Coverage.FleetServer;

/// <summary>The options of this process's silo.</summary>
/// <param name="ConnectionString">The database of the cluster, in the words of .NET's driver; null for a single silo without one.</param>
/// <param name="ClusterId">The name of the cluster: silos of one name in one database share the work.</param>
/// <param name="Address">The address of this silo: it listens there, and there the others reach it.</param>
/// <param name="Port">The port of this silo.</param>
/// <param name="Certificate">The file of its certificate, PEM; null for plain text, which only loopback allows.</param>
/// <param name="Key">The file of the certificate's key, PEM.</param>
/// <param name="Authority">The file of the authority's certificate, PEM: who shows a certificate that it signed is a silo of ours.</param>
internal sealed record SiloOptions(
    string? ConnectionString,
    string ClusterId,
    IPAddress Address,
    int Port,
    string? Certificate,
    string? Key,
    string? Authority);

/// <summary>What is wrong with the options of the silo; the message says it for the user.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="code">The exit code that says so.</param>
internal sealed class SiloOptionException(string message, int code = ExitCode.Unreadable) : Exception(message)
{
    /// <summary>The exit code.</summary>
    public int Code => code;
}

/// <summary>The silo of this process: how it finds the others, and how long it waits for them.</summary>
internal static class Silo
{
    /// <summary>Sets up the silo as the options say.</summary>
    /// <exception cref="SiloOptionException">They cannot be.</exception>
    public static void Configure(ISiloBuilder silo, SiloOptions options)
    {
        silo.Services.Replace(ServiceDescriptor.Singleton<IFatalErrorHandler, FatalEnd>());
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ClusterId));
        if (options.ConnectionString is null)
        {
            ConfigureSingle(silo);
            return;
        }

        // Clients are in the silos' own processes: no gateway.
        silo.ConfigureEndpoints(options.Address, options.Port, gatewayPort: 0);
        string database = ClusterDatabase.Words(options.ConnectionString);
        silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = ("Npgsql", database));
        silo.UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.ConnectionString) = ("Npgsql", database));
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => new SignOfLife(
            SignOfLife.Database(options.ConnectionString),
            options.ClusterId,
            services.GetRequiredService<ILocalSiloDetails>(),
            services.GetRequiredService<IFatalErrorHandler>(),
            services.GetRequiredService<ILogger<SignOfLife>>()));
        silo.Configure<ClusterMembershipOptions>(Tune);
        ConfigureTls(silo, options);
        RefuseTaken(options);
    }

    // Orleans listens on a port even when it is alone; a free port of loopback disturbs no other program.
    private static void ConfigureSingle(ISiloBuilder silo)
    {
        silo.UseDevelopmentClustering(primarySiloEndpoint: null!);
        silo.ConfigureEndpoints(IPAddress.Loopback, FreePort(), gatewayPort: 0);
        silo.UseInMemoryReminderService();
    }

    // Orleans shares a port that another silo listens on, and each declares the other dead as its own past.
    private static void RefuseTaken(SiloOptions options)
    {
        try
        {
            using var listener = new TcpListener(options.Address, options.Port);
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new SiloOptionException(
                $"the silo cannot listen on {new IPEndPoint(options.Address, options.Port)}: {e.Message}; give another with --silo-address or --silo-port",
                ExitCode.NoPort);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A silo that died is known to be dead within 5 s, one that was declared dead knows it as soon.</summary>
    private static void Tune(ClusterMembershipOptions membership)
    {
        // Three questions without an answer, one a second. The limits hold the second: Orleans would stretch it to 4, and doubt a
        // silo only when its connection was quiet for three times as long.
        membership.ProbeTimeout = TimeSpan.FromSeconds(1);
        membership.MinProbeTimeout = TimeSpan.FromSeconds(1);
        membership.MaxProbeTimeout = TimeSpan.FromSeconds(1);
        membership.NumMissedProbesLimit = 3;

        // Each silo is judged by those that ask it. Were one that does not answer asked through another, two that do not reach each
        // other would live on, and each would be without the grains of the other for as long.
        membership.EnableIndirectProbes = false;

        // With two silos there is no second vote. One that is wrong costs a restart; the version of the table lets only one of two
        // silos that were cut off from each other win.
        membership.NumVotesForDeathDeclaration = 1;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(2);
        membership.MaxJoinAttemptTime = TimeSpan.FromMinutes(1);
    }

    private static void ConfigureTls(ISiloBuilder silo, SiloOptions options)
    {
        if (options is { Certificate: null, Key: null, Authority: null })
        {
            if (!IPAddress.IsLoopback(options.Address))
            {
                throw new SiloOptionException(
                    $"the silo's address {options.Address} is not of loopback: it needs a certificate, its key and the authority's "
                    + "certificate, for whoever reaches the port of a silo can do all that a silo can");
            }

            return;
        }

        if (options is not { Certificate: { } certificateFile, Key: { } keyFile, Authority: { } authorityFile })
        {
            throw new SiloOptionException("a silo's certificate, its key and the authority's certificate go together: give all three");
        }

        X509Certificate2 certificate = Read(
            $"{certificateFile} with the key {keyFile}", () => X509Certificate2.CreateFromPemFile(certificateFile, keyFile));
        X509Certificate2Collection authorities = [];
        Read(authorityFile, () =>
        {
            authorities.ImportFromPemFile(authorityFile);
            return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
        });
        silo.UseTls(tls =>
        {
            tls.LocalCertificate = certificate;
            tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.RemoteCertificateValidation = (shown, chain, _) => IsOfAuthority(shown, chain, authorities);

            // The protocol wants a name; who signed is what is asked, for silos are known by address.
            tls.OnAuthenticateAsClient = (_, client) => client.TargetHost = "segment-coverage-fleet";
        });
    }

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new SiloOptionException($"cannot read the certificate {Engine.Printable(file)}: {Engine.Printable(e.Message)}");
        }
    }

    /// <summary>Whether a certificate is signed by one of these authorities, and neither too old nor too new.</summary>
    internal static bool IsOfAuthority(X509Certificate2 shown, X509Chain? sent, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(shown);
    }
}

/// <summary>
/// Ends the process when its silo cannot go on, mostly because the others have declared it dead: the machine paused, or was cut off.
/// What it knew is theirs by now. It must not answer any more, so nothing is stopped in order; the unit starts it again, and it joins
/// as a new silo.
/// </summary>
internal sealed class FatalEnd(ILoggerFactory loggers) : IFatalErrorHandler
{
    /// <summary>The exit code: try again, as sysexits.h has it. A unit with Restart=on-failure or always does.</summary>
    public const int TryAgain = 75;

    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => exception is not ThreadInterruptedException;

    /// <inheritdoc/>
    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        // Orleans appends the whole table of silos.
        string why = Engine.Printable(string.Join(": ", context?.Split(" Membership: ")[0], exception?.Message).Trim(' ', ':'));
        loggers.CreateLogger<FatalEnd>().LogCritical(
            Log.Here(), "the silo of this process cannot go on, it ends and must be started again: {Why}", why);

        // The log writes what waits, or gives up after a moment.
        Task.WaitAny([Task.Run(loggers.Dispose)], Log.Patience);
        Exit(TryAgain);
    }

    // Not Environment.Exit: what stops in order may wait for the cluster, and may answer meanwhile.
    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void Exit(int code);
}
