// What is shown, as the address says it after the # (of several fleets after the ?), so that a view can be sent to a colleague.
import { isoText, parseInstant } from "./time.js";

/** The state of an address: times are null where all is shown, the fleet, the stream and the view are null where none is chosen. A span
 * that follows the recording is as long as its times say, wherever the recording ends by now. A range is what is selected to be cut: its
 * ends are undefined until they are marked. */
export function read(address) {
    const words = new URLSearchParams(address.replace(/^[#?]/, ""));
    // A channel of another recorder may hold slashes.
    const stream = words.get("stream") ?? "", at = stream.lastIndexOf("/");
    const channel = stream.slice(0, Math.max(0, at)), quality = stream.slice(at + 1);
    const start = parseInstant(words.get("start") ?? ""), end = parseInstant(words.get("end") ?? "");
    return {
        fleet: words.get("fleet"),
        stream: channel && quality ? { channel, quality } : null,
        span: start < end ? { start, end, isFollowing: words.get("follow") === "yes" } : null,
        range: rangeOf(parseInstant(words.get("from") ?? ""), parseInstant(words.get("to") ?? "")),
        view: ["timeline", "map"].includes(words.get("view")) ? words.get("view") : null,
        clock: ["local", "since"].includes(words.get("clock")) ? words.get("clock") : "utc",
    };
}

/** A range of two ends, each NaN where it is not marked; null where none is. */
function rangeOf(from, to) {
    const [start, end] = [from, to].map(t => Number.isNaN(t) ? undefined : t);
    return start >= end || (start ?? end) === undefined ? null : { start, end };
}

/** A range after one of its ends was marked, and what to say of it: the other end is dropped where it is on the wrong side. */
export function marked(range, edge, t) {
    const next = { ...range, [edge]: t };
    if (!(next.start >= next.end)) return [next, ""];
    return [{ [edge]: t }, edge === "end" ? "The start was not before this end, so it is dropped." : "The end was not after this start, so it is dropped."];
}

/** The address of a state, after a mark; what is as usual is left out. */
export function write({ fleet, stream, span, range, view, clock }, mark = "#") {
    const words = new URLSearchParams();
    if (fleet !== null && fleet !== undefined) words.set("fleet", fleet);
    if (stream) words.set("stream", `${stream.channel}/${stream.quality}`);
    if (span) {
        words.set("start", isoText(span.start));
        words.set("end", isoText(span.end));
        if (span.isFollowing) words.set("follow", "yes");
    }
    if (range?.start !== undefined) words.set("from", isoText(range.start));
    if (range?.end !== undefined) words.set("to", isoText(range.end));
    if (view) words.set("view", view);
    if (clock !== "utc") words.set("clock", clock);
    return `${mark}${words}`.replaceAll("%2F", "/").replaceAll("%3A", ":");
}

export const isSame = (one, other) => one?.channel === other?.channel && one?.quality === other?.quality;
