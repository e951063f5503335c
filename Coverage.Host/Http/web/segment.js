// Segments by the paths of their files, and what a cut's plan says in the way of it.
import { lengthText, minute, parseInstant, rangeText, second, instantText } from "./time.js";

const form = /^(\d{4}-\d\d-\d\dT\d\d)\/(\d\d):(\d\d(?:\.\d{1,6})?)-([\d.]+)-(full|suspect|partial|temp)-/;

/** The segment of a path HOUR/NAME: when it starts and ends by its name, and its kind. */
export function segmentOf(path) {
    const [, hour, minutes, seconds, length, kind] = form.exec(path);
    const start = parseInstant(`${hour}:00:00Z`) + minutes * minute + Math.round(seconds * second);
    return { path, kind, start, end: start + Math.round(length * second) };
}

/** What is in the way of a cut first, in the words of the command cut. */
export function blockerOf({ plan }, clock, origin) {
    const first = plan.findIndex(item => item.hole), instant = t => instantText(t, clock, origin);
    const [before, next] = [plan[first - 1], plan[first + 1]].map(item => item?.segment && segmentOf(item.segment));
    if (!before) {
        return next ? `no segment of the cut covers its start: the first one starts at ${instant(next.start)}`
            : "no segment of its hours, or of the hour before them, reaches into it";
    }
    const time = span => rangeText(span, clock, origin);
    if (before.kind !== "full") {
        return `${time(before)} is in a ${before.kind} segment, which may hold less than it says: ${before.path}`;
    }
    if (!next) return `the last segment ends at ${instant(before.end)}, before the range does`;
    return `the segments of the cut leave out ${time({ start: before.end, end: next.start })} (${lengthText(next.start - before.end)})`;
}

/** The longest clean range within the one that was asked for, or else the nearer of those beside it; null for none. */
export function nearestOf({ clean, start, end }) {
    const [after, before, within] = [clean.after, clean.before, clean.longest].map(
        span => span && { start: parseInstant(span.start), end: parseInstant(span.end) });
    if (within || !after || !before) return within ?? after ?? before;
    return after.start - parseInstant(start) < parseInstant(end) - before.end ? after : before;
}
