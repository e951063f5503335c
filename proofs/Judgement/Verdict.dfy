include "Account.dfy"

// Coverage.Core/Judgement/Verdict.fs: an account in one word, and whether it fails a check.
module Verdicts {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Timelines
  import opened Facts
  import opened Accounts

  datatype Verdict = IsEmpty | IsMissing | IsUnknown | IsAhead | IsPending | IsPartial | Complete

  datatype Budget = Budget(LongestSpan: Option<Duration>, Total: Option<Duration>, IsStrict: bool)

  const AheadBy: Duration := 300 * Second

  predicate StartsAhead(account: Account) {
    var last := account.Found.LastStart;
    last.Some? && last.Value > account.Judged.Now + AheadBy
  }

  function OfAccount(account: Account): Verdict {
    var sets := account.Sets;
    if account.Whole.IsEmpty() then IsEmpty
    else if |sets.Missing| > 0 then IsMissing
    else if |sets.Unknown| > 0 || |account.Judged.Unread| > 0 then IsUnknown
    else if StartsAhead(account) then IsAhead
    else if |sets.Pending| > 0 then IsPending
    else if |sets.Partial| > 0 then IsPartial
    else Complete
  }

  // The spans that count as lost.
  function LostSpans(budget: Budget, account: Account): seq<Interval> {
    account.Sets.Missing + if budget.IsStrict then JudgedPartial(account) else []
  }

  function SumOfLengths(spans: seq<Interval>): Duration {
    if |spans| == 0 then 0 else spans[0].Length() + SumOfLengths(spans[1..])
  }

  predicate IsOver(budget: Budget, account: Account) {
    var lost := LostSpans(budget, account);
    if budget.LongestSpan.Nothing? && budget.Total.Nothing? then |lost| > 0
    else
      || (budget.LongestSpan.Some? && exists span <- lost :: span.Length() > budget.LongestSpan.Value)
      || (budget.Total.Some? && SumOfLengths(lost) > budget.Total.Value)
  }

  predicate IsFailure(budget: Budget, account: Account) {
    || account.Whole.IsEmpty()
    || IsOver(budget, account)
    || |account.Sets.Unknown| > 0
    || StartsAhead(account)
  }
}
