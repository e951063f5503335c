namespace Coverage.CommandLine

/// Finds the word that a mistyped one may mean.
module Nearest =

    /// The number of edits that turn one word into the other: a letter added, dropped or changed, or two neighbours swapped.
    let private distance (one: string) (other: string) =
        let table = Array2D.init (one.Length + 1) (other.Length + 1) max

        for i in 1 .. one.Length do
            for j in 1 .. other.Length do
                let swap = i > 1 && j > 1 && one[i - 1] = other[j - 2] && one[i - 2] = other[j - 1]

                table[i, j] <-
                    List.min
                        [ table[i - 1, j] + 1
                          table[i, j - 1] + 1
                          table[i - 1, j - 1] + (if one[i - 1] = other[j - 1] then 0 else 1)
                          if swap then
                              table[i - 2, j - 2] + 1 ]

        table[one.Length, other.Length]

    /// The nearest word, at most two edits away; at most one edit when it has up to four letters.
    let tryIn (words: string seq) (word: string) : string option =
        words
        |> Seq.filter (fun known ->
            let most = if known.Length > 4 then 2 else 1
            abs (known.Length - word.Length) <= most && distance word known <= most)
        |> Seq.sortBy (distance word)
        |> Seq.tryHead
