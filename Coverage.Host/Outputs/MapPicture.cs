using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Hashing;
using System.Linq;
using System.Runtime.InteropServices;
using Coverage.CommandLine;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;

namespace Coverage.Host;

/// <summary>The map of a stream before it is drawn: a map of ten years has 160 million cells, and is drawn in pieces.</summary>
/// <param name="Account">What is drawn.</param>
/// <param name="Scale">How it is laid out.</param>
/// <param name="IsPlain">Whether it has the three colours of the wubloader project's checker alone.</param>
/// <param name="FirstHour">The hour with which it begins.</param>
/// <param name="LastHour">The last hour.</param>
internal sealed record StreamMap(Account Account, MapScale Scale, bool IsPlain, int FirstHour, int LastHour)
{
    /// <summary>A month. A multiple of four hours, so that a piece ends with a byte of the picture.</summary>
    private const int HoursOfPiece = 744;

    /// <summary>How many columns it has.</summary>
    public int Columns => (LastHour - FirstHour + 1) * ColumnsOfHour;

    private int ColumnsOfHour => 3600 / Scale.Pixel / Scale.Rows;

    /// <summary>Its cells in order of time, in pieces, each with the number of the column that it begins with.</summary>
    public IEnumerable<(int Column, ReadOnlyMemory<Cell> Cells)> Pieces()
    {
        for (int first = FirstHour; first <= LastHour; first += HoursOfPiece)
        {
            int last = Math.Min(first + HoursOfPiece - 1, LastHour);
            yield return ((first - FirstHour) * ColumnsOfHour, Engine.MapCells(Scale, IsPlain, Account, first, last));
        }
    }
}

/// <summary>
/// The coverage map as a PNG (semantics.md section 5): one pixel a cell, colours as the wubloader project's.
/// The one file that knows the picture library, which only encodes: it is given no format to decode.
/// </summary>
internal static class MapPicture
{
    private static readonly Configuration NoFormats = new();

    private static readonly PngEncoder Encoder = new()
    {
        ColorType = PngColorType.Grayscale,
        BitDepth = PngBitDepth.Bit8,
        FilterMethod = PngFilterMethod.Up,
        CompressionLevel = PngCompressionLevel.Level6,
        IgnoreMetadata = true,
    };

    /// <summary>The palette of a map, by the numbers of its cells; unknown time has stripes of one colour more.</summary>
    private static readonly string[] Colours =
        [.. Enum.GetValues<Cell>().Select(ColourOf), "#7f7f7f"];

    private const int PlainColours = (int)Cell.Full + 1;

    /// <summary>The colour of a cell, as style sheets write it.</summary>
    public static string ColourOf(Cell cell) => cell switch
    {
        Cell.None => "#ffffff",
        Cell.Partial => "#ff7f0e",
        Cell.Full => "#1f77b4",
        Cell.Unexpected => "#d9d9d9",
        Cell.Acknowledged => "#9edae5",
        Cell.Pending => "#dbdb8d",
        _ => "#c7c7c7",
    };

    /// <summary>Where a stream's map is.</summary>
    public static string PathOf(Options options, StreamName stream) =>
        Path.Combine(options.BaseDir, options.OutputDir, $"{stream.Channel}_{stream.Quality}_coverage.png".Replace('/', '_'));

    /// <summary>The streams that may write their maps: the first of those whose maps have the same name.</summary>
    public static HashSet<StreamName> Owners(Options options, IEnumerable<StreamName> streams) =>
        [.. streams.DistinctBy(stream => PathOf(options, stream))];

    /// <summary>Fails unless a stream may write its map.</summary>
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
    public static StreamMap? Of(Options options, Account account)
    {
        MapScale scale = Engine.MapScale(options.PixelSeconds, options.Rows);
        if (Engine.TryMapHours(account, out int firstHour, out int lastHour, out string? refused))
        {
            return new(account, scale, IsPlain(options.Judgement), firstHour, lastHour);
        }

        if (refused is not null)
        {
            throw new IOException(refused);
        }

        // The pages of all nodes show this node's map of the range, so an empty stream needs a map, too.
        return options is { Command: Command.Serve, MakePage: true, FirstHour: { } first, LastHour: { } last }
            && last - first < Coverage.Map.longest
                ? new(account, scale, IsPlain(options.Judgement), first, last) : null;
    }

    /// <summary>Whether maps keep the three colours that users of the wubloader project's checker know.</summary>
    private static bool IsPlain(JudgementOptions options) =>
        options.Expected.IsEmpty && options.ExpectedFrom is null && options.Acknowledged is null;

    /// <summary>Whether two maps give the same picture.</summary>
    public static bool AreSame(StreamMap one, StreamMap? other) =>
        (one.FirstHour, one.LastHour) == (other?.FirstHour, other?.LastHour)
        && one.Pieces().Zip(other!.Pieces()).All(pair => Bytes(pair.First.Cells).SequenceEqual(Bytes(pair.Second.Cells)));

    /// <summary>
    /// Writes a map as PNG, with a palette and 2 bits a pixel, or 4 where there are more colours. The library wants a byte a
    /// pixel and makes a second copy of them. So it is given several pixels as one grey pixel of 8 bits, which PNG filters and compresses to the same data;
    /// what differs is the header, written here.
    /// </summary>
    /// <exception cref="IOException">The picture is too large for the memory, or the stream cannot be written.</exception>
    public static void Write(StreamMap map, Stream stream)
    {
        const int signatureLength = 8, headerLength = 25;
        using var grey = new MemoryStream();
        try
        {
            Memory<byte> rows = Packed(map, out int width);
            using Image<L8> image = Image.WrapMemory<L8>(NoFormats, rows, width, map.Scale.Rows);
            Encoder.Encode(image, grey);
        }
        catch (Exception e) when (e is OutOfMemoryException or InvalidMemoryOperationException)
        {
            throw new IOException($"a picture of {map.Columns} by {map.Scale.Rows} pixels does not fit into memory", e);
        }

        // Width and height, bits of a pixel, colours from a palette; compression, filters and no interlacing as ever.
        Span<byte> header = [0, 0, 0, 0, 0, 0, 0, 0, (byte)BitsOf(map), 3, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(header, map.Columns);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], map.Scale.Rows);
        ReadOnlySpan<byte> png = grey.GetBuffer().AsSpan(0, (int)grey.Length);
        stream.Write(png[..signatureLength]);
        WriteChunk(stream, "IHDR"u8, header);
        IEnumerable<string> colours = map.IsPlain ? Colours.Take(PlainColours) : Colours;
        WriteChunk(stream, "PLTE"u8, [.. colours.SelectMany(colour => Convert.FromHexString(colour.AsSpan(1)))]);
        stream.Write(png[(signatureLength + headerLength)..]);
    }

    private static int BitsOf(StreamMap map) => map.IsPlain ? 2 : 4;

    /// <summary>The colour of unknown cells changes with every other diagonal.</summary>
    private static int ColourAt(byte cell, int row, int column) =>
        cell == (byte)Cell.Unknown && ((row + column) & 2) != 0 ? Colours.Length - 1 : cell;

    /// <summary>The cells row by row, several in a byte, and how many bytes a row has.</summary>
    private static byte[] Packed(StreamMap map, out int width)
    {
        int bits = BitsOf(map), perByte = 8 / bits;
        int rows = map.Scale.Rows;
        width = (map.Columns + perByte - 1) / perByte;
        byte[] packed = new byte[width * rows];
        foreach ((int firstColumn, ReadOnlyMemory<Cell> piece) in map.Pieces())
        {
            ReadOnlySpan<byte> cells = Bytes(piece);
            for (int column = 0; column * rows < cells.Length; column++)
            {
                ReadOnlySpan<byte> pixels = cells.Slice(column * rows, rows);
                if (!pixels.ContainsAnyExcept((byte)Cell.None))
                {
                    continue;
                }

                (int at, int within) = Math.DivRem(firstColumn + column, perByte);
                int shift = bits * (perByte - 1 - within);
                for (int row = 0; row < rows; row++, at += width)
                {
                    packed[at] |= (byte)(ColourAt(pixels[row], row, firstColumn + column) << shift);
                }
            }
        }

        return packed;
    }

    private static ReadOnlySpan<byte> Bytes(ReadOnlyMemory<Cell> cells) => MemoryMarshal.AsBytes(cells.Span);

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(kind);
        stream.Write(data);
        var crc = new Crc32();
        crc.Append(kind);
        crc.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc.GetCurrentHashAsUInt32());
        stream.Write(number);
    }
}
