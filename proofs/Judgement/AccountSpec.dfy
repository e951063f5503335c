include "../Facts/ExtentLaws.dfy"
include "Account.dfy"

// What the words mean: section 9 of semantics.md, said of one instant at a time, of a stream's best segments and of what was
// given, without the sets that the program works with.
module AccountSpec {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Segments
  import opened Timelines
  import opened StreamSpec
  import opened ExtentLaws
  import opened Accounts
  import Reports

  // What is judged: the best segments of a stream, what they are looked at with, and what is expected.
  datatype Case = Case(Settings: Reports.Settings, Best: seq<Segment>, Given: Expectation)

  ghost predicate IsFull(c: Case, t: Instant) {
    exists i :: 0 <= i < |c.Best| && c.Best[i].Kind == Kind.Full && Covers(c.Best[i], t)
  }

  ghost predicate IsCovered(c: Case, t: Instant) { Covered(c.Best, t) }

  // "the hours given".
  predicate InWorld(c: Case, t: Instant) {
    && (c.Settings.FirstHour.Some? ==> HourStart(c.Settings.FirstHour.Value) <= t)
    && (c.Settings.LastHour.Some? ==> t < HourFinish(c.Settings.LastHour.Value))
  }

  predicate InExtent(c: Case, t: Instant) { Contains(ExtentIn(c.Settings, c.Best), t) }

  // "the smallest interval that holds" a set: some of it is not later, some not earlier.
  ghost predicate InHull(s: iset<Instant>, t: Instant) {
    exists a, b :: a in s && b in s && a <= t <= b
  }

  // "expected, an interval set X". "Not given: with first hour and last hour both given the range between them; else the
  // smallest interval that holds the extent and the unread hours. X is first cut to the hours given, and never at now."
  ghost predicate InX(c: Case, t: Instant) {
    && InWorld(c, t)
    && (c.Given.Expected.Some? ==> In(t, c.Given.Expected.Value))
    && (c.Given.Expected.Nothing? && (c.Settings.FirstHour.Nothing? || c.Settings.LastHour.Nothing?) ==>
        InHull(Known(c), t))
  }

  ghost function Known(c: Case): iset<Instant> {
    iset u: Instant | InExtent(c, u) || In(u, c.Given.Unread)
  }

  // "The span S is the smallest interval that holds the extent, X before now, and the unread hours before now; cut to first
  // hour and last hour; empty when all are."
  ghost predicate InSpan(c: Case, t: Instant) {
    && InWorld(c, t)
    && InHull(KnownByNow(c), t)
  }

  ghost function KnownByNow(c: Case): iset<Instant> {
    iset u: Instant | InExtent(c, u) || (u < c.Given.Now && (InX(c, u) || In(u, c.Given.Unread)))
  }

  // "is not in X, or is earlier than now - keep".
  ghost predicate IsUnexpected(c: Case, t: Instant) {
    !InX(c, t) || (c.Given.Keep.Some? && t < c.Given.Now - c.Given.Keep.Value)
  }

  // [a, b) is one of the longest intervals that lie within a set.
  ghost predicate IsMaximal(s: iset<Instant>, a: Instant, b: Instant) {
    && a < b
    && (forall t :: a <= t < b ==> t in s)
    && a - 1 !in s
    && b !in s
  }

  // "lies in a maximal interval of X less the covered time that is no longer than the tolerance and touches covered time".
  ghost predicate IsSeam(c: Case, t: Instant) {
    exists a, b :: IsSeamOf(c, a, b) && a <= t < b
  }

  ghost predicate IsSeamOf(c: Case, a: Instant, b: Instant) {
    && IsMaximal(Bare(c), a, b)
    && b - a <= c.Settings.Tolerance
    && (IsCovered(c, a - 1) || IsCovered(c, b))
  }

  // "X less the covered time".
  ghost function Bare(c: Case): iset<Instant> {
    iset u: Instant | InX(c, u) && !IsCovered(c, u)
  }

  // To which none of the first four words applies.
  ghost predicate IsLost(c: Case, t: Instant) {
    InSpan(c, t) && !IsCovered(c, t) && !IsUnexpected(c, t) && !IsSeam(c, t)
  }

  ghost predicate IsAccepted(c: Case, t: Instant) { IsLost(c, t) && In(t, c.Given.Acknowledged) }

  // "what would be unknown, ahead, pending or missing".
  ghost function Open(c: Case): iset<Instant> {
    iset u: Instant | IsLost(c, u) && !In(u, c.Given.Acknowledged)
  }

  // "A rest is a maximal interval of that that has an end in common with an interval of the word acknowledged and is no
  // longer than the tolerance." (Two rests never meet: so it is an interval of what is in A that it has an end in common with.)
  ghost predicate IsRest(c: Case, t: Instant) {
    exists a, b :: IsRestOf(c, a, b) && a <= t < b
  }

  ghost predicate IsRestOf(c: Case, a: Instant, b: Instant) {
    && IsMaximal(Open(c), a, b)
    && b - a <= c.Settings.Tolerance
    && (IsAccepted(c, a - 1) || IsAccepted(c, b))
  }

  // The table: the first of these words that applies. It is asked of the instants of the span.
  ghost function WordOf(c: Case, t: Instant): Word {
    if IsFull(c, t) then Word.Full
    else if IsCovered(c, t) then Word.Partial
    else if IsUnexpected(c, t) then Unexpected
    else if IsSeam(c, t) then Seam
    else if In(t, c.Given.Acknowledged) || IsRest(c, t) then Acknowledged
    else if In(t, c.Given.Unread) || In(t, c.Given.UnreadReach) then Unknown
    else if t >= c.Given.Now then Ahead
    else if t >= c.Given.Now - c.Given.Settling then Pending
    else Missing
  }

  // The instants of a word.
  ghost function Said(c: Case, word: Word): iset<Instant> {
    iset t: Instant | InSpan(c, t) && WordOf(c, t) == word
  }
}
