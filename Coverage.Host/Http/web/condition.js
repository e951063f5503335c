// What a stream is doing, by its row of /streams and the service's clock: its own state, not the page's connection.
import { clockLead } from "./api.js";
import { day, hour, minute, parseInstant, roughText } from "./time.js";
import { counted } from "./words.js";

/** A stream is recording while its last segment is younger than this: when the alert for a stopped stream goes off. */
const patience = 5 * minute;

/** A stream that did not grow for so long is over, which is no fault. */
const over = day;

/** Now, by the service's clock. */
const now = () => (Date.now() + clockLead) * 1000;

/** Recording, stopped or quiet, by the age of the last segment; or failing, empty, ahead: then there is no such age. */
export function conditionOf(row) {
    if (row.last_segment_end === null) return { state: row.failing === null ? "empty" : "failing", age: "" };
    const age = now() - parseInstant(row.last_segment_end);
    const state = row.failing !== null ? "failing"
        : age < -patience ? "ahead" : age <= patience ? "recording" : age <= over ? "stopped" : "quiet";
    return { state, age: state === "ahead" ? `ends in ${roughText(-age)}` : `${roughText(age)} ago` };
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
