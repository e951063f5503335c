/// Reads PNG pictures, by the specification and not by the library that wrote them: 8 bits, RGB or RGBA, not
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

/// Reads a picture; fails on one that is not whole.
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
        let kind = Encoding.ASCII.GetString(exactly 4)
        let data = exactly length
        exactly 4 |> ignore

        if kind = "IEND" then
            List.rev sofar
        else
            chunks ((kind, data) :: sofar)

    let chunks = chunks []
    let header = List.find (fst >> (=) "IHDR") chunks |> snd
    let width = BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(header, 0, 4))
    let height = BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(header, 4, 4))

    let size =
        match header[8..] with
        | [| 8uy; 2uy; 0uy; 0uy; 0uy |] -> 3
        | [| 8uy; 6uy; 0uy; 0uy; 0uy |] -> 4
        | other -> failwithf "a kind of PNG that is not read here: %A" other

    let packed = chunks |> Seq.filter (fst >> (=) "IDAT") |> Seq.map snd |> Array.concat
    use unpacked = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress)
    let mutable above = Array.zeroCreate<byte>(width * size)

    let pixels =
        [| for _ in 1..height do
               let filter = unpacked.ReadByte()
               let line = Array.zeroCreate<byte>(width * size)
               unpacked.ReadExactly line

               for at in 0 .. line.Length - 1 do
                   let left = if at < size then 0uy else line[at - size]
                   let corner = if at < size then 0uy else above[at - size]

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

               for at in 0..size .. line.Length - 1 do
                   let alpha = if size = 4 then line[at + 3] else 0xFFuy
                   let bytes = [| line[at]; line[at + 1]; line[at + 2]; alpha |]
                   BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan bytes) |]

    { Width = width
      Height = height
      Pixels = pixels }

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
