namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.Text

/// What a part of a template stands for (semantics.md section 13).
[<RequireQualifiedAccess>]
type internal TemplatePart =
    /// These bytes.
    | Text of byte[]
    /// `%path`: as little as fits, `/` too. Its place among the fields of names.
    | Path of place: int
    /// `%{name}`: as little as fits of one part of the path.
    | Name of place: int
    /// `%Y` and the like: so many digits, or for `%s` from 9 to 11.
    | Number of field: char * fewest: int * most: int
    /// `%z`.
    | Offset

/// Why a template cannot be used: which field, and what is wrong.
[<RequireQualifiedAccess>]
type internal TemplateError =
    /// There is no such field.
    | UnknownField of found: string
    /// `%{` has no name, or no end.
    | NameForm of found: string
    /// A field that is needed is not there.
    | Missing of field: string
    /// Two fields that do not go together.
    | NotWith of field: string * other: string

    override this.ToString() =
        match this with
        | UnknownField found ->
            $"'{found}' is no field: there are %%path, %%{{name}}, %%Y, %%m, %%d, %%j, %%H, %%M, %%S, %%f, %%s, %%z and %%%% for a %%"
        | NameForm found -> $"'{found}' is not of the form %%{{name}}"
        | Missing field ->
            $"{field} is missing: a template needs %%s, or %%Y, %%m and %%d (or %%j), %%H and %%M"
        | NotWith(field, other) -> $"{field} does not go with {other}"

/// A template of paths, read once.
[<NoComparison; ReferenceEquality>]
type internal Template =
    {
        /// Its parts, in order.
        Parts: ImmutableArray<TemplatePart>
        /// How many fields name the stream.
        Names: int
        /// Whether no field stands twice, so that what fits at a place does not depend on what came before.
        IsPlain: bool
        /// Whether an ending such as `.mp4` may follow.
        MayEnd: bool
        /// How exactly starts are written: 1 us, 1 s or 60 s.
        Resolution: Duration
        /// Whether starts are written in local time, so that a zone is needed.
        IsLocal: bool
    }

/// Reading templates (semantics.md section 13).
[<RequireQualifiedAccess>]
module internal Template =

    /// The digits of each field of a number: the fewest and the most.
    let private numbers =
        dict
            [ 'Y', (4, 4)
              'm', (2, 2)
              'd', (2, 2)
              'H', (2, 2)
              'M', (2, 2)
              'S', (2, 2)
              'j', (3, 3)
              'f', (6, 6)
              's', (9, 11) ]

    /// The parts of a template, with the names of its fields in the order of their places.
    let private partsOf (template: string) : Result<TemplatePart list * string list, TemplateError> =
        let rec next (at: int) (parts: TemplatePart list) (names: string list) =
            let rest = template.Substring at

            let place (name: string) =
                match List.tryFindIndex ((=) name) names with
                | Some place -> place, names
                | None -> names.Length, names @ [ name ]

            let text (bytes: byte[]) (length: int) =
                match parts with
                | TemplatePart.Text before :: earlier ->
                    next (at + length) (TemplatePart.Text(Array.append before bytes) :: earlier) names
                | _ -> next (at + length) (TemplatePart.Text bytes :: parts) names

            if rest = "" then
                Ok(List.rev parts, names)
            elif rest[0] <> '%' then
                let length = if rest.Contains '%' then rest.IndexOf '%' else rest.Length
                text (Encoding.UTF8.GetBytes(rest.Substring(0, length))) length
            elif rest.StartsWith("%%", StringComparison.Ordinal) then
                text "%"B 2
            elif rest.StartsWith("%path", StringComparison.Ordinal) then
                let place, names = place "%path"
                next (at + 5) (TemplatePart.Path place :: parts) names
            elif rest.StartsWith("%{", StringComparison.Ordinal) then
                let finish = rest.IndexOf '}'

                if finish <= 2 then
                    Error(TemplateError.NameForm rest)
                else
                    let place, names = place (rest.Substring(0, finish + 1))
                    next (at + finish + 1) (TemplatePart.Name place :: parts) names
            elif rest.StartsWith("%z", StringComparison.Ordinal) then
                next (at + 2) (TemplatePart.Offset :: parts) names
            elif rest.Length > 1 && numbers.ContainsKey rest[1] then
                let fewest, most = numbers[rest[1]]
                next (at + 2) (TemplatePart.Number(rest[1], fewest, most) :: parts) names
            else
                Error(TemplateError.UnknownField(rest.Substring(0, min 2 rest.Length)))

        next 0 [] []

    /// What is wrong with the fields of a template together, if anything is.
    let private faultOf (has: char -> bool) (hasOffset: bool) : TemplateError option =
        let missing field =
            if has field then
                None
            else
                Some(TemplateError.Missing $"%%{field}")

        let apart field other =
            if has field && has other then
                Some(TemplateError.NotWith($"%%{field}", $"%%{other}"))
            else
                None

        let rules =
            if has 's' then
                [ for other in "YmdjHMS" -> apart 's' other ]
                @ [ (if hasOffset then
                         Some(TemplateError.NotWith("%s", "%z"))
                     else
                         None) ]
            else
                [ missing 'Y'
                  (if has 'j' then None else missing 'm')
                  (if has 'j' then None else missing 'd')
                  apart 'j' 'm'
                  apart 'j' 'd'
                  missing 'H'
                  missing 'M'
                  (if has 'f' then missing 'S' else None) ]

        List.tryPick id rules

    /// Whether the text after the last field of a template ends in an ending of its own: a point with letters and digits.
    let private hasEnding (parts: TemplatePart list) : bool =
        match List.tryLast parts with
        | Some(TemplatePart.Text bytes) ->
            let text = Encoding.UTF8.GetString bytes
            let point = text.LastIndexOf '.'

            point >= 0
            && point < text.Length - 1
            && Seq.forall Char.IsAsciiLetterOrDigit (text.Substring(point + 1))
        | _ -> false

    /// Reads a template.
    let tryParse (template: string) : Result<Template, TemplateError> =
        match partsOf template with
        | Error error -> Error error
        | Ok(parts, names) ->
            let fields =
                HashSet<char>(
                    parts
                    |> Seq.choose (function
                        | TemplatePart.Number(field, _, _) -> Some field
                        | _ -> None)
                )

            let hasOffset = List.contains TemplatePart.Offset parts

            match faultOf fields.Contains hasOffset with
            | Some fault -> Error fault
            | None ->
                Ok
                    { Parts = ImmutableArray.CreateRange parts
                      Names = names.Length
                      IsPlain =
                        (let fields =
                            parts
                            |> List.filter (function
                                | TemplatePart.Text _ -> false
                                | _ -> true)

                         List.length (List.distinct fields) = fields.Length)
                      MayEnd = not (hasEnding parts)
                      Resolution =
                        if fields.Contains 'f' then
                            Duration.ofMicroseconds 1L
                        elif fields.Contains 'S' || fields.Contains 's' then
                            Duration.second
                        else
                            Duration.ofSeconds 60L
                      IsLocal = not (hasOffset || fields.Contains 's') }

    /// The presets that are templates, with their names.
    let presets: ImmutableArray<struct (string * string)> =
        ImmutableArray.Create(
            struct ("mediamtx", "%path/%Y-%m-%d_%H-%M-%S-%f"),
            struct ("frigate", "%Y-%m-%d/%H/%{camera}/%M.%S.mp4")
        )
