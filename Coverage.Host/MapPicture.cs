using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Coverage.CommandLine;
using SkiaSharp;

namespace Coverage.Host;

/// <summary>
/// The coverage map as a PNG (semantics.md section 5): one pixel a cell, colours as the wubloader project's.
/// The one file that knows the picture library.
/// </summary>
internal static class MapPicture
{
    private static readonly uint[] Colours = [.. Enum.GetValues<Cell>().Select(cell =>
        BitConverter.ToUInt32([.. Convert.FromHexString(ColourOf(cell).AsSpan(1)), 0xff]))];

    /// <summary>The colour of a cell, as style sheets write it.</summary>
    public static string ColourOf(Cell cell) => cell switch
    {
        Cell.None => "#ffffff",
        Cell.Partial => "#ff7f0e",
        _ => "#1f77b4",
    };

    /// <summary>Where a stream's map is.</summary>
    public static string PathOf(Options options, StreamName stream) =>
        Path.Combine(options.BaseDir, options.OutputDir, $"{stream.Channel}_{stream.Quality}_coverage.png");

    /// <summary>Which of several streams may write their maps: of those with one name for it the first.</summary>
    public static HashSet<StreamName> Owners(Options options, IEnumerable<StreamName> streams) =>
        [.. streams.DistinctBy(stream => PathOf(options, stream))];

    /// <summary>Sees to it that a stream may write its map.</summary>
    /// <exception cref="IOException">Another stream's map has the same name.</exception>
    public static void MustOwn(Options options, StreamName stream, HashSet<StreamName> owners)
    {
        if (!owners.Contains(stream))
        {
            throw new IOException($"another stream's map has the same name, {Engine.Printable(PathOf(options, stream))}");
        }
    }

    /// <summary>The map of a stream; null when there is nothing to draw.</summary>
    /// <exception cref="IOException">The map is refused.</exception>
    public static CoverageMap? Draw(Options options, StreamReport report)
    {
        MapScale scale = Engine.MapScale(options.PixelSeconds, options.Rows);
        CoverageMap? map = Engine.Map(scale, report, out string? refused);
        if (refused is not null)
        {
            throw new IOException(refused);
        }

        // The pages of all nodes show this one's map of the range, so there is one of nothing, too: cells are white from the start.
        return map is null && options is { Command: Command.Serve, MakePage: true, FirstHour: { } first, LastHour: { } last }
            && last - first < Coverage.Map.longest
            ? new CoverageMap(scale, first, last, new Cell[(last - first + 1) * 3600 / scale.Pixel])
            : map;
    }

    /// <summary>Whether two maps give the same picture.</summary>
    public static bool AreSame(CoverageMap one, CoverageMap? other) =>
        one.FirstHour == other?.FirstHour
        && MemoryMarshal.AsBytes(one.Cells.Span).SequenceEqual(MemoryMarshal.AsBytes(other.Cells.Span));

    /// <summary>Writes a map as PNG.</summary>
    /// <exception cref="IOException">The picture is too large for the library, or the stream cannot be written.</exception>
    public static void Write(CoverageMap map, Stream stream)
    {
        int columns = map.Columns, rows = map.Scale.Rows;
        var layout = new SKImageInfo(columns, rows, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(layout))
        {
            throw new IOException($"a picture of {columns} by {rows} pixels does not fit into memory");
        }

        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(bitmap.GetPixelSpan());
        ReadOnlySpan<Cell> cells = map.Cells.Span;
        for (int cell = 0; cell < cells.Length; cell++)
        {
            pixels[(cell % rows * columns) + (cell / rows)] = Colours[(int)cells[cell]];
        }

        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100)
            ?? throw new IOException($"a picture of {columns} by {rows} pixels cannot be written as PNG");
        png.SaveTo(stream);
    }
}
