/// Reads PNG pictures, by the specification and not by the library that wrote them: 2 bits a pixel and a palette, not
/// interlaced.
module Coverage.Tests.Png

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Text

/// A picture; each pixel is 0xRRGGBBAA.
type Picture =
    { Width: int
      Height: int
      Pixels: uint32[] }

    member this.Item
        with get (row: int, column: int) = this.Pixels[row * this.Width + column]

let private signature =
    [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |]

/// The predictor of the fourth filter: of left, above and above-left the nearest to left + above - above-left.
let private paeth (left: byte) (above: byte) (corner: byte) : byte =
    let guess = int left + int above - int corner
    let distance (one: byte) = abs (guess - int one)

    if distance left <= distance above && distance left <= distance corner then
        left
    elif distance above <= distance corner then
        above
    else
        corner

/// The checksum of a chunk's kind and data: CRC-32, bit by bit.
let private crc (bytes: byte[]) : uint32 =
    let shifted rest =
        if rest &&& 1u = 0u then
            rest >>> 1
        else
            (rest >>> 1) ^^^ 0xEDB88320u

    let next rest (it: byte) =
        Seq.fold (fun rest _ -> shifted rest) (rest ^^^ uint32 it) [ 1..8 ]

    ~~~(Array.fold next 0xFFFFFFFFu bytes)

/// Reads a picture; fails on a picture that is not whole.
let read (file: Stream) : Picture =
    let exactly count =
        let bytes = Array.zeroCreate<byte> count
        file.ReadExactly bytes
        bytes

    let number () =
        BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(exactly 4))

    if exactly 8 <> signature then
        failwith "no PNG"

    // Chunks up to the last, which is there in every whole picture.
    let rec chunks sofar =
        let length = number ()
        let named = exactly (4 + length)
        let kind, data = Encoding.ASCII.GetString(named, 0, 4), named[4..]

        if uint32 (number ()) <> crc named then
            failwithf "the checksum of %s is wrong" kind

        if kind = "IEND" then
            List.rev sofar
        else
            chunks ((kind, data) :: sofar)

    let chunks = chunks []

    let the kind =
        List.find (fst >> (=) kind) chunks |> snd

    let header = the "IHDR"
    let width = BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(header, 0, 4))
    let height = BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(header, 4, 4))

    // The bits of a pixel, how many bytes filters step by, and the colour of a pixel in a line: ours have a palette, those
    // of the wubloader project's checker have red, green, blue and alpha.
    let bits, step, colour =
        match header[8..] with
        | [| 2uy; 3uy; 0uy; 0uy; 0uy |] ->
            let palette = the "PLTE"

            2,
            1,
            fun (line: byte[]) column ->
                // The first pixel is in the highest bits.
                let number = int line[column / 4] >>> (6 - column % 4 * 2) &&& 3
                [| yield! palette[3 * number .. 3 * number + 2]; 0xFFuy |]
        | [| 8uy; 6uy; 0uy; 0uy; 0uy |] -> 32, 4, fun line column -> line[4 * column .. 4 * column + 3]
        | other -> failwithf "a kind of PNG that is not read here: %A" other

    let packed = chunks |> Seq.filter (fst >> (=) "IDAT") |> Seq.map snd |> Array.concat
    use unpacked = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress)
    let lineLength = (width * bits + 7) / 8
    let mutable above = Array.zeroCreate<byte> lineLength

    let pixels =
        [| for _ in 1..height do
               let filter = unpacked.ReadByte()
               let line = Array.zeroCreate<byte> lineLength
               unpacked.ReadExactly line

               // Filters take bytes, of whatever pixels.
               for at in 0 .. line.Length - 1 do
                   let left = if at < step then 0uy else line[at - step]
                   let corner = if at < step then 0uy else above[at - step]

                   line[at] <-
                       line[at]
                       + match filter with
                         | 0 -> 0uy
                         | 1 -> left
                         | 2 -> above[at]
                         | 3 -> byte ((int left + int above[at]) / 2)
                         | 4 -> paeth left above[at] corner
                         | other -> failwithf "there is no filter %d" other

               above <- line

               for column in 0 .. width - 1 do
                   BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(colour line column)) |]

    if unpacked.ReadByte() >= 0 then
        failwith "more data than the header says"

    { Width = width
      Height = height
      Pixels = pixels }

/// Reads the picture in a file.
let readFile (path: string) : Picture =
    use file = File.OpenRead path
    read file

/// The colours of a coverage map.
type Colour =
    | White
    | Orange
    | Blue

/// The cells of a coverage map in order of time: down the columns, and those from left to right.
let cells (picture: Picture) : Colour[] =
    [| for column in 0 .. picture.Width - 1 do
           for row in 0 .. picture.Height - 1 do
               match picture[row, column] with
               | 0xFFFFFFFFu -> White
               | 0xFF7F0EFFu -> Orange
               | 0x1F77B4FFu -> Blue
               | other -> failwithf "no colour of a map: %08x" other |]
