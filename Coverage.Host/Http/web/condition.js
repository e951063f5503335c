// How a stream stands, by its row of /streams: its own state, not the page's connection.
import { clockLead } from "./api.js";
import { hour, minute, parseInstant, roughText } from "./time.js";
import { bound, counted } from "./counts.js";

/** What is dated later than this from now is ahead (semantics of the service). */
const patience = 5 * minute;

/** Now, by the service's clock. */
const now = () => (Date.now() + clockLead) * 1000;

/** How the recording stands, as its account says, and the age of its last segment: none, recording, quiet, stopped or ended; or
 * failing; or ahead, where all that there is of it is. */
export function conditionOf(row) {
    const edge = row.account?.edge, word = edge?.word ?? "none";
    const state = row.failing !== null ? "failing" : word === "none" && row.segments_ahead > 0 ? "ahead" : word;
    const end = edge?.end ?? row.last_segment_end;
    if (!end) return { state, age: "" };
    const age = now() - parseInstant(end);
    return { state, age: age < 0 ? `ends in ${roughText(-age)}` : `${roughText(age)} ago` };
}

/** How complete a stream is in percent, with as many digits as it takes to show 100 only where nothing lacks, 0 only where nothing is good. */
export function completenessText({ account }) {
    if (!account?.completeness_seconds.of) return "—";
    const { good, of } = account.completeness_seconds, percent = 100 - (of - good) / of * 100;
    let digits = 2, shown;
    do shown = Number(percent.toFixed(digits)); while (shown !== percent && (shown <= 0 || shown >= 100) && ++digits < 12);
    return `${shown}${bound}%`;
}

/** The mark that segments ahead of the clock leave in a row of the list, where its state does not say so; the text is beside the stream. */
export const aheadMark = row => row.segments_ahead > 0 && conditionOf(row).state !== "ahead"
    ? `${counted(row.segments_ahead, "segment")} ahead` : "";

/** What is wrong with a stream beside holes: a line each, the worst first. */
export function troublesOf(row) {
    const troubles = row.failing === null ? [] : [row.failing];
    return row.segments_ahead > 0 ? [...troubles, aheadText(row)] : troubles;
}

function aheadText({ segments_ahead: count, start }) {
    const isAll = start !== null && Math.floor(parseInstant(start) / hour) > Math.floor((now() + patience) / hour);
    const some = counted(count, "segment"), all = count === 1 ? "the only segment is" : `all ${some} are`;
    return isAll ? `${all} dated ahead of the service's clock, which seems to be wrong`
        : `${some} dated ahead of now: a clock was wrong; left out until that time comes`;
}
