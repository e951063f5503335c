include "ExtentLaws.dfy"
include "WindowLaws.dfy"

// "Reported is every hour that has a folder, and every hour that the extent reaches into whether it has a folder or not";
// but "a run of more than 744 consecutive hours of the extent that have neither a folder nor any coverage is not
// reported hour by hour" (section 4 of semantics.md).
module ReportedLaws {
  import opened Time
  import opened Intervals
  import opened Segments
  import opened Selections
  import opened Timelines
  import opened StreamSpec
  import opened SweepLaws
  import opened TimelineLaws
  import opened WindowLaws
  import opened ExtentLaws
  import Reports

  type Row = seq<(Hour, Option<HourTimeline>)>

  predicate Has(row: Row, hour: Hour) { exists k :: 0 <= k < |row| && row[k].0 == hour }

  predicate Increasing(row: Row) { forall i, j :: 0 <= i < j < |row| ==> row[i].0 < row[j].0 }

  predicate HasFolder(hours: seq<HourSelection>, hour: Hour) {
    exists i :: 0 <= i < |hours| && hours[i].Hour == hour
  }

  predicate ReachesInto(extent: Interval, hour: Hour) { !WindowOf(extent, hour).IsEmpty() }

  ghost predicate HasCoverage(best: seq<Segment>, extent: Interval, hour: Hour) {
    exists t :: Contains(WindowOf(extent, hour), t) && Covered(best, t)
  }

  // An hour of the extent "that has neither a folder nor any coverage".
  ghost predicate Bare(hours: seq<HourSelection>, extent: Interval, hour: Hour) {
    ReachesInto(extent, hour) && !HasFolder(hours, hour) && !HasCoverage(Flat(hours), extent, hour)
  }

  ghost predicate AllBare(hours: seq<HourSelection>, extent: Interval, from: Hour, to: Hour) {
    forall hour :: from <= hour < to ==> Bare(hours, extent, hour)
  }

  ghost predicate IsLongRun(hours: seq<HourSelection>, extent: Interval, from: Hour, to: Hour, hour: Hour) {
    from <= hour < to && to - from > Reports.LongestRun && AllBare(hours, extent, from, to)
  }

  ghost predicate InLongRun(hours: seq<HourSelection>, extent: Interval, hour: Hour) {
    exists from, to :: IsLongRun(hours, extent, from, to, hour)
  }

  ghost predicate ToReport(hours: seq<HourSelection>, extent: Interval, hour: Hour) {
    HasFolder(hours, hour) || (ReachesInto(extent, hour) && !InLongRun(hours, extent, hour))
  }

  // The law: these hours, in order and none twice; each that has a folder with its timeline, the others without.
  lemma ReportedMeans(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures |OfHours(settings.Tolerance, hours)| == |hours|
    ensures
      var timelines, extent := OfHours(settings.Tolerance, hours), ExtentIn(settings, Flat(hours));
      var reported := Reports.Reported(extent, timelines);
      && Increasing(reported)
      && (forall hour :: Has(reported, hour) <==> ToReport(hours, extent, hour))
      && (forall k :: 0 <= k < |reported| ==> IsFor(hours, timelines, reported[k]))
  {
    var timelines, extent := OfHours(settings.Tolerance, hours), ExtentIn(settings, Flat(hours));
    var last := Reports.LastInExtent(extent);
    TimelinesCarry(settings, hours);
    RowsJoin(last, hours, timelines, 0, []);
    forall hour
      ensures (exists i :: 0 <= i < |hours| && InRow(last, timelines, i, hour)) <==> ToReport(hours, extent, hour)
    {
      if HasFolder(hours, hour) {
        var i :| 0 <= i < |hours| && hours[i].Hour == hour;
        assert InRow(last, timelines, i, hour);
      } else {
        WithoutFolder(settings, hours, timelines, hour);
      }
    }
  }

  predicate IsFor(
    hours: seq<HourSelection>, timelines: seq<HourTimeline>, reported: (Hour, Option<HourTimeline>))
    requires |timelines| == |hours|
  {
    match reported.1
    case Some(timeline) => exists i :: 0 <= i < |hours| && hours[i].Hour == reported.0 && timelines[i] == timeline
    case Nothing => !HasFolder(hours, reported.0)
  }

  // ---- What the program lists, in its own terms ----

  // Whether an hour is in what the program lists for the i-th folder.
  predicate InRow(lastInExtent: Hour, timelines: seq<HourTimeline>, i: nat, hour: Hour)
    requires i < |timelines|
  {
    var next, uncovered := Reports.NextOf(lastInExtent, timelines, i), Reports.UncoveredOf(timelines[i]);
    || hour == timelines[i].Hour
    || (timelines[i].Carry.Furthest > BeforeAll && timelines[i].Hour < hour < next &&
        (hour < uncovered || next - uncovered <= Reports.LongestRun))
  }

  predicate SameHours(hours: seq<HourSelection>, timelines: seq<HourTimeline>) {
    && |timelines| == |hours|
    && (forall i :: 0 <= i < |hours| ==> timelines[i].Hour == hours[i].Hour)
    && (forall i, j :: 0 <= i < j < |hours| ==> hours[i].Hour < hours[j].Hour)
  }

  // What listing needs to know of timelines.
  predicate Carries(hours: seq<HourSelection>, timelines: seq<HourTimeline>) {
    && SameHours(hours, timelines)
    && (forall i :: 0 <= i < |hours| ==> timelines[i].Carry.Furthest == Reached(Flat(hours[..i + 1])))
  }

  lemma TimelinesCarry(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures Carries(hours, OfHours(settings.Tolerance, hours))
  {
    TimelinesTake(settings.Tolerance, hours);
    forall i | 0 <= i < |hours|
      ensures OfHours(settings.Tolerance, hours)[i].Carry.Furthest == Reached(Flat(hours[..i + 1]))
    {
      CarryAt(settings.Tolerance, hours, i);
      CarryMeans(settings.Tolerance, hours[..i + 1]);
    }
  }

  lemma LostMeans(from: Hour, to: Hour)
    ensures Increasing(Reports.Lost(from, to))
    ensures forall hour :: Has(Reports.Lost(from, to), hour) <==> from <= hour < to
    ensures forall k :: 0 <= k < |Reports.Lost(from, to)| ==> Reports.Lost(from, to)[k].1 == Nothing
  {
    var lost := Reports.Lost(from, to);
    forall hour ensures Has(lost, hour) <==> from <= hour < to {
      if from <= hour < to { assert lost[hour - from].0 == hour; }
    }
  }

  lemma Joined(a: Row, b: Row)
    ensures forall hour :: Has(a + b, hour) <==> Has(a, hour) || Has(b, hour)
    ensures Increasing(a) && Increasing(b) && (forall x, y :: Has(a, x) && Has(b, y) ==> x < y) ==> Increasing(a + b)
  {
    var both := a + b;
    forall hour ensures Has(both, hour) <==> Has(a, hour) || Has(b, hour) {
      if k :| 0 <= k < |a| && a[k].0 == hour { assert both[k].0 == hour; }
      if k :| 0 <= k < |b| && b[k].0 == hour { assert both[|a| + k].0 == hour; }
      if k :| 0 <= k < |both| && both[k].0 == hour {
        if k < |a| { assert a[k].0 == hour; } else { assert b[k - |a|].0 == hour; }
      }
    }
    if Increasing(a) && Increasing(b) && (forall x, y :: Has(a, x) && Has(b, y) ==> x < y) {
      forall i, j | 0 <= i < j < |both| ensures both[i].0 < both[j].0 {
        if i < |a| <= j {
          assert Has(a, both[i].0) && b[j - |a|] == both[j] && Has(b, both[j].0);
        }
      }
    }
  }

  lemma RowMeans(lastInExtent: Hour, hours: seq<HourSelection>, timelines: seq<HourTimeline>, i: nat)
    requires SameHours(hours, timelines) && i < |hours|
    ensures
      var row := Reports.ReportedOf(lastInExtent, timelines, i);
      && Increasing(row)
      && (forall hour :: Has(row, hour) <==> InRow(lastInExtent, timelines, i, hour))
      && (forall k :: 0 <= k < |row| ==> IsFor(hours, timelines, row[k]))
  {
    var row := Reports.ReportedOf(lastInExtent, timelines, i);
    var hour := timelines[i];
    var next, uncovered := Reports.NextOf(lastInExtent, timelines, i), Reports.UncoveredOf(hour);
    var own: Row := [(hour.Hour, Some(hour))];
    forall h ensures Has(own, h) <==> h == hour.Hour { assert own[0].0 == hour.Hour; }
    if hour.Carry.Furthest > BeforeAll {
      var reached := Reports.Lost(hour.Hour + 1, Min(next, uncovered));
      var rest: Row := if next - uncovered <= Reports.LongestRun then Reports.Lost(uncovered, next) else [];
      LostMeans(hour.Hour + 1, Min(next, uncovered));
      LostMeans(uncovered, next);
      Joined(reached, rest);
      Joined(own, reached + rest);
    } else {
      assert row == own;
    }
    forall k | 0 <= k < |row| ensures IsFor(hours, timelines, row[k]) {
      if k > 0 {
        assert row[k].1 == Nothing;
        assert Has(row, row[k].0);
        assert hour.Hour < row[k].0 < next;
      }
    }
  }

  // The rows one after another, from the i-th on.
  lemma RowsJoin(lastInExtent: Hour, hours: seq<HourSelection>, timelines: seq<HourTimeline>, i: nat, done: Row)
    requires SameHours(hours, timelines) && i <= |hours|
    requires Increasing(done) && (i < |hours| ==> forall hour :: Has(done, hour) ==> hour < hours[i].Hour)
    requires forall k :: 0 <= k < |done| ==> IsFor(hours, timelines, done[k])
    ensures
      var reported := Reports.ReportedFrom(lastInExtent, timelines, i, done);
      && Increasing(reported)
      && (forall hour :: Has(reported, hour) <==>
          Has(done, hour) || exists j :: i <= j < |hours| && InRow(lastInExtent, timelines, j, hour))
      && (forall k :: 0 <= k < |reported| ==> IsFor(hours, timelines, reported[k]))
    decreases |hours| - i
  {
    if i < |hours| {
      var row := Reports.ReportedOf(lastInExtent, timelines, i);
      RowMeans(lastInExtent, hours, timelines, i);
      Joined(done, row);
      RowsJoin(lastInExtent, hours, timelines, i + 1, done + row);
    }
  }

  // ---- An hour without a folder ----

  lemma WithoutFolder(
    settings: Reports.Settings, hours: seq<HourSelection>, timelines: seq<HourTimeline>, hour: Hour)
    requires World(settings, hours) && Carries(hours, timelines) && !HasFolder(hours, hour)
    ensures
      var extent := ExtentIn(settings, Flat(hours));
      (exists i :: 0 <= i < |hours| && InRow(Reports.LastInExtent(extent), timelines, i, hour)) <==>
        ToReport(hours, extent, hour)
  {
    hide ExtentIn, GoodHours, Flat, Reached, InLongRun, Reports.UncoveredOf;
    var extent := ExtentIn(settings, Flat(hours));
    var last := Reports.LastInExtent(extent);
    if i :| 0 <= i < |hours| && InRow(last, timelines, i, hour) {
      assert timelines[i].Hour == hours[i].Hour;
      BetweenFolders(settings, hours, timelines, i, hour);
    }
    if ReachesInto(extent, hour) {
      var i := FolderBefore(settings, hours, hour);
      FurthestIsKnown(hours, timelines, i);
      PartsGlue(extent, hour);
      assert i + 1 < |hours| ==> timelines[i + 1].Hour == hours[i + 1].Hour;
      BetweenFolders(settings, hours, timelines, i, hour);
      assert timelines[i].Hour == hours[i].Hour;
    }
  }

  lemma FurthestIsKnown(hours: seq<HourSelection>, timelines: seq<HourTimeline>, i: nat)
    requires GoodHours(hours) && Carries(hours, timelines) && i < |hours| && |Flat(hours[..i + 1])| > 0
    ensures timelines[i].Carry.Furthest > BeforeAll
  {
    FlatIsOrdered(hours[..i + 1]);
    ReachedMeans(Flat(hours[..i + 1]));
  }

  // The last folder before an hour of the extent that has none.
  lemma FolderBefore(settings: Reports.Settings, hours: seq<HourSelection>, hour: Hour) returns (i: nat)
    requires World(settings, hours) && !HasFolder(hours, hour)
    requires ReachesInto(ExtentIn(settings, Flat(hours)), hour)
    ensures i < |hours| && hours[i].Hour < hour && (i + 1 < |hours| ==> hour < hours[i + 1].Hour)
    ensures |Flat(hours[..i + 1])| > 0
  {
    var first := FirstFolder(settings, hours);
    PartsGlue(ExtentIn(settings, Flat(hours)), hour);
    i := LastFolder(hours, first, hour);
    InPrefix(hours, first, i, Flat(hours)[0]);
  }

  // The folder in which the extent begins.
  lemma FirstFolder(settings: Reports.Settings, hours: seq<HourSelection>) returns (first: nat)
    requires World(settings, hours) && !ExtentIn(settings, Flat(hours)).IsEmpty()
    ensures |Flat(hours)| > 0 && first < |hours| && Flat(hours)[0] in hours[first].Best
    ensures HourOf(ExtentIn(settings, Flat(hours)).Start) == hours[first].Hour
  {
    ExtentFacts(settings, hours);
    var segment := Flat(hours)[0];
    FlatHas(hours, segment);
    first :| 0 <= first < |hours| && segment in hours[first].Best;
    StartsInHour(hours, first, segment);
  }

  lemma StartsInHour(hours: seq<HourSelection>, i: nat, segment: Segment)
    requires GoodHours(hours) && i < |hours| && segment in hours[i].Best
    ensures HourOf(segment.Start) == hours[i].Hour
  {
    var k :| 0 <= k < |hours[i].Best| && hours[i].Best[k] == segment;
    assert GoodHour(hours[i]);
  }

  lemma LastFolder(hours: seq<HourSelection>, first: nat, hour: Hour) returns (i: nat)
    requires first < |hours| && hours[first].Hour <= hour && !HasFolder(hours, hour)
    ensures first <= i < |hours| && hours[i].Hour < hour && (i + 1 < |hours| ==> hour < hours[i + 1].Hour)
    decreases |hours| - first
  {
    assert hours[first].Hour != hour;
    if first + 1 < |hours| {
      assert hours[first + 1].Hour != hour;
      if hours[first + 1].Hour < hour { i := LastFolder(hours, first + 1, hour); } else { i := first; }
    } else {
      i := first;
    }
  }

  lemma InPrefix(hours: seq<HourSelection>, j: nat, i: nat, segment: Segment)
    requires j <= i < |hours| && segment in hours[j].Best
    ensures segment in Flat(hours[..i + 1])
  {
    var prefix := hours[..i + 1];
    assert segment in prefix[j].Best;
    FlatHas(prefix, segment);
  }

  lemma OfPrefix(hours: seq<HourSelection>, i: nat, segment: Segment) returns (j: nat)
    requires i < |hours| && segment in Flat(hours[..i + 1])
    ensures j <= i && segment in hours[j].Best && segment in Flat(hours)
  {
    var prefix := hours[..i + 1];
    FlatHas(prefix, segment);
    j :| 0 <= j < |prefix| && segment in prefix[j].Best;
    assert segment in hours[j].Best;
    FlatHas(hours, segment);
  }

  // What is listed of the hours between a folder and the next, and why: those before uncovered have coverage, the others
  // are bare, and together a run that no other bare hour adjoins.
  lemma BetweenFolders(
    settings: Reports.Settings, hours: seq<HourSelection>, timelines: seq<HourTimeline>, i: nat, hour: Hour)
    requires World(settings, hours) && Carries(hours, timelines) && i < |hours|
    requires
      && hours[i].Hour < hour
      && hour < Reports.NextOf(Reports.LastInExtent(ExtentIn(settings, Flat(hours))), timelines, i)
      && timelines[i].Carry.Furthest > BeforeAll
    ensures
      var extent := ExtentIn(settings, Flat(hours));
      && ReachesInto(extent, hour) && !HasFolder(hours, hour)
      && (InRow(Reports.LastInExtent(extent), timelines, i, hour) <==> !InLongRun(hours, extent, hour))
  {
    hide ExtentIn, GoodHours, Flat, InLongRun, HasCoverage, Reports.LastInExtent;
    var extent := ExtentIn(settings, Flat(hours));
    var last := Reports.LastInExtent(extent);
    var next, uncovered := Reports.NextOf(last, timelines, i), Reports.UncoveredOf(timelines[i]);
    forall h | hours[i].Hour < h < next
      ensures ReachesInto(extent, h) && !HasFolder(hours, h)
      ensures Bare(hours, extent, h) <==> uncovered <= h
    {
      InExtent(settings, hours, timelines, i, h);
      if h < uncovered { Reaching(settings, hours, timelines, i, h); }
      else { Beyond(settings, hours, timelines, i, h); }
    }
    assert next == last + 1 || HasFolder(hours, next) by {
      if i + 1 < |hours| { assert hours[i + 1].Hour == timelines[i + 1].Hour; }
    }
    NotBeyond(extent);
    RunIsWhole(hours, extent, hours[i].Hour, uncovered, next, last, hour);
  }

  // Of the hours between a folder and the next, or the extent's end, those from one on are bare: then the run that such
  // an hour lies in is all of them. Before them is the folder or an hour with coverage, after them a folder or nothing.
  lemma RunIsWhole(
    hours: seq<HourSelection>, extent: Interval, folder: Hour, uncovered: Hour, next: Hour, last: Hour, hour: Hour)
    requires HasFolder(hours, folder) && folder < hour < next && folder < uncovered
    requires next == last + 1 || HasFolder(hours, next)
    requires !ReachesInto(extent, last + 1)
    requires forall h :: folder < h < next ==> (Bare(hours, extent, h) <==> uncovered <= h)
    ensures InLongRun(hours, extent, hour) <==> uncovered <= hour && next - uncovered > Reports.LongestRun
  {
    if uncovered <= hour && next - uncovered > Reports.LongestRun {
      assert IsLongRun(hours, extent, uncovered, next, hour);
    }
    if from, to :| IsLongRun(hours, extent, from, to, hour) {
      assert Bare(hours, extent, hour);
      if from < uncovered { assert Bare(hours, extent, uncovered - 1); }
      if next < to { assert Bare(hours, extent, next); }
    }
  }

  lemma NotBeyond(extent: Interval)
    ensures !ReachesInto(extent, Reports.LastInExtent(extent) + 1)
  {
    if !extent.IsEmpty() { PartsGlue(extent, Reports.LastInExtent(extent) + 1); }
  }

  lemma InExtent(
    settings: Reports.Settings, hours: seq<HourSelection>, timelines: seq<HourTimeline>, i: nat, hour: Hour)
    requires World(settings, hours) && Carries(hours, timelines) && i < |hours|
    requires
      && hours[i].Hour < hour
      && hour < Reports.NextOf(Reports.LastInExtent(ExtentIn(settings, Flat(hours))), timelines, i)
      && timelines[i].Carry.Furthest > BeforeAll
    ensures ReachesInto(ExtentIn(settings, Flat(hours)), hour) && !HasFolder(hours, hour)
    ensures ExtentIn(settings, Flat(hours)).Start < HourStart(hour)
  {
    var extent := ExtentIn(settings, Flat(hours));
    ExtentFacts(settings, hours);
    assert |Flat(hours[..i + 1])| > 0;
    var early := Flat(hours[..i + 1])[0];
    var j := OfPrefix(hours, i, early);
    StartsInHour(hours, j, early);
    assert hours[j].Hour <= hours[i].Hour;
    assert extent.Start <= early.Start by {
      var k :| 0 <= k < |Flat(hours)| && Flat(hours)[k] == early;
      if k > 0 { assert Flat(hours)[0].Start < Flat(hours)[k].Start; }
    }
    PartsGlue(extent, hour);
    forall k | 0 <= k < |hours| ensures hours[k].Hour != hour {
      if k <= i { assert hours[k].Hour <= hours[i].Hour; }
      else { assert hours[i + 1].Hour <= hours[k].Hour; }
    }
  }

  lemma Reaching(
    settings: Reports.Settings, hours: seq<HourSelection>, timelines: seq<HourTimeline>, i: nat, hour: Hour)
    requires World(settings, hours) && Carries(hours, timelines) && i < |hours|
    requires
      var extent := ExtentIn(settings, Flat(hours));
      && ReachesInto(extent, hour) && extent.Start < HourStart(hour)
      && hours[i].Hour < hour < Reports.UncoveredOf(timelines[i])
      && timelines[i].Carry.Furthest > BeforeAll
    ensures HasCoverage(Flat(hours), ExtentIn(settings, Flat(hours)), hour)
  {
    hide ExtentIn, Carries, Flat, Reports.UncoveredOf;
    var best, extent := Flat(hours), ExtentIn(settings, Flat(hours));
    var segment := WhoReaches(hours, timelines, i, hour);
    var m :| 0 <= m < |best| && best[m] == segment;
    assert Covers(best[m], HourStart(hour));
    PartsGlue(extent, hour);
    WindowsTile(extent, hour, HourStart(hour));
  }

  // The segment that ends last starts before every hour after its folder, and reaches those before uncovered.
  lemma WhoReaches(hours: seq<HourSelection>, timelines: seq<HourTimeline>, i: nat, hour: Hour)
    returns (segment: Segment)
    requires GoodHours(hours) && Carries(hours, timelines) && i < |hours|
    requires hours[i].Hour < hour < Reports.UncoveredOf(timelines[i]) && timelines[i].Carry.Furthest > BeforeAll
    ensures segment in Flat(hours) && segment.Start < HourStart(hour) < segment.End()
  {
    var prefix := Flat(hours[..i + 1]);
    assert HourStart(hour) < Reached(prefix);
    assert |prefix| > 0;
    FlatIsOrdered(hours[..i + 1]);
    ReachedMeans(prefix);
    hide Flat, FurthestEnd, Reached, Ordered;
    var k :| 0 <= k < |prefix| && prefix[k].End() == FurthestEnd(prefix);
    segment := prefix[k];
    var j := OfPrefix(hours, i, segment);
    StartsInHour(hours, j, segment);
    assert hours[j].Hour <= hours[i].Hour;
  }

  lemma Beyond(
    settings: Reports.Settings, hours: seq<HourSelection>, timelines: seq<HourTimeline>, i: nat, hour: Hour)
    requires World(settings, hours) && Carries(hours, timelines) && i < |hours|
    requires
      && Reports.UncoveredOf(timelines[i]) <= hour
      && (i + 1 < |hours| ==> hour < hours[i + 1].Hour)
      && timelines[i].Carry.Furthest > BeforeAll
    ensures !HasCoverage(Flat(hours), ExtentIn(settings, Flat(hours)), hour)
  {
    hide Reports.UncoveredOf, Flat, Carries, ExtentIn;
    var best, extent := Flat(hours), ExtentIn(settings, Flat(hours));
    if t :| Contains(WindowOf(extent, hour), t) && Covered(best, t) {
      var k :| 0 <= k < |best| && Covers(best[k], t);
      WindowsTile(extent, hour, t);
      StartsUpTo(hours, i, hour, best[k], t);
      EndsByUncovered(hours, timelines, i, best[k]);
      assert best[k].End() <= HourStart(hour) <= t;
    }
  }

  // What reaches an hour before the next folder starts in this folder or one before it.
  lemma StartsUpTo(hours: seq<HourSelection>, i: nat, hour: Hour, segment: Segment, t: Instant)
    requires GoodHours(hours) && i < |hours| && (i + 1 < |hours| ==> hour < hours[i + 1].Hour)
    requires segment in Flat(hours) && segment.Start <= t && HourOf(t) == hour
    ensures segment in Flat(hours[..i + 1])
  {
    hide Flat;
    FlatHas(hours, segment);
    var j :| 0 <= j < |hours| && segment in hours[j].Best;
    StartsInHour(hours, j, segment);
    assert hours[j].Hour <= hour;
    if j > i { assert hours[i + 1].Hour <= hours[j].Hour; }
    InPrefix(hours, j, i, segment);
  }

  lemma EndsByUncovered(hours: seq<HourSelection>, timelines: seq<HourTimeline>, i: nat, segment: Segment)
    requires GoodHours(hours) && Carries(hours, timelines) && i < |hours|
    requires segment in Flat(hours[..i + 1])
    ensures segment.End() <= HourStart(Reports.UncoveredOf(timelines[i]))
  {
    var prefix := Flat(hours[..i + 1]);
    FlatIsOrdered(hours[..i + 1]);
    ReachedMeans(prefix);
    var k :| 0 <= k < |prefix| && prefix[k] == segment;
    assert segment.End() <= FurthestEnd(prefix);
    assert hours[..i + 1][|hours[..i + 1]| - 1] == hours[i];
    assert Last(prefix).Start < HourFinish(hours[i].Hour);
    assert Reached(prefix) <= HourFinish(HourOf(Reached(prefix) - 1));
  }
}
