// The list of streams, worst first. Rows keep their places while the pointer or the focus is on them.
import { conditionOf, troublesOf } from "./condition.js";
import { byId, make, say } from "./dom.js";
import { isSame, write } from "./state.js";
import { missingEighths } from "./spans.js";
import { lengthText } from "./time.js";

const keyOf = it => `${it.channel}/${it.quality}`;

/** The worse the lower: what fails or is empty, then by what is missing. */
function rank(row) {
    if (row.failing !== null) return -3;
    if (row.completeness === null) return -2;
    return row.completeness - (row.status === "incomplete" ? 1 : 0);
}

const worse = (one, other) => rank(one) - rank(other) || (keyOf(one) < keyOf(other) ? -1 : 1);

const marks = { complete: "●", partial: "◐", incomplete: "○", empty: "∅" };

export class Streams {
    #body = byId("streams");
    #rows = new Map();
    #streams = [];
    #isWaiting = false;
    #wasOrdered = false;

    constructor() {
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

    /** Takes the rows of /streams. */
    update(streams) {
        this.#streams = streams;
        const keys = new Set(streams.map(keyOf));
        for (const [key, row] of this.#rows) {
            if (keys.has(key)) continue;
            row.remove();
            this.#rows.delete(key);
        }
        for (const it of streams) {
            const row = this.#rows.get(keyOf(it)) ?? this.#add(it);
            row.classList.toggle("failing", it.failing !== null);
            const [name, status, complete, , holes, total, sparkline] = row.cells;
            const troubles = troublesOf(it).join("; ");
            name.lastChild.hidden = !troubles;
            say(name.lastChild, troubles);
            say(status, it.failing === null ? `${marks[it.status] ?? "?"} ${it.status}` : "✕ failing");
            say(complete, it.completeness_text ?? "—");
            say(holes, it.holes?.toLocaleString("en") ?? "—");
            say(total, it.holes ? lengthText(Math.round(it.hole_seconds * 1e6)) : "");
            drawSparkline(sparkline.firstChild, it.sparkline.map(eighthsOf));
            sparkline.firstChild.setAttribute("aria-label", sparklineText(it.sparkline));
        }
        this.tick();
        this.#order();
        byId("none").hidden = streams.length > 0;
    }

    /** The ages, which grow by themselves. */
    tick() {
        for (const it of this.#streams) {
            const { state, age } = conditionOf(it), cell = this.#rows.get(keyOf(it)).cells[3];
            cell.dataset.state = state;
            say(cell.firstChild, state);
            say(cell.lastChild, age);
        }
    }

    /** Marks the stream that is shown; the links keep the rest of the state. */
    choose(state) {
        for (const it of this.#streams) {
            const link = this.#rows.get(keyOf(it)).querySelector("a");
            link.href = write({ ...state, stream: it, span: isSame(it, state.stream) ? state.span : null });
            if (isSame(it, state.stream)) link.setAttribute("aria-current", "true");
            else link.removeAttribute("aria-current");
        }
    }

    #add(it) {
        const row = make("tr", {}, make("th", { scope: "row" }, make("a", {}, make("bdi", {}, keyOf(it))), make("p", { class: "trouble" })));
        const kinds = ["status", "number", "number condition", "number holes", "number total", "sparkline"];
        row.append(...kinds.map(kind => make("td", { class: kind })));
        row.lastChild.append(make("canvas", { role: "img" }));
        row.cells[3].append(make("strong"), " ", make("span"));
        row.addEventListener("click", event => event.target.closest("a") ?? row.querySelector("a").click());
        this.#rows.set(keyOf(it), row);
        this.#body.append(row);
        return row;
    }

    /** Puts the rows in order: at first, and when the pointer and the focus have left them. */
    #order() {
        const rows = [...this.#streams].sort(worse).map(it => this.#rows.get(keyOf(it)));
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
    if (shares.length === 0) return "no extent";
    return count === 0 ? "nothing is missing in any part of the extent"
        : `something is missing in ${count} of ${shares.length} parts of the extent, ${Math.round((1 - worst) * 1e4) / 100} % of the worst`;
}
