// The holes of the chosen stream as a list: sorted, chosen, copied.
import { byId, make, say } from "./dom.js";
import { instantText, isoText, lengthText, secondsText } from "./time.js";

/** So many rows are made at a time; a year may have thousands. */
const page = 200;

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
    #order = "start";
    #isDescending = false;
    #shown = page;
    #drawn = {};

    /** `onChoose` gets the hole that somebody wants to see. */
    constructor(onChoose) {
        for (const order of Object.keys(orders)) byId(`by-${order}`).addEventListener("click", () => this.#sort(order));
        for (const format of Object.keys(formats)) byId(`copy-${format}`).addEventListener("click", () => this.#copy(format));
        byId("more").addEventListener("click", () => {
            this.#shown += page;
            this.#draw();
        });
        this.#body.addEventListener("click", event => {
            const row = event.target.closest("tr");
            if (row && getSelection().isCollapsed) onChoose({ start: Number(row.dataset.start), end: Number(row.dataset.end) });
        });
    }

    /** Shows the holes of a recording as far as they are known. */
    show(recording, clock) {
        if (recording !== this.#recording) this.#shown = page;
        this.#recording = recording;
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
        if (Object.keys(drawn).every(key => drawn[key] === this.#drawn[key])) return;
        this.#drawn = drawn;
        byId("hole-table").hidden = !all?.count;
        say(byId("hole-count"), !all ? "Holes are being read." : countText(all));
        const rows = all ? this.#sorted().slice(0, this.#shown) : [];
        byId("more").hidden = !all || rows.length === all.items.length;
        const focused = document.activeElement?.closest?.("#holes tr")?.dataset.start;
        this.#body.replaceChildren(...rows.map(hole => make("tr", { "data-start": hole.start, "data-end": hole.end },
            make("td", {}, make("button", { type: "button", title: "show it on the timeline" }, instantText(hole.start, this.#clock, start))),
            make("td", {}, instantText(hole.end, this.#clock, start)),
            make("td", { class: "number" }, lengthText(hole.end - hole.start)))));
        if (focused) this.#body.querySelector(`tr[data-start="${focused}"] button`)?.focus({ preventScroll: true });
    }

    async #copy(format) {
        const holes = this.#sorted();
        const text = holes.map(hole => `${formats[format](hole, this.#recording.stream)}\n`).join("");
        const isCopied = await toClipboard(text);
        say(byId("copied"), isCopied ? `${holes.length} copied` : "the browser does not let this page copy");
        setTimeout(() => say(byId("copied"), ""), 4000);
    }
}

function countText({ items, count, truncated }) {
    if (count === 0) return "There are none.";
    return truncated ? `The ${items.length.toLocaleString("en")} longest of ${count.toLocaleString("en")}.` : "";
}

/** Copies a text; over plain HTTP the newer way is closed, and the older one does. */
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
