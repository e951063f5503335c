// What is shown, as the address says it after the #, so that a view can be sent to a colleague.
import { isoText, parseInstant } from "./time.js";

/** The state of an address: times are null where all is shown, the stream and the view are null where none is chosen. A span
 * that follows the recording is as long as its times say, wherever the recording ends by now. */
export function read(hash) {
    const words = new URLSearchParams(hash.replace(/^#/, ""));
    const [channel, quality] = (words.get("stream") ?? "").split("/");
    const start = parseInstant(words.get("start") ?? ""), end = parseInstant(words.get("end") ?? "");
    return {
        stream: quality ? { channel, quality } : null,
        span: start < end ? { start, end, isFollowing: words.get("follow") === "yes" } : null,
        view: ["timeline", "map"].includes(words.get("view")) ? words.get("view") : null,
        clock: ["local", "since"].includes(words.get("clock")) ? words.get("clock") : "utc",
    };
}

/** The address of a state; what is as usual is left out. */
export function write({ stream, span, view, clock }) {
    const words = new URLSearchParams();
    if (stream) words.set("stream", `${stream.channel}/${stream.quality}`);
    if (span) {
        words.set("start", isoText(span.start));
        words.set("end", isoText(span.end));
        if (span.isFollowing) words.set("follow", "yes");
    }
    if (view) words.set("view", view);
    if (clock !== "utc") words.set("clock", clock);
    return `#${words}`.replaceAll("%2F", "/").replaceAll("%3A", ":");
}

export const isSame = (one, other) => one?.channel === other?.channel && one?.quality === other?.quality;
