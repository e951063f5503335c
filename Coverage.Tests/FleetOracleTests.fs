/// The bridge from proof to program for the words of a fleet: the F# against the model that is proved.
module Coverage.Tests.FleetOracleTests

open Expecto
open Coverage
open Coverage.Tests.FleetGen
open Coverage.Tests.OracleTests

/// All sets of six microseconds.
let private small: IntervalSet list =
    [ for chosen in 0..63 ->
          IntervalSet.ofIntervals
              [ for cell in 0..5 do
                    if chosen >>> cell &&& 1 = 1 then
                        let start = Instant.ofMicroseconds (int64 cell - 3L)
                        Interval.create start (start + 1L<instant>) ] ]

let private groundOf (fleet: FleetModel.Fleet) : FleetGround =
    let rules, listing = rulesOf fleet, listingOf fleet
    let hours = FleetHours.ofListing rules.Settings listing

    match FleetViews.ofHours rules listing hours with
    | Ok views -> FleetGround.make rules listing hours views
    | Error hours -> failtest $"the names of {Hour.toText hours[0]} are needed"

/// What the model makes of some time and the sets to which the words apply, in order.
let private divided (left: IntervalSet) (applies: IntervalSet list) =
    global.FleetWords.__default.Divide(Oracle.set left, Oracle.sets applies)

[<Tests>]
let tests =
    testList
        "the words of a fleet and the model that is proved"
        [ testCase "say the same of all small sets, whether they meet or not"
          <| fun () ->
              for a in small do
                  for b in small do
                      let one, other = Oracle.set a, Oracle.set b

                      same
                          $"both of {a} and {b}"
                          (Sets.intersect a b |> Oracle.set)
                          (global.FleetWords.__default.Both(one, other))

                      same
                          $"{a} less {b}"
                          (Sets.subtract a b |> Oracle.set)
                          (global.FleetWords.__default.Less(one, other))

                      same
                          $"either of {a} and {b}"
                          (Sets.union a b |> Oracle.set)
                          (global.FleetWords.__default.Either(one, other))

              tell "pairs of sets" (3 * small.Length * small.Length)

          fleetLaw "give each instant that a node does not have the same word, at random"
          <| fun fleet ->
              let ground = groundOf fleet

              for node in 0 .. fleet.Nodes.Length - 1 do
                  if ground.Known &&& (1UL <<< node) <> 0UL then
                      for isApart in [ true; false ] do
                          let left =
                              if isApart then
                                  Sets.subtract ground.Apart ground.Views.Own[node].Has
                              else
                                  ground.CommonHoles

                          let ours = FleetWords.divide ground node isApart left
                          let time (word: FleetWord) = ours.Sets[int word]

                          let theirs =
                              divided
                                  left
                                  [ ground.Unknown[node]
                                    if isApart then
                                        ground.Views.Filled[node].Has
                                        ground.Views.Later[node].Has
                                    ground.Seams
                                    ground.Covered
                                    ground.Somewhere
                                    ground.Marked ]

                          same
                              $"the words of node {node}"
                              (Oracle.sets
                                  [ time FleetWord.Unknown
                                    if isApart then
                                        time FleetWord.Fillable
                                        time FleetWord.Pending
                                    ours.Seams
                                    time FleetWord.Withheld
                                    time FleetWord.Open
                                    time FleetWord.Deleted
                                    time FleetWord.Lost ])
                              theirs

                          same
                              "they add up"
                              (Oracle.number left.Length)
                              (global.FleetWords.__default.Lengths theirs) ]
