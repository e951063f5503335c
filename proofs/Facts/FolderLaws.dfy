include "SelectionLaws.dfy"
include "HourPartsLaws.dfy"

// The laws of reports hold for every report made of folders: what an archive's names can say is a world.
module FolderLaws {
  import opened Time
  import opened Segments
  import opened Selections
  import opened SelectionLaws
  import opened Timelines
  import opened StreamSpec
  import opened ExtentLaws
  import opened ReportLaws
  import Reports

  // "A segment starts at HOUR + TIME and lasts DURATION" (section 1 of semantics.md).
  predicate GoodFolder(folder: HourFolder) {
    && folder.Hour >= 0
    && forall segment <- folder.Segments ::
        HourStart(folder.Hour) <= segment.Start < HourFinish(folder.Hour) && segment.Duration >= 0
  }

  predicate GoodFolders(folders: seq<HourFolder>) {
    && (forall i :: 0 <= i < |folders| ==> GoodFolder(folders[i]))
    && (forall i, j :: 0 <= i < j < |folders| ==> folders[i].Hour < folders[j].Hour)
  }

  function HoursIn(settings: Reports.Settings, folders: seq<HourFolder>): seq<HourSelection> {
    Reports.Chosen(settings, folders, 0, [])
  }

  lemma SelectionIsGood(folder: HourFolder)
    requires GoodFolder(folder)
    ensures GoodHour(OfFolder(folder)) && OfFolder(folder).Hour == folder.Hour
  {
    hide OfFolder, IsBetter;
    OneBestForEachStart(folder);
    CountsAreSums(folder);
    var best := OfFolder(folder).Best;
    forall i | 0 <= i < |best|
      ensures HourStart(folder.Hour) <= best[i].Start < HourFinish(folder.Hour) && best[i].Duration >= 0
    {
      assert best[i] in best;
    }
  }

  lemma ChosenIsGood(settings: Reports.Settings, folders: seq<HourFolder>, i: nat, done: seq<HourSelection>)
    requires GoodFolders(folders) && i <= |folders|
    requires settings.Tolerance >= 0 && World(settings, done)
    requires forall j, k :: 0 <= j < |done| && i <= k < |folders| ==> done[j].Hour < folders[k].Hour
    ensures World(settings, Reports.Chosen(settings, folders, i, done))
    decreases |folders| - i
  {
    hide OfFolder, GoodHour;
    if i < |folders| {
      SelectionIsGood(folders[i]);
      if Reports.IsIn(settings, folders[i].Hour) {
        ChosenIsGood(settings, folders, i + 1, done + [OfFolder(folders[i])]);
      } else {
        ChosenIsGood(settings, folders, i + 1, done);
      }
    }
  }

  // LAW: so the laws of ReportLaws, HoursLaws, HourSumsLaws and HourPartsLaws are laws of Report.ofFolders.
  lemma OfFoldersIsReport(settings: Reports.Settings, folders: seq<HourFolder>)
    requires settings.Tolerance >= 0 && GoodFolders(folders)
    ensures World(settings, HoursIn(settings, folders))
    ensures Reports.OfFolders(settings, folders) == ReportOf(settings, HoursIn(settings, folders))
  {
    hide Reports.OfTimelines, OfHours;
    ChosenIsGood(settings, folders, 0, []);
  }

  // LAW: "first hour and last hour, where given, cut the world": hours outside are as if they were not there.
  lemma OutsideIsLeftOut(settings: Reports.Settings, before: seq<HourFolder>, folder: HourFolder, after: seq<HourFolder>)
    requires !Reports.IsIn(settings, folder.Hour)
    ensures HoursIn(settings, before + [folder] + after) == HoursIn(settings, before + after)
  {
    hide OfFolder;
    ChosenOfBoth(settings, before + [folder], after);
    ChosenOfBoth(settings, before, [folder]);
    ChosenOfBoth(settings, before, after);
    assert Reports.Chosen(settings, [folder], 1, []) == [];
    assert HoursIn(settings, before) + [] == HoursIn(settings, before);
  }

  lemma ChosenOfBoth(settings: Reports.Settings, a: seq<HourFolder>, b: seq<HourFolder>)
    ensures HoursIn(settings, a + b) == HoursIn(settings, a) + HoursIn(settings, b)
  {
    hide OfFolder;
    ChosenFrom(settings, a + b, 0, []);
    ChosenFrom(settings, a, 0, []);
    ChosenFrom(settings, b, 0, []);
    assert (a + b)[0..] == a + b && a[0..] == a && b[0..] == b;
    KeptOfBoth(settings, a, b);
  }

  // The same, said from the end.
  function Kept(settings: Reports.Settings, folders: seq<HourFolder>): seq<HourSelection> {
    if |folders| == 0 then []
    else
      (if Reports.IsIn(settings, folders[0].Hour) then [OfFolder(folders[0])] else []) + Kept(settings, folders[1..])
  }

  lemma ChosenFrom(settings: Reports.Settings, folders: seq<HourFolder>, i: nat, done: seq<HourSelection>)
    requires i <= |folders|
    ensures Reports.Chosen(settings, folders, i, done) == done + Kept(settings, folders[i..])
    decreases |folders| - i
  {
    hide OfFolder;
    if i < |folders| {
      assert folders[i..][1..] == folders[i + 1..];
      if Reports.IsIn(settings, folders[i].Hour) {
        ChosenFrom(settings, folders, i + 1, done + [OfFolder(folders[i])]);
      } else {
        ChosenFrom(settings, folders, i + 1, done);
      }
    }
  }

  lemma KeptOfBoth(settings: Reports.Settings, a: seq<HourFolder>, b: seq<HourFolder>)
    ensures Kept(settings, a + b) == Kept(settings, a) + Kept(settings, b)
  {
    hide OfFolder;
    if |a| == 0 {
      assert a + b == b;
    } else {
      assert (a + b)[1..] == a[1..] + b;
      KeptOfBoth(settings, a[1..], b);
    }
  }
}
