/// What the core shows to others, and what it sees of the world: nothing but what it is given.
/// Units of measure are gone from what is compiled, so that the surface has plain numbers in their place.
module Coverage.Tests.SurfaceTests

open System
open System.IO
open System.Reflection
open System.Reflection.Metadata
open System.Reflection.PortableExecutable
open System.Runtime.CompilerServices
open Expecto
open Coverage

let private core = typeof<Segment>.Assembly

/// A type as a reader knows it: `ImmutableArray<Segment>`.
let rec private nameOf (t: Type) : string =
    if t.HasElementType then
        let element = t.GetElementType() |> Option.ofObj |> Option.map nameOf |> Option.get
        element + (if t.IsByRef then "&" else "[]")
    elif t.IsGenericType then
        let arguments = t.GetGenericArguments() |> Array.map nameOf |> String.concat ", "
        $"{t.Name.Substring(0, t.Name.IndexOf '`')}<{arguments}>"
    elif t.IsNested then
        match t.DeclaringType with
        | null -> t.Name
        | outer -> $"{nameOf outer}.{t.Name}"
    else
        t.Name

let private parameters (members: ParameterInfo[]) =
    members
    |> Array.map (fun parameter -> $"{parameter.Name}: {nameOf parameter.ParameterType}")
    |> String.concat ", "

/// A member on one line; nothing for what the compiler makes by itself, and for accessors.
let private lineOf (m: MemberInfo) : string option =
    let isStatic (method: MethodBase) =
        if method.IsStatic then "static " else ""

    if not (isNull (m.GetCustomAttribute<CompilerGeneratedAttribute>())) then
        None
    else
        match m with
        | :? PropertyInfo as property ->
            let accessor = property.GetAccessors().[0]
            Some $"{isStatic accessor}{property.Name}: {nameOf property.PropertyType}"
        | :? FieldInfo as field when field.IsLiteral ->
            Some $"const {field.Name}: {nameOf field.FieldType} = {field.GetRawConstantValue()}"
        | :? FieldInfo as field when field.IsSpecialName -> None
        | :? FieldInfo as field -> Some $"field {field.Name}: {nameOf field.FieldType}"
        | :? ConstructorInfo as maker -> Some $"new({parameters (maker.GetParameters())})"
        | :? MethodInfo as method when method.Name.StartsWith "get_" -> None
        | :? MethodInfo as method ->
            Some
                $"{isStatic method}{method.Name}({parameters (method.GetParameters())}): {nameOf method.ReturnType}"
        | _ -> None

let private surface: string =
    let everyMember =
        BindingFlags.Public
        ||| BindingFlags.Instance
        ||| BindingFlags.Static
        ||| BindingFlags.DeclaredOnly

    [ for t in Array.append (core.GetExportedTypes()) (typeof<StreamFolder>.Assembly.GetExportedTypes()) do
          nameOf t

          for m in t.GetMembers everyMember do
              match lineOf m with
              | Some line -> $"{nameOf t} {line}"
              | None -> () ]
    |> List.sortWith (fun a b -> String.CompareOrdinal(a, b))
    |> String.concat "\n"
    |> fun text -> text + "\n"

/// The environment variable that, set to anything, makes the test write the file anew.
let private updating = "COVERAGE_UPDATE_SURFACE"

[<Tests>]
let publicSurface =
    testCase "the public surface of core and archive reader is the one in PublicSurface.txt"
    <| fun () ->
        if not (String.IsNullOrEmpty(Environment.GetEnvironmentVariable updating)) then
            File.WriteAllText(Path.Combine(__SOURCE_DIRECTORY__, "PublicSurface.txt"), surface)
        else
            let expected =
                File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PublicSurface.txt"))

            let lines (text: string) = text.Split '\n' |> set
            let more = lines surface - lines expected
            let fewer = lines expected - lines surface

            let changes =
                [ for line in fewer -> "- " + line
                  for line in more -> "+ " + line ]
                |> String.concat "\n"

            if surface <> expected then
                failtest
                    $"The public surface has changed:\n{changes}\n\
                    If that is meant, run these tests once with {updating}=1, and check the file in."

[<Tests>]
let purity =
    // The full names of the types, and the names of the members, that the core refers to.
    let types, members =
        use file = new PEReader(File.OpenRead core.Location)
        let metadata = file.GetMetadataReader()

        [ for handle in metadata.TypeReferences do
              let t = metadata.GetTypeReference handle
              metadata.GetString t.Namespace + "." + metadata.GetString t.Name ],
        [ for handle in metadata.MemberReferences do
              metadata.GetString (metadata.GetMemberReference handle).Name ]

    testList
        "the core is pure"
        [ testCase "it refers to FSharp.Core and the framework alone"
          <| fun () ->
              for reference in core.GetReferencedAssemblies() do
                  let name = string reference.Name

                  Expect.isTrue
                      (name = "FSharp.Core" || name = "netstandard" || name.StartsWith "System.")
                      name

          testCase "it sees no file, network, console, process, thread or random number"
          <| fun () ->
              Expect.contains types "System.Math" "the types are seen"

              // A digest is a function of bytes; what else there is in its namespace is not.
              for name in List.except [ "System.Security.Cryptography.SHA256" ] types do
                  for world in
                      [ "System.IO."
                        "System.Net."
                        "System.Threading."
                        "System.Diagnostics.Process"
                        "System.Diagnostics.Stopwatch"
                        "System.Console"
                        "System.Environment"
                        "System.Random"
                        "System.Security."
                        "System.TimeProvider"
                        "System.Guid" ] do
                      Expect.isFalse (name.StartsWith(world, StringComparison.Ordinal)) name

          testCase "it sees no clock"
          <| fun () ->
              Expect.contains members "AddHours" "the members are seen"

              for clock in [ "get_Now"; "get_UtcNow"; "get_Today"; "get_TickCount"; "get_TickCount64" ] do
                  Expect.isFalse (List.contains clock members) clock ]
