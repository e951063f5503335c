/// The slow, obvious model of semantics.md section 10: each rule as that page says it, asked of one instant after the other.
/// It shares no code with the core. Times and lengths are int64 microseconds.
module Coverage.Tests.FleetModel

open System

[<RequireQualifiedAccess>]
type Kind =
    | Full
    | Suspect
    | Partial
    | Temp

/// A file that fits the grammar.
type File =
    { Hour: int
      Start: int64
      Duration: int64
      Kind: Kind
      Hash: string
      Name: string }

/// What a node lists in an hour: files with their sizes, and the names its marks hide; or that the hour is unknown.
type HourOf =
    | Unknown
    | Listed of files: (File * int64) list * marks: File list

type Node =
    { IsSource: bool
      IsKnown: bool
      Hours: (int * HourOf) list
      Files: string list
      Folders: string list }

type Fleet =
    { Nodes: Node list
      Now: int64
      Cutoff: int64
      Window: int64 option
      Tolerance: int64
      FirstHour: int option
      LastHour: int option }

let hourLength = 3_600_000_000L
let startOf (hour: int) = int64 hour * hourLength
let private endOf (file: File) = file.Start + file.Duration

let private hourText (hour: int) =
    DateTime.UnixEpoch.AddHours(float hour).ToString "yyyy-MM-ddTHH"

/// HOUR/NAME.
let path (file: File) = hourText file.Hour + "/" + file.Name

let private pathOrder (a: File) (b: File) = String.CompareOrdinal(path a, path b)

/// The bytes of a hash: two texts can mean the same.
let private hashBytes (hash: string) =
    let padded =
        hash.Replace('-', '+').Replace('_', '/')
        + String('=', (4 - hash.Length % 4) % 4)

    Convert.FromBase64String padded |> Array.toList

let private isIn fleet hour =
    Option.forall (fun first -> hour >= first) fleet.FirstHour
    && Option.forall (fun last -> hour <= last) fleet.LastHour

let private hoursOf fleet (node: Node) =
    if node.IsKnown then
        node.Hours |> List.filter (fun (hour, _) -> isIn fleet hour)
    else
        []

/// What a node lists: its own marks hide files.
let listedWithTemp fleet node =
    hoursOf fleet node
    |> List.collect (fun (_, listed) ->
        match listed with
        | Unknown -> []
        | Listed(files, marks) -> files |> List.filter (fun (file, _) -> not (List.contains file marks)))

let listed fleet node =
    listedWithTemp fleet node
    |> List.filter (fun (file, _) -> file.Kind <> Kind.Temp)

let marks fleet node =
    hoursOf fleet node
    |> List.collect (fun (_, listed) ->
        match listed with
        | Unknown -> []
        | Listed(_, marks) -> marks)

// Section 2 and 3, of a list of files with sizes.

let private rank file =
    match file.Kind with
    | Kind.Full -> 0
    | Kind.Suspect -> 1
    | _ -> 2

let private isBetter (a, sizeOfA) (b, sizeOfB) =
    if rank a <> rank b then rank a < rank b
    elif a.Kind = Kind.Full then a.Duration > b.Duration
    elif sizeOfA <> sizeOfB then sizeOfA > sizeOfB
    else a.Duration > b.Duration

/// Those that nothing of their start is better than.
let bestOf view =
    view
    |> List.filter (fun one ->
        not (
            view
            |> List.exists (fun other -> (fst other).Start = (fst one).Start && isBetter other one)
        ))

let private covers (at: int64) (file: File) = file.Start <= at && at < endOf file

/// Everything that is asked of one view, by instant: `points` are all instants at which anything can change.
type View =
    {
        Best: File list
        Extent: (int64 * int64) option
        /// The gap an instant lies in.
        GapAt: int64 -> (int64 * int64) option
        Has: int64 -> bool
        PartialOnly: int64 -> bool
    }

/// The maximal run of points around one for which an answer is yes, up to the point that ends it.
let private runAround (points: int64[]) (answer: int64 -> bool) (at: int64) =
    let place = Array.IndexOf(points, at)
    let mutable first = place
    let mutable past = place

    while first > 0 && answer points[first - 1] do
        first <- first - 1

    while past < points.Length && answer points[past] do
        past <- past + 1

    points[first], points[past]

let viewOf fleet (points: int64[]) (files: (File * int64) list) : View =
    let best = bestOf files |> List.map fst

    let extent =
        if best |> List.exists (fun file -> file.Duration > 0L) then
            let first = best |> List.map _.Start |> List.min
            let last = best |> List.map endOf |> List.max

            match fleet.LastHour with
            | Some hour -> Some(first, min last (startOf (hour + 1)))
            | None -> Some(first, last)
        else
            None

    let inExtent at =
        extent |> Option.exists (fun (first, last) -> first <= at && at < last)

    let isGap at =
        inExtent at && not (best |> List.exists (covers at))

    let gapAt at =
        if isGap at then Some(runAround points isGap at) else None

    { Best = best
      Extent = extent
      GapAt = gapAt
      Has =
        fun at ->
            inExtent at
            && (match gapAt at with
                | Some(first, last) -> last - first <= fleet.Tolerance
                | None -> true)
      PartialOnly =
        fun at ->
            inExtent at
            && best |> List.exists (covers at)
            && not (best |> List.exists (fun file -> file.Kind = Kind.Full && covers at file)) }

// Section 10.1.

type Fate =
    | Offered
    | Pending
    | Withheld of string

let private nodes fleet =
    List.indexed fleet.Nodes |> List.filter (fun (_, node) -> node.IsKnown)

let private sourcesOf fleet i =
    nodes fleet |> List.filter (fun (j, node) -> j <> i && node.IsSource)

let private lists fleet file (_, node) =
    listed fleet node |> List.exists (fun (other, _) -> other = file)

let private isInWindow fleet hour =
    fleet.Window |> Option.forall (fun window -> startOf hour > fleet.Now - window)

let private isUnknownHour fleet i hour =
    hoursOf fleet fleet.Nodes[i] |> List.contains (hour, Unknown)

/// Whose marks, of those laid on i, name a file.
let laid fleet i file =
    nodes fleet
    |> List.filter (fun (j, node) ->
        (j = i || (node.IsSource && isInWindow fleet file.Hour))
        && List.contains file (marks fleet node))
    |> List.map fst

let private isNear a b =
    a.Hour = b.Hour
    && a.Duration = b.Duration
    && a.Kind = b.Kind
    && hashBytes a.Hash = hashBytes b.Hash
    && abs (a.Start - b.Start) <= 1_000L

/// What any known node lists.
let everything fleet =
    nodes fleet
    |> List.collect (snd >> listed fleet >> List.map fst)
    |> List.distinct

/// The rules in order: the first that does not hold. `None` is the cutoff's.
let private rules fleet i withCutoff file : string option list =
    let own = listed fleet fleet.Nodes[i] |> List.map fst

    [ if not (sourcesOf fleet i |> List.exists (lists fleet file)) then
          Some "no-source"
      if file.Hash.Length <> 43 then
          Some "name"
      if file.Start > fleet.Now then
          Some "future"
      if withCutoff && file.Start > fleet.Now - fleet.Cutoff then
          None
      if not (isInWindow fleet file.Hour) then
          Some "window"
      if not (List.isEmpty (laid fleet i file)) then
          Some "marked"
      if
          own
          |> List.exists (fun other -> List.isEmpty (laid fleet i other) && isNear file other)
      then
          Some "near" ]

/// The files that others list and i does not, in known hours of it.
let candidates fleet i =
    let own = listed fleet fleet.Nodes[i] |> List.map fst

    everything fleet
    |> List.filter (fun file -> not (List.contains file own) && not (isUnknownHour fleet i file.Hour))
    |> List.sortWith pathOrder

/// What is offered: of those near each other, listed by no source together, the first.
let offered fleet i withCutoff =
    (([]: File list), candidates fleet i |> List.filter (rules fleet i withCutoff >> List.isEmpty))
    ||> List.fold (fun taken file ->
        let isTogether other =
            sourcesOf fleet i
            |> List.exists (fun source -> lists fleet file source && lists fleet other source)

        if taken |> List.exists (fun other -> isNear file other && not (isTogether other)) then
            taken
        else
            taken @ [ file ])

let fateOf fleet i file =
    match rules fleet i true file with
    | [] ->
        if List.contains file (offered fleet i true) then
            Offered
        else
            Withheld "near"
    | None :: _ -> Pending
    | Some reason :: _ -> Withheld reason

let private largest fleet file =
    nodes fleet
    |> List.collect (snd >> listed fleet)
    |> List.filter (fun (other, _) -> other = file)
    |> List.map snd
    |> List.max

let private withLargest fleet files =
    files |> List.map (fun file -> file, largest fleet file)

let private afterFiles fleet i withCutoff =
    (listed fleet fleet.Nodes[i] |> List.map fst) @ offered fleet i withCutoff
    |> List.filter (fun file -> List.isEmpty (laid fleet i file))
    |> withLargest fleet

// Section 10.2.

type Word =
    { Word: string
      Reason: string
      ByFull: bool
      From: int list }

let private plain word =
    { Word = word
      Reason = ""
      ByFull = false
      From = [] }

/// Why time that a file covers is withheld from i.
let private withheldReason fleet i file =
    let isListed = lists fleet file (i, fleet.Nodes[i])

    if isUnknownHour fleet i file.Hour then
        "not-best"
    elif isListed then
        if List.isEmpty (laid fleet i file) then
            "not-best"
        else
            "marked"
    else
        match rules fleet i false file with
        | Some reason :: _ -> reason
        | _ ->
            if
                List.contains file (offered fleet i true)
                || List.contains file (offered fleet i false)
            then
                "not-best"
            else
                "near"

let private reasons =
    [ "no-source"; "name"; "future"; "window"; "marked"; "near"; "not-best" ]

/// When a node, or nothing of it, is unknown.
let private isUnknownAt fleet i at =
    let node = fleet.Nodes[i]

    not node.IsKnown
    || (let longest = listed fleet node |> List.map (fun (file, _) -> file.Duration)

        let reach =
            if List.isEmpty longest then
                24L * hourLength
            else
                max 60_000_000L (List.max longest)

        hoursOf fleet node
        |> List.exists (fun (hour, listed) ->
            listed = Unknown && startOf hour <= at && at < startOf (hour + 1) + reach))

/// All instants at which anything can change.
let pointsOf fleet : int64[] =
    let files =
        fleet.Nodes
        |> List.collect (fun node ->
            node.Hours
            |> List.collect (fun (_, listed) ->
                match listed with
                | Unknown -> []
                | Listed(files, marks) -> List.map fst files @ marks))
        |> List.distinct

    let reaches = 60_000_000L :: 24L * hourLength :: (files |> List.map _.Duration)
    let hours = fleet.Nodes |> List.collect (_.Hours >> List.map fst) |> List.distinct

    [| for file in files do
           file.Start
           endOf file
       for hour in hours do
           startOf hour

           for reach in reaches do
               startOf (hour + 1) + reach
       for hour in Option.toList fleet.LastHour do
           startOf (hour + 1)
       Int64.MaxValue |]
    |> Array.distinct
    |> Array.sort

/// The answers for a fleet, by instant.
type Answers =
    {
        Points: int64[]
        Extent: (int64 * int64) option
        WordAt: int -> int64 -> Word
        /// The stream's own word of an instant that no known node covers; nothing for a seam.
        LackingAt: int64 -> string option
        /// The nodes that list a segment that covers an instant.
        CopiesAt: int64 -> int list option
        EndangeredAt: int -> int64 -> (string * int list) option
    }

let answers (fleet: Fleet) : Answers =
    let points = pointsOf fleet
    let all = everything fleet
    let union = viewOf fleet points (withLargest fleet all)

    let own =
        fleet.Nodes |> List.map (listed fleet >> viewOf fleet points) |> List.toArray

    let known = nodes fleet |> List.map fst

    let views withCutoff =
        [| for i in 0 .. fleet.Nodes.Length - 1 ->
               if fleet.Nodes[i].IsKnown then
                   Some(viewOf fleet points (afterFiles fleet i withCutoff))
               else
                   None |]

    let after, later = views true, views false

    let offeredTo =
        [| for i in 0 .. fleet.Nodes.Length - 1 ->
               if fleet.Nodes[i].IsKnown then
                   offered fleet i true, offered fleet i false
               else
                   [], [] |]

    let inExtent at =
        union.Extent |> Option.exists (fun (first, last) -> first <= at && at < last)

    let isCovered at = all |> List.exists (covers at)
    let isBare at = inExtent at && not (isCovered at)

    let seamAt at =
        if isBare at then
            let first, last = runAround points isBare at

            if last - first <= fleet.Tolerance then
                Some(first, last)
            else
                None
        else
            None

    let pointBefore at =
        points |> Array.findBack (fun point -> point < at)

    let listersOf file =
        known |> List.filter (fun i -> lists fleet file (i, fleet.Nodes[i]))

    /// From where, of a view of node i whose new files are given.
    let rec from i (view: View) (fresh: File list) at =
        match view.GapAt at with
        | Some(first, _) ->
            if Some first = Option.map fst view.Extent then
                []
            else
                from i view fresh (pointBefore first)
        | None ->
            view.Best
            |> List.filter (fun file -> covers at file && List.contains file fresh)
            |> List.collect (fun file -> sourcesOf fleet i |> List.filter (lists fleet file) |> List.map fst)
            |> List.distinct
            |> List.sort

    let marked =
        nodes fleet
        |> List.collect (snd >> marks fleet)
        |> List.filter (fun file -> file.Kind <> Kind.Temp)

    let isUnknownSomewhere at =
        [ 0 .. fleet.Nodes.Length - 1 ] |> List.exists (fun i -> isUnknownAt fleet i at)

    let lackingWord at =
        if isUnknownSomewhere at then "open"
        elif marked |> List.exists (covers at) then "deleted"
        else "lost"

    let rec wordAt i at : Word =
        let isKnown = fleet.Nodes[i].IsKnown

        if isKnown && own[i].Has at then
            plain "had"
        elif isUnknownAt fleet i at then
            plain "unknown"
        elif after[i].Value.Has at then
            { plain "fillable" with
                ByFull = not (after[i].Value.PartialOnly at)
                From = from i after[i].Value (fst offeredTo[i]) at }
        elif later[i].Value.Has at then
            let fresh =
                snd offeredTo[i]
                |> List.filter (fun file -> not (List.contains file (fst offeredTo[i])))

            { plain "pending" with
                From = from i later[i].Value fresh at }
        else
            match seamAt at with
            | Some(first, last) ->
                if Some first = Option.map fst union.Extent then
                    wordAt i last
                else
                    wordAt i (pointBefore first)
            | None when isCovered at ->
                let covering = all |> List.filter (covers at)

                let reason =
                    reasons
                    |> List.find (fun reason ->
                        covering |> List.exists (fun file -> withheldReason fleet i file = reason))

                { plain "withheld" with
                    Reason = reason
                    From =
                        covering
                        |> List.filter (fun file -> withheldReason fleet i file = reason)
                        |> List.collect listersOf
                        |> List.distinct
                        |> List.sort }
            | None -> plain (lackingWord at)

    let rec endangeredReason i at =
        match own[i].GapAt at with
        | Some(first, last) ->
            if Some first = Option.map fst own[i].Extent then
                endangeredReason i last
            else
                endangeredReason i (pointBefore first)
        | None ->
            let by =
                bestOf (listed fleet fleet.Nodes[i])
                |> List.map fst
                |> List.filter (covers at)
                |> List.collect (laid fleet i)
                |> List.distinct
                |> List.sort

            if List.isEmpty by then "not-best", [] else "marked", by

    { Points = points
      Extent = union.Extent
      WordAt = wordAt
      LackingAt =
        fun at ->
            if isBare at && (seamAt at).IsNone then
                Some(lackingWord at)
            else
                None
      CopiesAt =
        fun at ->
            if inExtent at && (seamAt at).IsNone then
                Some(
                    known
                    |> List.filter (fun i -> listed fleet fleet.Nodes[i] |> List.exists (fst >> covers at))
                )
            else
                None
      EndangeredAt =
        fun i at ->
            if fleet.Nodes[i].IsKnown && own[i].Has at && not (after[i].Value.Has at) then
                Some(endangeredReason i at)
            else
                None }

/// The files that others list and i does not: HOUR/NAME, from where, and what becomes of them.
let files fleet i =
    if not fleet.Nodes[i].IsKnown then
        []
    else
        candidates fleet i
        |> List.map (fun file ->
            let listing = nodes fleet |> List.filter (lists fleet file) |> List.map fst

            let sources =
                sourcesOf fleet i
                |> List.map fst
                |> List.filter (fun j -> List.contains j listing)

            path file, List.head (sources @ listing), fateOf fleet i file)

/// `marks`, `file` and `folder` blockers: no name of the model has an endless DURATION.
let blockers fleet =
    nodes fleet
    |> List.collect (fun (j, node) ->
        let isSource = node.IsSource && fleet.Nodes.Length > 1

        [ if isSource then
              for hour, listed in hoursOf fleet node do
                  match listed with
                  | Listed(files, marks) when
                      not (List.isEmpty marks)
                      && not (
                          files
                          |> List.exists (fun (file, _) ->
                              file.Kind <> Kind.Temp
                              && not (List.contains file marks)
                              && file.Hash.Length = 43)
                      )
                      && nodes fleet
                         |> List.exists (fun (i, other) ->
                             i <> j
                             && not (hoursOf fleet other |> List.exists (fun (theirs, _) -> theirs = hour)))
                      ->
                      j, hourText hour, "marks"
                  | _ -> ()

              for file in node.Files do
                  if
                      node.Hours
                      |> List.exists (fun (hour, _) -> String.CompareOrdinal(file, hourText hour) > 0)
                  then
                      j, file, "file"

              if fleet.Window.IsSome then
                  for folder in node.Folders do
                      j, folder, "folder" ])
    |> List.sort

/// How many twins each pair of nodes has, and the lower middle of their distances.
let twins fleet =
    [ for i, one in nodes fleet do
          for j, other in nodes fleet do
              if i < j then
                  let apart =
                      [ for a, _ in listed fleet one do
                            for b, _ in listed fleet other do
                                let length = b.Start - a.Start

                                if
                                    a.Hash <> ""
                                    && hashBytes a.Hash = hashBytes b.Hash
                                    && a.Duration = b.Duration
                                    && a.Kind = b.Kind
                                    && abs length >= 1_000L
                                    && abs length <= 2_000_000L
                                then
                                    length ]
                      |> List.sort

                  if apart.Length >= 5 then
                      i, j, apart.Length, apart[(apart.Length - 1) / 2] ]
