// Whether the selected range of a stream can be cut, as the service answers, and the nearest range that can.
import { get } from "./api.js";
import { byId, say } from "./dom.js";
import { notCopied, toClipboard } from "./missing.js";
import { isoText, lengthText, parseInstant } from "./time.js";

export class Cut {
    #stream = null;
    #range = null;
    #nearest = null;
    /** Ends the question that is asked, when another one follows. */
    #asking = new AbortController();

    /** `onSelect` gets the range to select instead, or null. */
    constructor(onSelect) {
        const texts = {
            from: () => isoText(this.#range.start),
            to: () => isoText(this.#range.end),
            nearest: () => `${isoText(this.#nearest.start)}\t${isoText(this.#nearest.end)}`,
        };
        for (const [name, text] of Object.entries(texts)) byId(`copy-cut-${name}`).addEventListener("click", () => copy(text()));
        byId("take-nearest").addEventListener("click", () => onSelect(this.#nearest));
        byId("drop-range").addEventListener("click", () => onSelect(null));
    }

    /** Shows a range of a stream, of which one end may be undefined, and asks about it once it is done. */
    async show(stream, range, isDone) {
        this.#asking.abort();
        this.#stream = stream;
        this.#range = range;
        byId("cut").hidden = !range;
        if (!range) return;
        const isWhole = range.start !== undefined && range.end !== undefined;
        for (const [name, t] of [["from", range.start], ["to", range.end]]) {
            say(byId(`cut-${name}`), t === undefined ? "not marked yet" : isoText(t));
            byId(`copy-cut-${name}`).hidden = t === undefined;
        }
        const length = isWhole ? lengthText(range.end - range.start) : "";
        this.#say("pending", isWhole ? `${length} selected` : "one end is marked", isWhole ? "" : "I marks the start, O the end.");
        if (isWhole && isDone) await this.#ask(length);
    }

    async #ask(length) {
        const { start, end } = this.#range, { signal } = this.#asking = new AbortController();
        this.#say("pending", `${length} selected`, "The service is asked whether it cuts.");
        try {
            const answer = await get("cut", { ...this.#stream, start: isoText(start), end: isoText(end) }, signal, (reason, later) => {
                if (!signal.aborted) this.#say("failing", `${length}: no answer yet`, `${sentence(reason)} The service is asked again in ${later} s.`);
            });
            if (!signal.aborted) this.#tell(answer, length);
        } catch (problem) {
            if (!signal.aborted) this.#say("failing", `${length}: no answer`, sentence(problem.message));
        }
    }

    #tell(answer, length) {
        if (answer.answer === "accept") {
            this.#say("complete", `${length}: cuts`, answer.will_fail ? `But the cut will fail: ${answer.will_fail}.` : "");
        } else {
            this.#say("missing", `${length}: does not cut`, whyNot(answer), nearestOf(answer));
        }
    }

    #say(status, text, why, nearest = null) {
        byId("cut-answer").dataset.status = status;
        say(byId("cut-answer"), text);
        say(byId("cut-why"), why);
        this.#nearest = nearest;
        for (const element of byId("cut").querySelectorAll(".nearest")) element.hidden = !nearest;
        if (nearest) say(byId("cut-nearest"), `${isoText(nearest.start)} to ${isoText(nearest.end)}`);
    }
}

const sentence = reason => `${reason[0].toUpperCase()}${reason.slice(1)}.`;

/** What is in the way first: a segment that is not full, or else time that none covers. */
function whyNot({ plan, holes }) {
    const before = plan[plan.findIndex(item => item.hole) - 1]?.segment;
    const kind = before?.split("/")[1].split("-")[2];
    if (before && kind !== "full") return `${before} is ${kind}, so it may hold less than it says.`;
    const [first, ...others] = holes;
    if (!first) return "A segment in it is not full.";
    const more = others.length ? `; and ${others.length} more` : "";
    return `No full segment covers ${first.start} to ${first.end} (${lengthText(Math.round(first.seconds * 1e6))})${more}.`;
}

/** The longest range within the one asked for that cuts, or else the nearer one of those beside it. */
function nearestOf({ clean, start, end }) {
    const [after, before, within] = [clean.after, clean.before, clean.longest].map(
        span => span && { start: parseInstant(span.start), end: parseInstant(span.end) });
    if (within || !after || !before) return within ?? after ?? before;
    return after.start - parseInstant(start) < parseInstant(end) - before.end ? after : before;
}

async function copy(text) {
    say(byId("cut-copied"), await toClipboard(text) ? "copied" : notCopied);
    setTimeout(() => say(byId("cut-copied"), ""), 4000);
}
