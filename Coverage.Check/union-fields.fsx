// Writes a copy of an assembly that ILC, the native compiler, keeps whole: dotnet fsi union-fields.fsx FROM TO.
//
// ILC keeps the attributes of a property only when its getter is marked as special, which the F# compiler leaves out for the fields
// of unions. Without its attribute F# reflection takes no property for a field, and Argu finds options without values. So the
// mark is set, a bit in the table of methods. What has no such attribute stays as it is: to look through fewer is faster.
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

let isMapping (attribute: CustomAttributeHandle) =
    let constructor = (metadata.GetCustomAttribute attribute).Constructor

    constructor.Kind = HandleKind.MemberReference
    && (let declaring =
            metadata.GetMemberReference(MemberReferenceHandle.op_Explicit constructor).Parent

        let name = metadata.GetTypeReference(TypeReferenceHandle.op_Explicit declaring).Name

        metadata.GetString name = "CompilationMappingAttribute")

for handle in metadata.PropertyDefinitions do
    let property = metadata.GetPropertyDefinition handle

    if Seq.exists isMapping (property.GetCustomAttributes()) then
        let row =
            (MetadataTokens.GetRowNumber(property.GetAccessors().Getter) - 1)
            * metadata.GetTableRowSize TableIndex.MethodDef

        // A row begins with RVA (4 bytes) and ImplFlags (2 bytes).
        let flags = Span(assembly, methods + row + 6, 2)
        let marked = BitConverter.ToUInt16 flags ||| uint16 MethodAttributes.SpecialName
        BitConverter.TryWriteBytes(flags, marked) |> ignore

File.WriteAllBytes(into, assembly)
