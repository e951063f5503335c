// Instants as people type them.
import { day, hour, minute, second } from "./time.js";

const form = /^(?:(\d{4})-(\d\d)-(\d\d))?(?:(?:^|[T ])(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?)?(?: ?(Z|UTC|[+\u2212-]\d\d:?\d\d))?$/i;
const sinceForm = /^([+\u2212-]?)(?:(\d+) ?d )?(\d+):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?$/;

const micros = fraction => Number((fraction ?? "").padEnd(6, "0"));

/**
 * The instant of a text on a clock, NaN where the text is none: a day and a time of day (without a time the day's first instant), a time of
 * day, which is of the day that puts it nearest to `near`, a length with a sign, which is since the start of the recording, or seconds
 * since 1970. Without a zone a time is on the clock.
 */
export function typedInstant(text, clock, start, near) {
    const words = text.trim().replace(/\s+/g, " ");
    if (/^\d{9,12}(\.\d{1,6})?$/.test(words)) return Number(words.split(".")[0]) * second + micros(words.split(".")[1]);
    const since = sinceForm.exec(words);
    if (since && (since[1] || clock === "since")) return start + lengthOf(since);
    const found = form.exec(words);
    const [, year, month, date, hours = 0, minutes = 0, seconds = 0, fraction, zone] = found ?? [];
    if (!found || (!year && !found[4]) || hours > 23 || minutes > 59 || seconds > 59) return NaN;
    const isLocal = clock === "local" && !zone, offset = offsetOf(zone);
    const at = (...parts) => (isLocal ? +new Date(...parts, hours, minutes, seconds) : Date.UTC(...parts, hours, minutes, seconds)) * 1000
        - offset + micros(fraction);
    if (year) return isDay(year, month, date) ? at(year, month - 1, date) : NaN;
    const days = [-1, 0, 1].map(by => new Date((near + by * day) / 1000));
    const all = days.map(it => isLocal ? at(it.getFullYear(), it.getMonth(), it.getDate()) : at(it.getUTCFullYear(), it.getUTCMonth(), it.getUTCDate()));
    return all.reduce((best, t) => Math.abs(t - near) < Math.abs(best - near) ? t : best);
}

/** Whether a month has a date. */
const isDay = (year, month, date) => month >= 1 && month <= 12 && new Date(Date.UTC(year, month - 1, date)).getUTCDate() === Number(date);

function lengthOf([, sign, days = 0, hours, minutes, seconds = 0, fraction]) {
    const length = days * day + hours * hour + minutes * minute + seconds * second + micros(fraction);
    return sign && sign !== "+" ? -length : length;
}

/** What the clock of a zone is ahead of UTC. */
function offsetOf(zone = "Z") {
    const found = /^([+\u2212-])(\d\d):?(\d\d)$/.exec(zone);
    return found ? (found[1] === "+" ? 1 : -1) * (found[2] * hour + found[3] * minute) : 0;
}
