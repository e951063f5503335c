include "../Facts/StreamFacts.dfy"

// Coverage.Core/Judgement/Account.fs: from facts to words.
module Accounts {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Timelines
  import opened Facts
  import Reports

  datatype Word = Full | Partial | Unexpected | Seam | Acknowledged | Unknown | Ahead | Pending | Missing

  const Words: seq<Word> := [Full, Partial, Unexpected, Seam, Acknowledged, Unknown, Ahead, Pending, Missing]

  datatype Expectation = Expectation(
    Now: Instant, Settling: Duration, Expected: Option<IntervalSet>, Keep: Option<Duration>,
    Acknowledged: IntervalSet, Unread: IntervalSet, UnreadReach: IntervalSet)

  const NothingGiven := Expectation(AfterAll, 0, Nothing, Nothing, [], [], [])

  // The array of sets by word, a field each: that of `full` is always empty.
  datatype Sets = Sets(
    Partial: IntervalSet, Unexpected: IntervalSet, Seam: IntervalSet, Acknowledged: IntervalSet,
    Unknown: IntervalSet, Ahead: IntervalSet, Pending: IntervalSet, Missing: IntervalSet)
  {
    function Of(word: Word): IntervalSet {
      match word
      case Full => []
      case Partial => Partial
      case Unexpected => Unexpected
      case Seam => Seam
      case Acknowledged => Acknowledged
      case Unknown => Unknown
      case Ahead => Ahead
      case Pending => Pending
      case Missing => Missing
    }
  }

  datatype Account = Account(
    Whole: Interval, Bridged: IntervalSet, Wanted: IntervalSet, Found: StreamFacts, CutSeams: IntervalSet, Sets: Sets,
    Judged: Expectation)

  function Single(interval: Interval): IntervalSet { OfIntervals([interval]) }

  function From(instant: Instant): IntervalSet { Single(Create(instant, AfterAll)) }

  function Until(instant: Instant): IntervalSet { Single(Create(BeforeAll, instant)) }

  // The intervals of a set for which an answer is yes, from the i-th on.
  function Chosen(answer: Interval -> bool, s: IntervalSet, i: nat, done: seq<Interval>): seq<Interval>
    requires i <= |s|
    decreases |s| - i
  {
    if i == |s| then done else Chosen(answer, s, i + 1, if answer(s[i]) then done + [s[i]] else done)
  }

  function KeepIf(answer: Interval -> bool, s: IntervalSet): IntervalSet { OfIntervals(Chosen(answer, s, 0, [])) }

  predicate Touches(s: IntervalSet, interval: Interval) {
    Holds(interval.Start - 1, s) || Holds(interval.End, s)
  }

  // Short, and beside an interval of a set: a seam beside covered time, a rest beside acknowledged time.
  function ShortBeside(tolerance: Duration, beside: IntervalSet, s: IntervalSet): IntervalSet {
    KeepIf((piece: Interval) => piece.Length() <= tolerance && Touches(beside, piece), s)
  }

  function World(settings: Reports.Settings): Interval {
    Create(
      if settings.FirstHour.Some? then HourStart(settings.FirstHour.Value) else BeforeAll,
      if settings.LastHour.Some? then HourFinish(settings.LastHour.Value) else AfterAll)
  }

  function ExpectedOf(report: Reports.StreamReport, expectation: Expectation): IntervalSet {
    var world := Single(World(report.Settings));
    if expectation.Expected.Some? then Intersection(world, expectation.Expected.Value)
    else if report.Settings.FirstHour.Some? && report.Settings.LastHour.Some? then world
    else Intersection(world, Single(Hull(Union(Single(report.Extent), expectation.Unread))))
  }

  // Where intervals begin and end.
  function Edges(s: IntervalSet, i: nat, done: seq<Instant>): seq<Instant>
    requires i <= |s|
    decreases |s| - i
  {
    if i == |s| then done else Edges(s, i + 1, done + [s[i].Start, s[i].End])
  }

  // F# leaves the empty ones out, which changes no set.
  function SeamsAt(facts: StreamFacts, instants: seq<Instant>): seq<Interval> {
    seq(|instants|, i requires 0 <= i < |instants| => SeamAt(instants[i], facts))
  }

  // The instants whose seams are judged as any other gap: the edges of X, and the extent's first and last instant.
  function Cuts(facts: StreamFacts, expected: IntervalSet): seq<Instant> {
    Edges(expected, 0, []) +
    if facts.Extent().IsEmpty() then [] else [facts.Extent().Start, facts.Extent().End - 1]
  }

  function CutSeams(facts: StreamFacts, expected: IntervalSet): IntervalSet {
    OfIntervals(SeamsAt(facts, Cuts(facts, expected)))
  }

  function SpanOf(expectation: Expectation, facts: StreamFacts, expected: IntervalSet): IntervalSet {
    var before := Until(expectation.Now);
    var known := Union(
      Union(Single(facts.Extent()), Intersection(expected, before)), Intersection(expectation.Unread, before));
    Intersection(Single(Hull(known)), Single(World(facts.Report.Settings)))
  }

  function KeptFrom(expectation: Expectation): Instant {
    if expectation.Keep.Some? then expectation.Now - expectation.Keep.Value else BeforeAll
  }

  function BridgedOf(facts: StreamFacts, cut: IntervalSet): IntervalSet {
    Subtract(Subtract(Single(facts.Extent()), facts.Holes()), cut)
  }

  // What is lost or not yet there: what is due less its seams.
  function LostOf(
    tolerance: Duration, expectation: Expectation, due: IntervalSet, seam: IntervalSet, partialOnly: IntervalSet,
    unexpected: IntervalSet): Sets
  {
    var lost := Subtract(due, seam);
    var accepted := Intersection(lost, expectation.Acknowledged);
    var open := Subtract(lost, accepted);
    var rest := ShortBeside(tolerance, accepted, open);
    var afterRest := Subtract(open, rest);
    var unknown := Intersection(afterRest, expectation.UnreadReach);
    var afterUnknown := Subtract(afterRest, unknown);
    var ahead := Intersection(afterUnknown, From(expectation.Now));
    var afterAhead := Subtract(afterUnknown, ahead);
    var pending := Intersection(afterAhead, From(expectation.Now - expectation.Settling));
    Sets(partialOnly, unexpected, seam, Union(accepted, rest), unknown, ahead, pending, Subtract(afterAhead, pending))
  }

  function Judge(expectation: Expectation, facts: StreamFacts): Account {
    var tolerance := facts.Tolerance();
    var expected := ExpectedOf(facts.Report, expectation);
    var span := SpanOf(expectation, facts, expected);
    var wanted := Intersection(expected, From(KeptFrom(expectation)));
    var cut := CutSeams(facts, expected);
    var bridged := BridgedOf(facts, cut);
    var loose := Subtract(span, bridged);
    var due := Intersection(loose, wanted);
    var seam := Intersection(ShortBeside(tolerance, bridged, Subtract(expected, bridged)), due);
    Account(Hull(span), bridged, wanted, facts, cut,
      LostOf(tolerance, expectation, due, seam, facts.PartialOnly(), Subtract(loose, wanted)), expectation)
  }

  function OfFacts(facts: StreamFacts): Account {
    Judge(NothingGiven.(Expected := Some(Single(facts.Extent()))), facts)
  }

  // The seams within the bridged time.
  function BridgedSeams(account: Account): IntervalSet { Subtract(account.Found.Seams, account.CutSeams) }

  // The instants of a word.
  function IntervalsOf(word: Word, account: Account): IntervalSet {
    var s := account.Sets.Of(word);
    match word
    case Full => Subtract(Subtract(account.Bridged, account.Sets.Partial), BridgedSeams(account))
    case Seam => Union(s, Intersection(BridgedSeams(account), account.Wanted))
    case Unexpected => Union(s, Subtract(BridgedSeams(account), account.Wanted))
    case _ => s
  }

  function BridgedSeamsIn(account: Account, window: Interval): Duration {
    SeamsIn(window, account.Found) - Within(window, account.CutSeams).1
  }

  // The loop of lengthsIn: the seams that are wanted.
  function WantedSeamsIn(account: Account, wanted: IntervalSet, i: nat, sum: Duration): Duration
    requires i <= |wanted|
    decreases |wanted| - i
  {
    if i == |wanted| then sum
    else WantedSeamsIn(account, wanted, i + 1, sum + BridgedSeamsIn(account, wanted[i]))
  }

  // How much of a window has a word.
  function LengthIn(window: Interval, account: Account, word: Word): Duration {
    var length := Within(window, account.Sets.Of(word)).1;
    var seams := BridgedSeamsIn(account, window);
    var wantedSeams := WantedSeamsIn(account, Cut(window, account.Wanted), 0, 0);
    match word
    case Full => Within(window, account.Bridged).1 - Within(window, account.Sets.Partial).1 - seams
    case Seam => length + wantedSeams
    case Unexpected => length + seams - wantedSeams
    case _ => length
  }

  function LengthsIn(window: Interval, account: Account): seq<Duration> {
    seq(|Words|, i requires 0 <= i < |Words| => LengthIn(window, account, Words[i]))
  }

  function Lengths(account: Account): seq<Duration> { LengthsIn(account.Whole, account) }

  // The first word from the i-th on whose set holds an instant. F# finds one, for the sets tile what is not bridged.
  function FirstWord(instant: Instant, account: Account, i: nat): Option<Word>
    requires i <= |Words|
    decreases |Words| - i
  {
    if i == |Words| then Nothing
    else if Holds(instant, account.Sets.Of(Words[i])) then Some(Words[i])
    else FirstWord(instant, account, i + 1)
  }

  function WordAt(instant: Instant, account: Account): Option<Word> {
    if !Contains(account.Whole, instant) then Nothing
    else if !Holds(instant, account.Bridged) then FirstWord(instant, account, 0)
    else if Holds(instant, account.Sets.Partial) then Some(Partial)
    else if SeamAt(instant, account.Found).IsEmpty() then Some(Full)
    else if Holds(instant, account.Wanted) then Some(Seam)
    else Some(Unexpected)
  }

  // The part of the wanted time that is over.
  function Over(account: Account): IntervalSet { Intersection(account.Wanted, Until(account.Judged.Now)) }

  function JudgedPartial(account: Account): IntervalSet { Intersection(Over(account), account.Sets.Partial) }

  function Lacking(account: Account): IntervalSet {
    Intersection(Over(account), Union(Union(account.Sets.Partial, account.Sets.Unknown), account.Sets.Missing))
  }

  // What is good, and what of: good and lacking.
  function CompletenessOf(account: Account): (Duration, Duration) {
    var over := Over(account);
    var good :=
      Length(Intersection(over, account.Bridged)) - Length(Intersection(over, account.Sets.Partial)) +
      Length(Intersection(over, account.Sets.Seam));
    (good, good + Length(Lacking(account)))
  }
}
