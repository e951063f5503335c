// A mistake in the core, and what a mistake can put in place of a sign, a name or a constant.
#r "nuget: FSharp.Compiler.Service, 43.12.401"

open FSharp.Compiler.Syntax

/// One mistake in one place.
type Mutant =
    {
        /// The file within the core: `Time/Interval.fs`.
        File: string
        /// The module or type, and the function or member.
        Where: string
        Line: int
        /// The piece of the file that is replaced, and its replacement.
        From: int
        To: int
        Text: string
        /// The mistake as people read it. It names no line, so that it stays the same when other lines change.
        Change: string
        /// Whether it is in a value that is computed once, when the program starts.
        IsAtStart: bool
    }

/// The signs that can replace a sign.
let signs =
    dict
        [ "<", [ "<="; ">=" ]
          "<=", [ "<"; ">" ]
          ">", [ ">="; "<=" ]
          ">=", [ ">"; "<" ]
          "=", [ "<>" ]
          "<>", [ "=" ]
          "+", [ "-" ]
          "-", [ "+" ]
          "*", [ "/" ]
          "/", [ "*" ]
          "%", [ "/" ]
          "&&", [ "||" ]
          "||", [ "&&" ]
          "&&&", [ "|||" ]
          "|||", [ "&&&" ]
          "^^^", [ "|||" ]
          "<<<", [ ">>>" ]
          ">>>", [ "<<<" ] ]

/// Signs whose left side alone is also a mistake, and signs whose right side alone is another.
let oneSided = [ "+"; "-"; "*"; "/"; "%"; "&&"; "||" ]
let twoSided = [ "&&"; "||" ]

/// Names that replace each other.
let names =
    [ "max", "min"
      "Start", "End"
      "start", "finish"
      "add", "subtract"
      "find", "findBack"
      "exists", "forall"
      "isSome", "isNone" ]
    |> List.collect (fun (a, b) -> [ a, b; b, a ])
    |> dict

/// What can replace a constant: a number one more or one less, the other truth, another text.
let others (constant: SynConst) : string list =
    let number (value: bigint) suffix =
        [ $"{value + 1I}{suffix}"
          if value <> 0I then
              $"{value - 1I}{suffix}" ]

    match constant with
    | SynConst.Bool value -> [ if value then "false" else "true" ]
    | SynConst.Int32 value -> number (bigint value) ""
    | SynConst.Int64 value -> number (bigint value) "L"
    | SynConst.UInt16 value -> number (bigint (int value)) "us"
    | SynConst.UInt32 value -> number (bigint value) "u"
    | SynConst.UInt64 value -> number (bigint value) "UL"
    | SynConst.Byte value -> number (bigint (int value)) "uy"
    | SynConst.Decimal value -> number (bigint value) "m"
    | SynConst.Char value -> [ $"'{char (int value + 1)}'" ]
    | SynConst.String("", _, _) -> [ "\"?\"" ]
    | SynConst.String _ -> [ "\"\"" ]
    | SynConst.Bytes _ -> [ "\"?\"B" ]
    | _ -> []
