// Finds the places in a file where a mistake can be put in.
#load "Mistakes.fsx"

open System
open System.IO
open System.Text.RegularExpressions
open FSharp.Compiler.CodeAnalysis
open FSharp.Compiler.Syntax
open FSharp.Compiler.SyntaxTrivia
open FSharp.Compiler.Text
open Mistakes

let private (|Infix|_|) (expression: SynExpr) =
    match expression with
    | SynExpr.App(_, false, SynExpr.App(_, true, SynExpr.LongIdent(_, name, _, sign), left, _), right, _) ->
        match name with
        | SynLongIdent(trivia = [ Some(IdentTrivia.OriginalNotation text) ]) -> Some(text, sign, left, right)
        | _ -> None
    | _ -> None

/// A call of a function whose last argument could stand in its place. The making of a value and an index are none.
let private (|Call|_|) (expression: SynExpr) =
    let rec isMade f =
        match f with
        | SynExpr.App(_, false, inner, _, _) -> isMade inner
        | SynExpr.TypeApp(inner, _, _, _, _, _, _) -> isMade inner
        | SynExpr.Ident name ->
            Char.IsUpper name.idText[0]
            || List.contains name.idText [ "byte"; "int"; "uint"; "int64"; "uint32"; "uint64"; "decimal" ]
        | _ -> false

    match expression with
    | SynExpr.App(_, false, _, SynExpr.Paren(SynExpr.Tuple _, _, _, _), _)
    | SynExpr.App(_, false, _, SynExpr.Const(SynConst.Unit, _), _)
    | SynExpr.App(_, false, _, SynExpr.ArrayOrListComputed _, _) -> None
    | SynExpr.App(_, false, f, argument, _) when not (isMade f) -> Some argument
    | _ -> None

let rec private alternatives (pattern: SynPat) : range list =
    match pattern with
    | SynPat.Or(left, right, _, _) -> alternatives left @ alternatives right
    | other -> [ other.Range ]

let rec private nameOf (pattern: SynPat) : string =
    match pattern with
    | SynPat.Named(SynIdent(name, _), _, _, _) -> name.idText
    | SynPat.LongIdent(longDotId = name) -> (List.last name.LongIdent).idText
    | SynPat.Typed(inner, _, _)
    | SynPat.Paren(inner, _) -> nameOf inner
    | _ -> "?"

/// The module or type and the function or member of a place.
let private whereIs (path: SyntaxNode list) : string =
    path
    |> List.rev
    |> List.choose (fun node ->
        match node with
        | SyntaxNode.SynModule(SynModuleDecl.NestedModule(moduleInfo = SynComponentInfo(longId = name)))
        | SyntaxNode.SynTypeDefn(SynTypeDefn(typeInfo = SynComponentInfo(longId = name))) ->
            Some (List.last name).idText
        | SyntaxNode.SynBinding(SynBinding(headPat = pattern)) -> Some(nameOf pattern)
        | _ -> None)
    |> List.truncate 2
    |> String.concat "."

/// Whether the place must stay: the inside of a text, and literals, which patterns use.
let private isFixed (path: SyntaxNode list) : bool =
    path
    |> List.exists (fun node ->
        match node with
        | SyntaxNode.SynExpr(SynExpr.InterpolatedString _) -> true
        | SyntaxNode.SynBinding(SynBinding(attributes = lists)) ->
            [ for list in lists do
                  for attribute in list.Attributes -> (List.last attribute.TypeName.LongIdent).idText ]
            |> List.contains "Literal"
        | _ -> false)

/// Whether an expression is a statement: a step of a sequence, or the body of a loop.
let private isStatement (path: SyntaxNode list) (expression: SynExpr) : bool =
    let isInList =
        path
        |> List.exists (fun node ->
            match node with
            | SyntaxNode.SynExpr(SynExpr.ArrayOrListComputed _)
            | SyntaxNode.SynExpr(SynExpr.ComputationExpr _) -> true
            | _ -> false)

    match expression, path with
    | SynExpr.Sequential _, _
    | SynExpr.LetOrUse _, _ -> false
    // In the making of a list it may be an item.
    | _ when isInList -> false
    | _, SyntaxNode.SynExpr(SynExpr.Sequential _) :: _
    | _, SyntaxNode.SynExpr(SynExpr.LetOrUse _) :: _ -> true
    | _, SyntaxNode.SynExpr(SynExpr.For(doBody = body)) :: _
    | _, SyntaxNode.SynExpr(SynExpr.ForEach(bodyExpr = body)) :: _ -> body.Range = expression.Range
    | _ -> false

/// The whole application that begins with a function at the end of a path.
let rec private applied (f: range) (path: SyntaxNode list) : range =
    match path with
    | SyntaxNode.SynExpr(SynExpr.App(_, false, head, _, whole)) :: outer when head.Range = f ->
        applied whole outer
    | _ -> f

let private isHead (expression: SynExpr) (path: SyntaxNode list) =
    applied expression.Range path <> expression.Range

let private isArgumentName (path: SyntaxNode list) =
    match path with
    | SyntaxNode.SynExpr(SynExpr.Paren _) :: SyntaxNode.SynExpr(SynExpr.App(flag = ExprAtomicFlag.Atomic)) :: _ ->
        true
    | _ -> false

/// What stands around a constant, when it is on one line: the expression, or the name that is bound.
let rec private around (constant: range) (path: SyntaxNode list) : range option =
    match path with
    | SyntaxNode.SynExpr(SynExpr.Paren _) :: outer
    | SyntaxNode.SynExpr(SynExpr.App(_, true, _, _, _)) :: outer -> around constant outer
    | SyntaxNode.SynExpr expression :: outer when expression.Range = constant -> around constant outer
    | SyntaxNode.SynExpr expression :: _ when expression.Range.StartLine = expression.Range.EndLine ->
        Some expression.Range
    | SyntaxNode.SynBinding(SynBinding(headPat = pattern)) :: _ -> Some pattern.Range
    | _ -> None

/// The mutants of a file of the core, in order. The same mistake twice in one function gets a number.
let mutantsOf (checker: FSharpChecker) (core: string) (name: string) : Mutant list =
    let file = Path.Combine(core, name)
    let text = File.ReadAllText file
    let lines = text.Split '\n' |> Array.scan (fun at line -> at + line.Length + 1) 0

    let place (position: pos) =
        lines[position.Line - 1] + position.Column

    let piece (range: range) =
        text[place range.Start .. place range.End - 1]

    let short (range: range) =
        let line = Regex.Replace((piece range).Trim(), @"\s+", " ")

        if line.Length > 100 then
            $"{line[..59]} … {line[line.Length - 30 ..]}"
        else
            line

    let ofNode (path: SyntaxNode list) (expression: SynExpr) : Mutant list =
        let isAtStart =
            match path |> List.tryFindBack _.IsSynBinding with
            | Some(SyntaxNode.SynBinding(SynBinding(headPat = SynPat.Named _))) -> true
            | _ -> false

        /// Replaces a part of an expression, which is put in as a whole.
        let part (whole: range) (part: range) (by: string) (change: string) =
            { File = name
              Where = whereIs path
              Line = part.StartLine
              From = place whole.Start
              To = place whole.End
              Text =
                text[place whole.Start .. place part.Start - 1]
                + by
                + text[place part.End .. place whole.End - 1]
              Change = change
              IsAtStart = isAtStart }

        let range = expression.Range

        let into (whole: range) by =
            part whole whole by $"{short whole} → {by}"

        /// A constant alone says little, so its change begins with what is around it.
        let instead (by: string) =
            let change = $"{piece range} → {by}"

            match around range path with
            | Some whole -> part range range by $"{short whole}: {change}"
            | None -> part range range by change

        let only (kept: range) =
            part range range (piece kept) $"{short range} → {short kept}"

        let without (cut: range) =
            part range cut "" $"without {short cut}"

        let renamed (ids: Ident list) =
            [ for id in ids do
                  match names.TryGetValue id.idText with
                  | true, other ->
                      let whole = applied range path
                      part whole id.idRange other $"{short whole}: {id.idText} → {other}"
                  | _ -> () ]

        [ match expression with
          | Infix("=", _, _, _) when isArgumentName path -> ()
          | Infix("|>", _, left, right) ->
              part range range (piece left.Range) $"without |> {short right.Range}"
          | Infix(sign, at, left, right) when signs.ContainsKey sign ->
              for other in signs[sign] do
                  part range at other $"{short left.Range} {sign} {short right.Range}: {sign} → {other}"

              if List.contains sign oneSided then
                  only left.Range

              if List.contains sign twoSided then
                  only right.Range
          | Call argument when not (isHead expression path) -> only argument.Range
          | SynExpr.Const(SynConst.Measure(constant, digits, _, _), _) ->
              for other in others constant do
                  instead (other + (piece range).Substring(place digits.End - place range.Start))
          | SynExpr.Const(constant, _) ->
              for other in others constant do
                  instead other
          | SynExpr.InterpolatedString _ -> into range "\"\""
          | SynExpr.IfThenElse(ifExpr = condition) ->
              into condition.Range "true"
              into condition.Range "false"
          | SynExpr.Match(clauses = clauses) when clauses.Length > 1 ->
              for SynMatchClause(pat = pattern; range = clause; trivia = trivia) in clauses do
                  without (Range.unionRanges (defaultArg trivia.BarRange clause) clause)

                  for one, next in List.pairwise (alternatives pattern) do
                      part range (Range.mkRange file one.Start next.Start) "" $"without | {short one}"

                  if pattern.IsOr then
                      let last = List.last (alternatives pattern)

                      let before =
                          List.item (List.length (alternatives pattern) - 2) (alternatives pattern)

                      part range (Range.mkRange file before.End last.End) "" $"without | {short last}"
          | SynExpr.LongIdent(_, name, _, _)
          | SynExpr.DotGet(_, _, name, _) -> yield! renamed name.LongIdent
          | SynExpr.Ident name -> yield! renamed [ name ]
          | _ -> ()

          if isStatement path expression then
              part range range "()" $"without {short range}" ]

    let parsed =
        checker.ParseFile(
            file,
            SourceText.ofString text,
            { FSharpParsingOptions.Default with
                SourceFiles = [| file |] }
        )
        |> Async.RunSynchronously

    ([], parsed.ParseTree)
    ||> ParsedInput.fold (fun found path node ->
        match node with
        | SyntaxNode.SynExpr expression when not (isFixed path) -> ofNode path expression :: found
        | _ -> found)
    |> List.concat
    |> List.distinctBy (fun mutant -> mutant.From, mutant.To, mutant.Text)
    |> List.sortBy (fun mutant -> mutant.From, -mutant.To, mutant.Line)
    |> List.groupBy (fun mutant -> mutant.Where, mutant.Change)
    |> List.collect (fun (_, twins) ->
        [ for i, twin in List.indexed twins ->
              if i = 0 then
                  twin
              else
                  { twin with
                      Change = $"{twin.Change} ({i + 1})" } ])
    |> List.sortBy (fun mutant -> mutant.From, -mutant.To)
