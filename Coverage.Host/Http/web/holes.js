// The holes of the chosen stream as a list, the longest first: sorted, chosen, copied.
import { byId, make, say } from "./dom.js";
import { instantText, isoText, lengthText, secondsText } from "./time.js";
import { counted, numberText } from "./words.js";

/** So many rows are there at first, and so many more each time that more are asked for; a year may have thousands. */
const few = 20, more = 200;

const orders = {
    start: (one, other) => one.start - other.start,
    length: (one, other) => (other.end - other.start) - (one.end - one.start) || one.start - other.start,
};

/** What moves a terminal's cursor, hides or turns text round, as `\xNN`: what is copied may be pasted into a terminal. */
const printable = text => text.replace(/[\\\p{C}\p{Zl}\p{Zp}]/gu, hidden =>
    [...new TextEncoder().encode(hidden)].map(byte => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""));

const formats = {
    iso: hole => `${isoText(hole.start)}\t${isoText(hole.end)}`,
    seconds: hole => `${secondsText(hole.start)}\t${secondsText(hole.end)}`,
    bed: (hole, { channel, quality }) => `${printable(channel)}/${printable(quality)}\t${hole.start}\t${hole.end}\thole`,
};

export class Holes {
    #body = byId("holes");
    #recording = null;
    #clock = "utc";
    #totals = null;
    #order = "length";
    #isDescending = false;
    #shown = few;
    #drawn = {};

    /** `onChoose` gets the hole that was chosen. */
    constructor(onChoose) {
        for (const order of Object.keys(orders)) byId(`by-${order}`).addEventListener("click", () => this.#sort(order));
        for (const format of Object.keys(formats)) byId(`copy-${format}`).addEventListener("click", () => this.#copy(format));
        byId("more").addEventListener("click", () => {
            this.#shown += more;
            this.#draw();
        });
        this.#body.addEventListener("click", event => {
            const row = event.target.closest("tr");
            if (row && getSelection().isCollapsed) onChoose({ start: Number(row.dataset.start), end: Number(row.dataset.end) });
        });
    }

    /** Shows the holes of a recording as far as they are known, and the totals of its row. */
    show(recording, row, clock) {
        if (recording !== this.#recording) this.#shown = few;
        this.#recording = recording;
        this.#totals = row;
        this.#clock = clock;
        this.#draw();
    }

    /** The holes in the order chosen. */
    #sorted() {
        const items = [...this.#recording.all("holes").items].sort(orders[this.#order]);
        return this.#isDescending ? items.reverse() : items;
    }

    #sort(order) {
        this.#isDescending = this.#order === order && !this.#isDescending;
        this.#order = order;
        for (const name of Object.keys(orders)) {
            const direction = this.#isDescending === (name === "length") ? "ascending" : "descending";
            byId(`by-${name}`).closest("th").setAttribute("aria-sort", name === order ? direction : "none");
        }
        this.#draw();
    }

    #draw() {
        const all = this.#recording.extent ? this.#recording.all("holes") : { items: [], count: 0 };
        const start = this.#recording.extent?.start;
        const drawn = { all, start, recording: this.#recording, clock: this.#clock, order: this.#order,
            isDescending: this.#isDescending, shown: this.#shown };
        say(byId("hole-count"), all ? countText(this.#totals, all) : "The list is being read.");
        if (Object.keys(drawn).every(key => drawn[key] === this.#drawn[key])) return;
        this.#drawn = drawn;
        byId("hole-table").hidden = !all?.count;
        const rows = all ? this.#sorted().slice(0, this.#shown) : [];
        const left = all ? all.items.length - rows.length : 0;
        byId("more").hidden = left === 0;
        say(byId("more"), `${Math.min(more, left)} more of ${numberText(left)}`);
        const focused = document.activeElement?.closest?.("#holes tr")?.dataset.start;
        this.#body.replaceChildren(...rows.map(hole => make("tr", { "data-start": hole.start, "data-end": hole.end },
            make("td", {}, make("button", { type: "button", title: "show it on the timeline" }, instantText(hole.start, this.#clock, start))),
            make("td", {}, instantText(hole.end, this.#clock, start)),
            make("td", { class: "number" }, lengthText(hole.end - hole.start)))));
        if (focused) this.#body.querySelector(`tr[data-start="${focused}"] button`)?.focus({ preventScroll: true });
    }

    async #copy(format) {
        const holes = [...this.#recording.all("holes").items].sort(orders.start);
        const text = holes.map(hole => `${formats[format](hole, this.#recording.stream)}\n`).join("");
        const isCopied = await toClipboard(text);
        say(byId("copied"), isCopied ? `${holes.length} copied` : "the browser does not let this page copy");
        setTimeout(() => say(byId("copied"), ""), 4000);
    }
}

function countText({ holes, hole_seconds: seconds, longest_hole_seconds: longest }, { items, truncated }) {
    if (!holes) return "There are none.";
    const text = length => lengthText(Math.round(length * 1e6));
    const count = `${counted(holes, "hole")}, ${text(seconds)} missing`;
    const listed = truncated ? `; the ${numberText(items.length)} longest can be listed` : "";
    return holes === 1 ? count : `${count}, the longest ${text(longest)}${listed}`;
}

/** Copies a text; a page of plain HTTP may only use the older way. */
async function toClipboard(text) {
    if (navigator.clipboard) {
        try {
            await navigator.clipboard.writeText(text);
            return true;
        } catch {
            // Not allowed: the older way may be.
        }
    }
    const area = make("textarea", { class: "aside", "aria-hidden": "true" });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    focused?.focus({ preventScroll: true });
    return isCopied;
}
