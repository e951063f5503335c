namespace Coverage.CommandLine

/// What a mistyped word may have meant.
module Nearest =

    /// The edits that turn one word into the other: of a letter, or of two neighbours that changed places.
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

    /// The nearest of some words, if it is no more than two edits away; of up to four letters, no more than one.
    let tryIn (words: string seq) (word: string) : string option =
        words
        |> Seq.filter (fun known ->
            let most = if known.Length > 4 then 2 else 1
            abs (known.Length - word.Length) <= most && distance word known <= most)
        |> Seq.sortBy (distance word)
        |> Seq.tryHead
