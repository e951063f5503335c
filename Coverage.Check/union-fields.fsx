// Writes a copy of an assembly that ILC, the native compiler, keeps whole: dotnet fsi union-fields.fsx FROM TO.
//
// ILC keeps the attributes of a property only when its getter is marked as special, which the F# compiler leaves out for the fields
// of unions. Without its attribute F# reflection takes no property for a field, and Argu finds options without values. So the mark
// is set, a bit in the table of methods.
open System
open System.IO
open System.Reflection
open System.Reflection.Metadata
open System.Reflection.Metadata.Ecma335
open System.Reflection.PortableExecutable

let from, into = fsi.CommandLineArgs[1], fsi.CommandLineArgs[2]
let assembly = File.ReadAllBytes from
let file = new PEReader(new MemoryStream(assembly))
let metadata = file.GetMetadataReader()

let methods =
    file.PEHeaders.MetadataStartOffset
    + metadata.GetTableMetadataOffset TableIndex.MethodDef

for property in metadata.PropertyDefinitions do
    let getter = (metadata.GetPropertyDefinition property).GetAccessors().Getter

    if not getter.IsNil then
        let row =
            (MetadataTokens.GetRowNumber getter - 1)
            * metadata.GetTableRowSize TableIndex.MethodDef

        // A row begins with RVA (4 bytes) and ImplFlags (2 bytes).
        let flags = Span(assembly, methods + row + 6, 2)
        let marked = BitConverter.ToUInt16 flags ||| uint16 MethodAttributes.SpecialName
        BitConverter.TryWriteBytes(flags, marked) |> ignore

File.WriteAllBytes(into, assembly)
