// A table with a row for each of many things, one of which is chosen. Rows keep their places while the pointer or the focus is on them.
import { make, say } from "./dom.js";

/** More rows than this make the page slow. */
const most = 500;

export class Rows {
    #region;
    #body;
    #labels;
    #rows = new Map();
    #wanted = [];
    #isWaiting = false;

    /** `labels` are the names of the columns after that of the name and that of the status; `onChoose` gets what was chosen. */
    constructor(region, labels, onChoose) {
        this.#region = region;
        this.#labels = labels;
        this.#body = region.querySelector("tbody");
        this.#body.addEventListener("click", event => {
            const row = event.target.closest("tr");
            if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            onChoose(row.item);
        });
        for (const name of ["pointerleave", "focusout"]) {
            region.addEventListener(name, () => setTimeout(() => this.#isWaiting && this.#order()));
        }
    }

    /** Shows things in an order: each has a key, an address, a name, a status, texts for the columns, and whether it is chosen. How many are
     * not shown. */
    show(items) {
        this.#wanted = items.slice(0, most);
        const chosen = items.find(it => it.isChosen);
        if (chosen && !this.#wanted.includes(chosen)) this.#wanted.push(chosen);
        const keys = new Set(this.#wanted.map(it => it.key));
        for (const [key, row] of this.#rows) {
            if (keys.has(key)) continue;
            if (row.contains(document.activeElement)) this.#region.focus({ preventScroll: true });
            row.remove();
            this.#rows.delete(key);
        }
        for (const it of this.#wanted) this.#fill(it);
        this.#order();
        return items.length - this.#wanted.length;
    }

    #fill(it) {
        const row = this.#rows.get(it.key) ?? this.#add(it.key), [name, status, ...cells] = row.cells, link = name.firstChild;
        row.item = it.item;
        say(link.firstChild, it.name);
        if (link.getAttribute("href") !== it.address) link.setAttribute("href", it.address);
        if (it.isChosen) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
        status.dataset.status = it.status;
        say(status, it.status);
        cells.forEach((cell, at) => {
            say(cell, it.cells[at]);
            cell.classList.toggle("zero", it.cells[at] === "—");
        });
    }

    #add(key) {
        const row = make("tr", {}, make("th", { scope: "row" }, make("a", {}, make("bdi"))), make("td", { class: "status" }),
            ...this.#labels.map(label => make("td", { class: "number", "data-label": label })));
        this.#rows.set(key, row);
        this.#body.append(row);
        return row;
    }

    #order() {
        const rows = this.#wanted.map(({ key }) => this.#rows.get(key));
        const isOrdered = rows.every((row, at) => this.#body.children[at] === row);
        this.#isWaiting = !isOrdered && this.#region.matches(":hover, :focus-within");
        if (!isOrdered && !this.#isWaiting) this.#body.append(...rows);
    }
}
