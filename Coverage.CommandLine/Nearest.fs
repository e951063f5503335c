namespace Coverage.CommandLine

/// What a mistyped word may have meant.
module Nearest =

    /// The edits of a letter that turn one word into the other.
    let private distance (one: string) (other: string) =
        let next (row: int list) letter =
            Seq.zip3 other row row.Tail
            |> Seq.scan
                (fun left (its, diagonal, above) ->
                    min (min left above + 1) (if its = letter then diagonal else diagonal + 1))
                (row.Head + 1)
            |> List.ofSeq

        Seq.fold next [ 0 .. other.Length ] one |> List.last

    /// The nearest of some words, if it is no more than two edits away.
    let tryIn (words: string seq) (word: string) : string option =
        words
        |> Seq.filter (fun its -> abs (its.Length - word.Length) <= 2 && distance word its <= 2)
        |> Seq.sortBy (distance word)
        |> Seq.tryHead
