namespace Coverage

/// Searching in what is sorted.
module internal Search =

    /// The index of the first of so many for which an answer is yes; the answers change at most once, from no to yes.
    let firstWhere (count: int) (answer: int -> bool) : int =
        let mutable low = 0
        let mutable high = count

        while low < high do
            let middle = low + (high - low) / 2
            if answer middle then high <- middle else low <- middle + 1

        low
