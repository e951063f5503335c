using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;
using Spectre.Console;

namespace Coverage.Host;

/// <summary>Some files, and their bytes.</summary>
internal readonly record struct FileCount(long Files, long Bytes)
{
    /// <summary>Both counts together with others.</summary>
    public static FileCount operator +(FileCount one, FileCount other) => new(one.Files + other.Files, one.Bytes + other.Bytes);

    /// <summary>A number of bytes for people.</summary>
    public static string Text(long bytes) => bytes switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.#} GB"),
    };
}

/// <summary>
/// How far verifying is, on the standard error: a bar on a terminal, a line every five minutes elsewhere. What there is to do is
/// counted only when it is shown, beside the reading: a short run need not wait for it.
/// </summary>
/// <param name="pace">Counts the bytes that are read.</param>
internal sealed class VerifyProgress(Pace pace)
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromMinutes(5);

    private long files;

    /// <summary>Counts what there is to do; null as long as nothing can be counted.</summary>
    public volatile Func<FileCount>? Count;

    /// <summary>The stream whose files are being read.</summary>
    public volatile StreamName? At;

    private Task<FileCount>? counting;

    /// <summary>A file was read.</summary>
    public void Add() => Interlocked.Increment(ref files);

    /// <summary>Shows how far the work is until it ends.</summary>
    public void Watch(Task running, CancellationToken stop)
    {
        if (Console.IsErrorRedirected)
        {
            long began = TimeProvider.System.GetTimestamp();
            Waiting.WithLines(
                running, LineEvery, () => Line(At, Done, Total, TimeProvider.System.GetElapsedTime(began)), stop);
            return;
        }

        Waiting.WithBar(
            running,
            [
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new DownloadedColumn { Base = FileSizeBase.Decimal, Culture = CultureInfo.InvariantCulture }, new RemainingTimeColumn(),
            ],
            Show,
            stop);
    }

    /// <summary>Says how far verifying is.</summary>
    /// <param name="at">The stream whose files are being read.</param>
    /// <param name="done">What was read.</param>
    /// <param name="total">What there is to read; null as long as that is not known.</param>
    /// <param name="elapsed">How long that took.</param>
    internal static string Line(StreamName? at, FileCount done, FileCount? total, TimeSpan elapsed)
    {
        string where = at is null ? "verifying" : $"verifying {at}";
        if (total is not { } all)
        {
            return $"{where}: {HourLog.Number(done.Files, "file")}, {FileCount.Text(done.Bytes)}";
        }

        string left = done.Bytes == 0 || done.Bytes > all.Bytes ? ""
            : $", about {Texts.Length(Math.Round((decimal)elapsed.TotalSeconds * (all.Bytes - done.Bytes) / done.Bytes))} left";
        return $"{where}: {done.Files} of {HourLog.Number(all.Files, "file")}, {FileCount.Text(done.Bytes)} of {FileCount.Text(all.Bytes)}{left}";
    }

    private FileCount Done => new(Interlocked.Read(ref files), pace.Bytes);

    private FileCount? Total
    {
        get
        {
            counting ??= Count is { } count ? Task.Run(count) : null;
            return counting is { IsCompletedSuccessfully: true } ? counting.Result : null;
        }
    }

    private void Show(ProgressTask bar)
    {
        FileCount done = Done;
        FileCount? total = Total;
        bar.IsIndeterminate = total is null;
        bar.Description = Markup.Escape($"{At?.ToString() ?? "verifying"} {done.Files}{(total is { } all ? $" of {all.Files}" : "")} files");
        bar.MaxValue = total is { } known ? Math.Max(1, known.Bytes) : long.MaxValue;
        bar.Value = done.Bytes;
    }
}
