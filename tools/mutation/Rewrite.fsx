// Writes a file of the core with all of its mutants.
#load "Mistakes.fsx"

open System
open Mistakes

/// A file's text with its mutants, each under its number, so that `Switch.fs` can choose one. The present text stays in its
/// columns, because indentation has a meaning, and each line of a mutant ends with its number.
let rewrite (text: string) (mutants: (int * Mutant) list) : string =
    let column place =
        place - text.LastIndexOf('\n', max 0 (place - 1)) - 1

    let moved by (piece: string) =
        piece.Replace("\n", "\n" + String(' ', by))

    let rec write shift start finish sites =
        match sites with
        | [] -> moved shift text[start .. finish - 1]
        | ((from, until), own: (int * Mutant) list) :: others ->
            let inner, later =
                others |> List.partition (fun ((_, innerEnd), _) -> innerEnd <= until)

            let line by =
                "\n" + String(' ', column from + shift + by)

            let isOff =
                own
                |> List.map (fun (number, _) -> $"Mutant.isOff {number}")
                |> String.concat " && "

            let branches =
                [ for i, (number, mutant) in List.indexed own do
                      let head =
                          if i + 1 = own.Length then
                              "else"
                          else
                              $"elif Mutant.active = {number} then"

                      let body =
                          (line 4 + moved (shift + 4) mutant.Text + "\n")
                              .Replace("\n", $" // mutant {number}\n")

                      line 1 + head + body.TrimEnd '\n' ]
                |> String.concat ""

            // The original comes first: types are inferred from it.
            moved shift text[start .. from - 1]
            + $"(if {isOff} then{line 4}{write (shift + 4) from until inner}{branches}{line 0})\n"
            + String(' ', column until + shift)
            + write shift until finish later

    mutants
    |> List.groupBy (fun (_, mutant) -> mutant.From, mutant.To)
    |> List.sortBy (fun ((from, until), _) -> from, -until)
    |> write 0 0 text.Length
