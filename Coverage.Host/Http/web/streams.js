// The list of streams, worst first. Rows keep their places while the pointer or the focus is on them.
import { aheadMark, completenessText, conditionOf } from "./condition.js";
import { byId, make, say } from "./dom.js";
import { foundMark } from "./found.js";
import { isSame, write } from "./state.js";
import { missingEighths } from "./spans.js";
import { lengthText } from "./time.js";
import { bound, numberText } from "./counts.js";

const keyOf = it => `${it.channel}/${it.quality}`;

/** The worse the lower: what fails or is empty, then by what is missing. */
function rank(row) {
    if (row.failing !== null) return -3;
    if (!row.account || row.account.verdict === "empty") return -2;
    return (row.account.completeness ?? 1) - (["missing", "unknown", "ahead"].includes(row.account.verdict) ? 1 : 0);
}

const worse = (one, other) => rank(one) - rank(other) || (keyOf(one) < keyOf(other) ? -1 : 1);

export class Streams {
    #body = byId("streams");
    #rows = new Map();
    #streams = [];
    /** Streams that the service no longer reports, until they are dismissed: the last row of each, and why. */
    #gone = new Map();
    #onDismiss;
    #isWaiting = false;
    #wasOrdered = false;

    /** `onDismiss` is called when a stream that is gone has been taken off the list. */
    constructor(onDismiss) {
        this.#onDismiss = onDismiss;
        const list = byId("list");
        for (const name of ["pointerleave", "focusout"]) {
            list.addEventListener(name, () => setTimeout(() => this.#isWaiting && this.#order()));
        }
    }

    /** The worst stream, or undefined. */
    get worst() {
        return [...this.#streams].sort(worse)[0];
    }

    find(stream) {
        return this.#streams.find(row => isSame(row, stream));
    }

    get #all() {
        return [...this.#streams, ...[...this.#gone.values()].map(({ it }) => it)];
    }

    /** How many streams are no longer reported and not dismissed. */
    get goneCount() {
        return this.#gone.size;
    }

    /** What became of a stream that is no longer reported; undefined of any other. */
    whyGone(stream) {
        return stream && this.#gone.get(keyOf(stream))?.why;
    }

    /** Takes the rows of /streams. What was there and is no longer stays, marked: its reader saw it a second ago. */
    update(streams, isRestarted) {
        const keys = new Set(streams.map(keyOf));
        const why = `no longer reported${isRestarted ? " since the service restarted" : ""}`;
        for (const it of this.#streams) if (!keys.has(keyOf(it))) this.#gone.set(keyOf(it), { it, why });
        for (const key of keys) this.#gone.delete(key);
        this.#streams = streams;
        for (const it of streams) this.#fill(it, it.failing !== null ? "failing" : it.account?.verdict ?? "empty", it.failing ?? [aheadMark(it), foundMark(it)].filter(Boolean).join("; "));
        for (const { it, why } of this.#gone.values()) this.#fill(it, "gone", why);
        this.tick();
        this.#order();
        byId("none").hidden = this.#rows.size > 0;
    }

    #fill(it, status, trouble) {
        const row = this.#rows.get(keyOf(it)) ?? this.#add(it), isGone = status === "gone";
        row.classList.toggle("gone", isGone);
        const [name, statusCell, complete, , missing, total, sparkline] = row.cells;
        const [, troubleText, dismiss] = name.children;
        troubleText.hidden = !trouble;
        say(troubleText, trouble);
        dismiss.hidden = !isGone;
        statusCell.dataset.status = status;
        say(statusCell, status);
        const isKnown = Boolean(it.account?.span), { missing_spans: spans } = it;
        say(complete, completenessText(it));
        say(missing, isKnown ? numberText(spans) : "—");
        missing.dataset.unit = isKnown ? `${bound}${spans === 1 ? "span" : "spans"}` : "";
        say(total, spans ? lengthText(Math.round(it.account.seconds.missing * 1e6)) : "");
        drawSparkline(sparkline.firstChild, it.sparkline.map(eighthsOf));
        sparkline.firstChild.setAttribute("aria-label", sparklineText(it.sparkline));
    }

    #dismiss(key) {
        this.#gone.delete(key);
        this.#rows.get(key).remove();
        this.#rows.delete(key);
        byId("list").focus({ preventScroll: true });
        this.#onDismiss();
    }

    /** The ages, which grow by themselves; of a stream that fails, or is gone, the status says more than a state by its age. */
    tick() {
        for (const it of this.#all) {
            const { state, age } = conditionOf(it), cell = this.#rows.get(keyOf(it)).cells[3];
            const isState = !this.whyGone(it) && state !== "failing" && state !== "none";
            cell.dataset.state = isState ? state : "";
            cell.firstChild.hidden = !isState;
            say(cell.firstChild, isState ? state : "");
            say(cell.lastChild, age || (isState ? "" : "—"));
        }
    }

    /** Marks the stream that is shown; the links keep the rest of the state. */
    choose(state) {
        for (const it of this.#all) {
            const link = this.#rows.get(keyOf(it)).querySelector("a");
            link.href = write({ ...state, stream: it, ...!isSame(it, state.stream) && { span: null, range: null } });
            if (isSame(it, state.stream)) link.setAttribute("aria-current", "true");
            else link.removeAttribute("aria-current");
        }
    }

    #add(it) {
        const row = make("tr", {}, make("th", { scope: "row" }, make("a", {}, make("bdi", {}, keyOf(it))), make("p", { class: "trouble" }),
            make("button", { type: "button", "aria-label": `dismiss ${keyOf(it)}` }, "Dismiss")));
        const kinds = ["status", "number", "number condition", "number missing", "number total", "sparkline"];
        row.append(...kinds.map(kind => make("td", { class: kind })));
        row.lastChild.append(make("canvas", { role: "img" }));
        row.cells[3].append(make("strong"), " ", make("span"));
        row.addEventListener("click", event => event.target.closest("a, button") ?? row.querySelector("a").click());
        row.querySelector("button").addEventListener("click", () => this.#dismiss(keyOf(it)));
        this.#rows.set(keyOf(it), row);
        this.#body.append(row);
        return row;
    }

    /** Puts the rows in order: at first, and when the pointer and the focus have left them. */
    #order() {
        const keys = [...this.#gone.keys(), ...[...this.#streams].sort(worse).map(keyOf)];
        const rows = keys.map(key => this.#rows.get(key));
        const list = byId("list"), isBusy = list.matches(":hover") || list.querySelector(":focus-visible") !== null;
        const isOrdered = rows.every((row, at) => this.#body.children[at] === row);
        this.#isWaiting = !isOrdered && isBusy && this.#wasOrdered;
        this.#wasOrdered = true;
        if (isOrdered || this.#isWaiting) return;
        const focused = document.activeElement;
        this.#body.append(...rows);
        focused?.focus({ preventScroll: true });
    }
}

/** Shares are in ten-thousandths, rounded down. */
const eighthsOf = share => missingEighths(Math.round((1 - share) * 1e4), 1e4);

/** Bars of what is there: the least that is missing is seen, and more is seen to be more. */
function drawSparkline(canvas, eighths) {
    const style = getComputedStyle(canvas), ratio = window.devicePixelRatio || 1, height = 18, width = 120;
    Object.assign(canvas, { width: width * ratio, height: height * ratio });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    eighths.forEach((lost, at) => {
        const missing = Math.round(lost * height / 8 * ratio) / ratio;
        const left = Math.floor(at * width / eighths.length), right = Math.floor((at + 1) * width / eighths.length);
        context.fillStyle = style.getPropertyValue("--line");
        context.fillRect(left, 0, right - left, missing);
        context.fillStyle = style.getPropertyValue("--full");
        context.fillRect(left, missing, right - left, height - missing);
    });
}

function sparklineText(shares) {
    const worst = Math.min(...shares), count = shares.filter(share => share < 1).length;
    if (shares.length === 0) return "nothing is known";
    return count === 0 ? "nothing is missing in any part"
        : `something is missing in ${count} of ${shares.length} parts, ${Math.round((1 - worst) * 1e4) / 100} % of the worst`;
}
