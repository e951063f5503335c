include "AccountSpec.dfy"

// The best of several accounts, as of the nodes of a fleet: of each instant the earliest word that one of them says. The order
// in which they are asked, and how often, changes nothing.
module WordLaws {
  import opened Time
  import opened Accounts
  import opened AccountSpec

  // The words' numbers in F#.
  function Rank(word: Word): nat {
    match word
    case Full => 0
    case Partial => 1
    case Unexpected => 2
    case Seam => 3
    case Acknowledged => 4
    case Unknown => 5
    case Ahead => 6
    case Pending => 7
    case Missing => 8
  }

  function Better(a: Word, b: Word): Word { if Rank(a) <= Rank(b) then a else b }

  lemma RanksAreOrder(a: Word, b: Word)
    ensures Rank(a) == Rank(b) ==> a == b
    ensures Rank(a) < |Words| && Words[Rank(a)] == a
  {
  }

  // LAW: the better of two words is a lattice's join: it does not matter which is asked first, nor how they are grouped, nor
  // how often one is asked.
  lemma BetterIsJoin(a: Word, b: Word, c: Word)
    ensures Better(a, b) == Better(b, a)
    ensures Better(Better(a, b), c) == Better(a, Better(b, c))
    ensures Better(a, a) == a
  {
    RanksAreOrder(a, b);
  }

  // LAW: it is the least change that is as good as both.
  lemma BetterIsLeast(a: Word, b: Word, c: Word)
    ensures Rank(Better(a, b)) <= Rank(a) && Rank(Better(a, b)) <= Rank(b)
    ensures Rank(c) <= Rank(a) && Rank(c) <= Rank(b) ==> Rank(c) <= Rank(Better(a, b))
    ensures Better(a, Word.Missing) == a && Better(a, Word.Full) == Word.Full
  {
    RanksAreOrder(a, Word.Missing);
  }

  // The best of several words.
  function BestOf(words: seq<Word>): Word {
    if |words| == 0 then Word.Missing else Better(words[0], BestOf(words[1..]))
  }

  lemma BestOfIs(words: seq<Word>)
    ensures forall word <- words :: Rank(BestOf(words)) <= Rank(word)
    ensures |words| > 0 ==> BestOf(words) in words
  {
    if |words| > 0 {
      assert words == [words[0]] + words[1..];
      BestOfIs(words[1..]);
      if |words| == 1 { RanksAreOrder(words[0], Word.Missing); }
    }
  }

  // LAW: nodes that say the same words have the same best one, in whatever order, however often.
  lemma OrderChangesNothing(a: seq<Word>, b: seq<Word>)
    requires forall word: Word :: word in a <==> word in b
    ensures BestOf(a) == BestOf(b)
  {
    BestOfIs(a);
    BestOfIs(b);
    if |a| > 0 {
      assert a[0] in b;
      assert BestOf(a) in b && BestOf(b) in a;
      RanksAreOrder(BestOf(a), BestOf(b));
    } else if |b| > 0 {
      assert b[0] in a;
    }
  }

  // The words of one instant, a node's each.
  ghost function WordsAt(cases: seq<Case>, t: Instant): seq<Word> {
    seq(|cases|, i requires 0 <= i < |cases| => WordOf(cases[i], t))
  }

  // LAW: and so of every instant of several accounts: an instant is missing where it is missing on all nodes, and full where
  // it is on one of them.
  lemma BestOfNodes(cases: seq<Case>, t: Instant)
    requires |cases| > 0
    ensures BestOf(WordsAt(cases, t)) == Word.Missing <==> forall c <- cases :: WordOf(c, t) == Word.Missing
    ensures BestOf(WordsAt(cases, t)) == Word.Full <==> exists c <- cases :: WordOf(c, t) == Word.Full
  {
    hide WordOf;
    var words := WordsAt(cases, t);
    BestOfIs(words);
    forall c | c in cases ensures WordOf(c, t) in words {
      var i :| 0 <= i < |cases| && cases[i] == c;
      assert words[i] == WordOf(c, t);
    }
    if BestOf(words) == Word.Missing {
      forall c | c in cases ensures WordOf(c, t) == Word.Missing { RanksAreOrder(WordOf(c, t), Word.Missing); }
    }
    var i :| 0 <= i < |words| && words[i] == BestOf(words);
    assert WordOf(cases[i], t) == BestOf(words) && cases[i] in cases;
    if c :| c in cases && WordOf(c, t) == Word.Full { RanksAreOrder(BestOf(words), Word.Full); }
  }
}
