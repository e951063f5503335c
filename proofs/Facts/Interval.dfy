include "Time.dfy"

// Coverage.Core/Time/Interval.fs: a stretch of time [Start, End), and one empty one, so that equality of values is equality
// of what they mean.
module Intervals {
  import opened Time

  datatype AnyInterval = Interval(Start: Instant, End: Instant) {
    function Length(): Duration { End - Start }
    predicate IsEmpty() { Start == End }
  }

  type Interval = i: AnyInterval | i.Start < i.End || i == Interval(0, 0) witness Interval(0, 0)

  const Empty: Interval := Interval(0, 0)

  function Create(start: Instant, finish: Instant): Interval {
    if finish <= start then Empty else Interval(start, finish)
  }

  function OfHour(hour: Hour): Interval { Create(HourStart(hour), HourFinish(hour)) }

  function Intersect(a: Interval, b: Interval): Interval {
    Create(Max(a.Start, b.Start), Min(a.End, b.End))
  }

  predicate Contains(interval: Interval, instant: Instant) {
    interval.Start <= instant < interval.End
  }
}
