using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Prometheus;

namespace Coverage.Host;

/// <summary>The figures of the process, by the names that the official Prometheus clients give them.</summary>
internal static class ProcessStats
{
    /// <summary>Registers the library's figures, and those that it leaves out or names otherwise.</summary>
    public static void Register(CollectorRegistry registry, IMetricFactory metrics)
    {
        DotNetStats.Register(registry);
        NeverNegative(registry, metrics.CreateGauge("dotnet_total_memory_bytes", "Total known allocated memory"));
        Gauge resident = Create("process_resident_memory_bytes", "Resident memory size in bytes.");
        Gauge open = Create("process_open_fds", "Number of open file descriptors.");
        Gauge most = Create("process_max_fds", "Maximum number of open file descriptors.");
        registry.AddBeforeCollectCallback(() =>
        {
            resident.Set(Environment.WorkingSet);
            Show(open, () => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
            Show(most, MostOpenFiles);
        });

        Gauge Create(string name, string help) =>
            metrics.CreateGauge(name, help, new GaugeConfiguration { SuppressInitialValue = true });
    }

    /// <summary>
    /// Takes the sample of a gauge out of a scrape when it is negative: the runtime's count of allocated memory sometimes is, for a
    /// moment (dotnet/runtime issue 106712). It is checked after the library has set it, for these callbacks run after the others.
    /// </summary>
    internal static void NeverNegative(CollectorRegistry registry, Gauge gauge) => registry.AddBeforeCollectCallback(_ =>
    {
        if (gauge.Value < 0)
        {
            gauge.Unpublish();
        }

        return Task.CompletedTask;
    });

    /// <summary>Sets a gauge; where /proc is hidden there is no sample rather than a wrong one.</summary>
    private static void Show(Gauge gauge, Func<double?> read)
    {
        try
        {
            if (read() is { } value)
            {
                gauge.Set(value);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            gauge.Unpublish();
        }
    }

    /// <summary>The soft limit, which is what a process runs into: the fourth word of `Max open files SOFT HARD files`.</summary>
    private static double? MostOpenFiles()
    {
        string limit = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = limit.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return double.TryParse(soft, CultureInfo.InvariantCulture, out double number) ? number : null;
    }
}
