// The range that is selected, by its ends, and whether it can be cut, as the service answers.
import { get } from "./api.js";
import { counted, numberText } from "./counts.js";
import { byId, say } from "./dom.js";
import { notCopied, toClipboard } from "./missing.js";
import { blockerOf, nearestOf } from "./segment.js";
import { marked } from "./state.js";
import { instantText, isoText, lengthText } from "./time.js";
import { typedInstant } from "./typed.js";
import { centre } from "./view.js";

const edges = { start: byId("cut-from"), end: byId("cut-to") };
const hint = "Type its start and its end, as 08:43, 08:43:28.5 or 2026-11-24T08:43:28.5Z, drag over the timeline with Shift, or press I and O.";

export class Cut {
    #shown = null;
    #view;
    /** What was asked, the answer to it, or the problem. */
    #asked = "";
    #answer = null;
    #problem = null;
    /** Why there is no answer yet, and when the service is asked again. */
    #later = "";
    /** What to say of the latest change of the range. */
    #note = "";
    /** The field with a text that is not taken yet. */
    #typing = null;
    /** Ends the question that is asked, when another one follows. */
    #asking = new AbortController();

    /** `onSelect` gets the range to select instead, or null; `onZoom` the one to go to; `view` gives what the timeline shows. */
    constructor(onSelect, onZoom, view) {
        this.#view = view;
        for (const [edge, field] of Object.entries(edges)) {
            field.addEventListener("input", () => this.#typing = field);
            field.addEventListener("change", () => this.#take(edge, field, onSelect));
            field.addEventListener("keydown", event => event.key === "Escape" && this.#giveUp());
            byId(`copy-${field.id}`).addEventListener("click", event => copy(event.target, isoText(this.#shown.range[edge])));
        }
        byId("copy-cut-nearest").addEventListener("click", event => {
            const { start, end } = this.#nearest;
            copy(event.target, `${isoText(start)}\t${isoText(end)}`);
        });
        byId("take-nearest").addEventListener("click", () => onSelect(this.#nearest));
        byId("zoom-range").addEventListener("click", () => onZoom(this.#shown.range));
        byId("drop-range").addEventListener("click", () => onSelect(null));
    }

    /** What to say of the range, until it changes. */
    set note(text) {
        this.#note = text;
    }

    /** Shows the range of a state, of which one end may be undefined, and asks about it once it is done. */
    show(recording, { range, clock }) {
        this.#shown = { recording, range, clock };
        const isWhole = range?.start !== undefined && range.end !== undefined;
        const asked = isWhole && !range.isMoving ? JSON.stringify([recording.stream, range.start, range.end]) : "";
        if (asked !== this.#asked) {
            this.#asking.abort();
            this.#answer = this.#problem = null;
            this.#later = "";
            this.#asked = asked;
            say(byId("cut-copied"), "");
            if (asked) this.#ask();
        }
        this.#tell();
    }

    async #ask() {
        const { recording, range } = this.#shown, { signal } = this.#asking = new AbortController();
        const parameters = { ...recording.stream, start: isoText(range.start), end: isoText(range.end) };
        try {
            const answer = await get("cut", parameters, signal, (reason, later) => {
                if (signal.aborted) return;
                this.#later = `${sentence(reason)} The service is asked again in ${later} s.`;
                this.#tell();
            });
            if (!signal.aborted) this.#answer = answer;
        } catch (problem) {
            if (!signal.aborted) this.#problem = problem;
        }
        if (!signal.aborted) this.#tell();
    }

    /** Takes what was typed into a field. */
    #take(edge, field, onSelect) {
        const { recording, range, clock } = this.#shown, text = field.value.trim();
        const view = this.#view(), other = range?.[edge === "start" ? "end" : "start"];
        const near = view.start <= other && other <= view.end ? other : centre(view);
        const t = text ? typedInstant(text, clock, recording.span.start, near) : undefined;
        field.setAttribute("aria-invalid", String(Number.isNaN(t)));
        if (Number.isNaN(t)) {
            this.#note = `“${text}” is no time: write 08:43, 08:43:28.5, 2026-11-24T08:43:28.5Z or, since the start, +1:02:03.5.`;
            this.#tell();
            return;
        }
        this.#typing = null;
        const rest = { ...range, [edge]: undefined };
        if (t !== undefined) onSelect(...marked(range, edge, t));
        else onSelect(rest.start === undefined && rest.end === undefined ? null : rest);
    }

    /** Leaves what was typed. */
    #giveUp() {
        this.#typing = null;
        this.#note = "";
        this.#tell();
    }

    #tell() {
        const { range, clock } = this.#shown, told = this.#told();
        for (const [edge, field] of Object.entries(edges)) {
            const isMarked = range?.[edge] !== undefined;
            byId(`copy-${field.id}`).disabled = !isMarked;
            if (field === this.#typing) continue;
            field.setAttribute("aria-invalid", "false");
            const text = isMarked ? this.#text(range[edge]) : "";
            if (field.value !== text) field.value = text;
            field.placeholder = clock === "since" ? "+1:02:03.5" : clock === "local" ? "time, local" : "time, UTC";
        }
        byId("cut-range").hidden = !range;
        byId("zoom-range").hidden = range?.start === undefined || range.end === undefined;
        say(byId("cut-note"), this.#note || (range ? "" : hint));
        byId("cut-answer").dataset.status = told.status;
        say(byId("cut-answer"), told.text);
        say(byId("cut-why"), told.why ?? "");
        say(byId("cut-files"), told.files ?? "");
        const nearest = this.#nearest;
        byId("cut-nearest").hidden = !nearest;
        if (nearest) for (const edge of ["start", "end"]) say(byId(`cut-nearest-${edge}`), this.#text(nearest[edge]));
    }

    /** An instant in a field: one that can be typed into it. */
    #text(t) {
        const { recording, clock } = this.#shown;
        return clock === "utc" ? isoText(t) : instantText(t, clock, recording.span.start);
    }

    get #nearest() {
        return this.#answer ? nearestOf(this.#answer) : null;
    }

    /** What is said of the range: a status, a heading, and sentences. */
    #told() {
        const { recording, range, clock } = this.#shown, answer = this.#answer;
        if (range?.start === undefined || range.end === undefined) {
            return { status: "pending", text: `${range?.start === undefined ? "the end" : "the start"} is marked`,
                why: range?.start === undefined ? "I marks the start, or type it." : "O marks the end, or type it." };
        }
        const length = lengthText(range.end - range.start);
        if (this.#problem) return { status: "unknown", text: `${length}: no answer`, why: sentence(this.#problem.message) };
        if (!answer && this.#later) return { status: "pending", text: `${length}: no answer yet`, why: this.#later };
        if (!answer) return { status: "pending", text: `${length} selected`, why: range.isMoving ? "" : "The service is asked whether it can be cut." };
        if (answer.answer !== "accept") {
            const why = sentence(blockerOf(answer, clock, recording.span.start));
            return { status: "missing", text: `${length}: cannot be cut`,
                why: this.#nearest ? why : `${why} No second of the stream can be cut without a hole.` };
        }
        const files = filesOf(answer, recording);
        if (answer.will_fail) {
            return { status: "warning", text: `${length}: can be cut, but the cut will fail`, why: sentence(answer.will_fail), files: files.text };
        }
        return files.count ? { status: "warning", text: `${length}: can be cut, but ${files.heading}`, why: "", files: files.text }
            : { status: "complete", text: `${length}: can be cut`, why: "", files: files.text };
    }
}

/** What is known of the files that are cut from. */
function filesOf({ plan }, { found }) {
    if (!found) return { count: 0, text: "" };
    if (!found.isOn) return { count: 0, text: "This goes by the names of the files: the service does not look into them (--verify-parts)." };
    const paths = new Set(plan.map(item => item.segment)), wrong = found.items.filter(it => paths.has(it.path)), size = paths.size;
    const files = counted(size, "file");
    return {
        count: wrong.length,
        heading: size === 1 ? "its only file is not what its name says" : wrong.length === 1 ? `1 of its ${files} is not what its name says`
            : `${numberText(wrong.length)} of its ${files} are not what their names say`,
        text: wrong.length ? wrong.slice(0, 3).map(it => `${it.findings}: ${it.path}`).join("\n") + (wrong.length > 3 ? "\n…" : "")
            : `Nothing wrong is found in its ${files}, as far as the service has read ${size === 1 ? "it" : "them"}.`,
    };
}

const sentence = reason => `${reason[0].toUpperCase()}${reason.slice(1)}.`;

/** Copies a text, and says so beside the button. */
async function copy(button, text) {
    const said = byId("cut-copied");
    button.after(said);
    say(said, await toClipboard(text) ? "copied" : notCopied);
    setTimeout(() => say(said, ""), 4000);
}
