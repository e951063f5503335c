// The missing spans of the chosen stream as a list, the longest first: sorted, chosen, copied.
import { byId, make, say } from "./dom.js";
import { instantText, isoText, lengthText, secondsText } from "./time.js";
import { counted, numberText } from "./counts.js";

/** So many rows are there at first, and so many more each time that more are asked for; a year may have thousands. */
const few = 20, more = 200;

const nothing = { items: [], count: 0 };

const orders = {
    start: (one, other) => one.start - other.start,
    length: (one, other) => (other.end - other.start) - (one.end - one.start) || one.start - other.start,
};

/** What moves a terminal's cursor, hides or turns text round, as `\xNN`: what is copied may be pasted into a terminal. */
const printable = text => text.replace(/[\\\p{C}\p{Zl}\p{Zp}]/gu, hidden =>
    [...new TextEncoder().encode(hidden)].map(byte => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""));

/** A field of a table as RFC 4180 has it: in quotes where it must be. */
const quoted = field => /[,"\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

/** The line that acknowledges a missing span once a reason is written into it, as the check writes it. */
export const acknowledgement = (span, { channel, quality }) =>
    `${quoted(`${channel}/${quality}`)},${isoText(span.start)},${isoText(span.end)},,,`;

const formats = {
    iso: ({ start, end }) => `${isoText(start)}\t${isoText(end)}`,
    seconds: ({ start, end }) => `${secondsText(start)}\t${secondsText(end)}`,
    bed: ({ start, end }, { channel, quality }) => `${printable(channel)}/${printable(quality)}\t${start}\t${end}\tmissing`,
    acknowledgements: acknowledgement,
};

export class Missing {
    #body = byId("missing");
    #recording = null;
    #clock = "utc";
    #totals = null;
    #order = "length";
    #isDescending = false;
    #shown = few;
    #drawn = {};

    /** `onChoose` gets the span that was chosen. */
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

    /** Shows the missing spans of a recording as far as they are known, and the totals of its row. */
    show(recording, row, clock) {
        if (recording !== this.#recording) this.#shown = few;
        this.#recording = recording;
        this.#totals = row;
        this.#clock = clock;
        this.#draw();
    }

    /** Spans in the order chosen. */
    #sorted(spans) {
        const items = [...spans].sort(orders[this.#order]);
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
        const all = this.#recording.span ? this.#recording.all("missing") : nothing;
        const start = this.#recording.span?.start;
        const drawn = { all, start, recording: this.#recording, clock: this.#clock, order: this.#order,
            isDescending: this.#isDescending, shown: this.#shown };
        say(byId("missing-count"), all ? countText(this.#totals, all) : "The list is being read.");
        if (Object.keys(drawn).every(key => drawn[key] === this.#drawn[key])) return;
        this.#drawn = drawn;
        byId("missing-table").hidden = !all?.count;
        const rows = all ? this.#sorted(all.items).slice(0, this.#shown) : [];
        const left = all ? all.items.length - rows.length : 0;
        byId("more").hidden = left === 0;
        say(byId("more"), `${Math.min(more, left)} more of ${numberText(left)}`);
        const focused = document.activeElement?.closest?.("#missing tr")?.dataset.start;
        this.#body.replaceChildren(...rows.map(span => make("tr", { "data-start": span.start, "data-end": span.end },
            make("td", {}, make("button", { type: "button", title: "show it on the timeline" }, instantText(span.start, this.#clock, start))),
            make("td", {}, instantText(span.end, this.#clock, start)),
            make("td", { class: "number" }, lengthText(span.end - span.start)))));
        if (focused) this.#body.querySelector(`tr[data-start="${focused}"] button`)?.focus({ preventScroll: true });
    }

    async #copy(format) {
        const spans = [...this.#recording.all("missing").items].sort(orders.start);
        const text = spans.map(span => `${formats[format](span, this.#recording.stream)}\n`).join("");
        const isCopied = await toClipboard(text);
        say(byId("copied"), isCopied ? `${spans.length} copied` : notCopied);
        setTimeout(() => say(byId("copied"), ""), 4000);
    }
}

function countText({ missing_spans: spans, account }, { items, truncated }) {
    if (!spans) return "Nothing is.";
    const count = `${counted(spans, "span")}, ${lengthText(Math.round(account.seconds.missing * 1e6))} missing`;
    const longest = items.reduce((most, { start, end }) => Math.max(most, end - start), 0);
    const listed = truncated ? `; the ${numberText(items.length)} longest can be listed` : "";
    return spans === 1 ? count : `${count}, the longest ${lengthText(longest)}${listed}`;
}

export const notCopied = "the browser does not let this page copy";

/** Copies a text; a page of plain HTTP may only use the older way. */
export async function toClipboard(text) {
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
