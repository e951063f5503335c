// The classic map: a cell of so many seconds each, time running down a column, columns left to right, as its file has it.
import { picture } from "./api.js";
import { byId, make, say } from "./dom.js";
import { hour, instantText, minute, parseInstant, second, ticks } from "./time.js";

/** How large a cell is drawn: a small map fills the room there is, by whole numbers; a wide one is scrolled. */
export function scaleOf(columns, rows, room) {
    const across = Math.max(1, Math.min(64, Math.floor(room / columns)));
    return { across, down: Math.max(1, Math.min(across, Math.floor(600 / rows))) };
}

export class MapView {
    #image = byId("map-image");
    #axis = byId("map-axis");
    #note = byId("map-note");
    #shown = null;

    /** `onChoose` gets the span of a column that was chosen. */
    constructor(onChoose) {
        this.#image.addEventListener("click", event => {
            const column = this.#shown?.columnAt(event);
            if (column) onChoose(column);
        });
        this.#image.addEventListener("pointermove", event => {
            const column = this.#shown?.columnAt(event);
            if (column) say(byId("map-place"), `column from ${this.#shown.textOf(column.start)}`);
        });
    }

    /** Fetches the map of a recording anew and shows it. */
    async show(recording, scale, clock) {
        const { span, stream } = recording;
        say(this.#note, span ? "" : "There is no map of an empty span.");
        byId("map").hidden = !span;
        if (!span) return;
        let address;
        try {
            address = URL.createObjectURL(await picture("map.png", stream));
            const image = new Image();
            image.src = address;
            await image.decode();
            this.#place(image, span, scale, clock);
        } catch (problem) {
            say(this.#note, `The map cannot be shown: ${problem.message}`);
        } finally {
            if (address) URL.revokeObjectURL(address);
        }
    }

    /** Marks the hours, and what is outside the span; not on the map of an earlier round, which may be of other hours. */
    #place(image, span, { pixel_seconds: pixel, rows, first_hour: firstHour }, clock) {
        const columnTime = pixel * rows * second, columns = image.naturalWidth;
        const first = firstHour ? parseInstant(`${firstHour}:00:00Z`) : Math.floor(span.start / hour) * hour;
        const last = first + columns * columnTime;
        const isKnown = last >= span.end && (firstHour || last - span.end < hour);
        const canvas = this.#image;
        const { across: width, down } = scaleOf(columns, image.naturalHeight, Math.min(960, byId("map").clientWidth - 2));
        Object.assign(canvas, { width: columns, height: image.naturalHeight });
        canvas.style.width = `${columns * width}px`;
        canvas.style.height = `${image.naturalHeight * down}px`;
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(image, 0, 0);
        // Too large a canvas stays empty without a word; a map is opaque.
        if (context.getImageData(columns - 1, 0, 1, 1).data[3] === 0)
            throw new Error(`it has ${columns} columns, more than this browser can show`);
        if (isKnown) {
            const cell = pixel * second;
            clearCells(context, rows, 0, Math.ceil((span.start - first) / cell));
            clearCells(context, rows, Math.floor((span.end - first) / cell), columns * rows);
        }
        canvas.setAttribute("aria-label", `map, ${columns} columns of ${columnTime / minute} minutes`);
        say(byId("map-scale"), `A column is ${columnTime / minute} minutes, a cell ${pixel} s; time runs down, columns run left to right.`
            + (isKnown ? "" : " This map is of other hours than the stream's, so they are not marked."));
        const place = t => (t - first) / columnTime * width;
        this.#axis.style.width = canvas.style.width;
        const marks = isKnown ? ticks(first, last, Math.max(columnTime, 64 / width * columnTime), clock, span.start) : [];
        // The last label, where it would be cut off, is left out.
        this.#axis.replaceChildren(...marks.filter(({ t }) => place(last) - place(t) >= 40).map(({ t, label }) => {
            const mark = make("span", {}, label);
            mark.style.left = `${place(t)}px`;
            return mark;
        }));
        this.#shown = {
            columnAt: event => {
                const at = Math.floor((event.clientX - canvas.getBoundingClientRect().left) / width);
                return isKnown ? { start: first + at * columnTime, end: first + (at + 1) * columnTime } : null;
            },
            textOf: t => instantText(t, clock, span.start, 0),
        };
    }
}

/** Clears the cells of a map from one to another, counted down the columns: the ground of the map shows there. */
function clearCells(context, rows, from, to) {
    for (let at = Math.max(0, from); at < to;) {
        const row = at % rows, isColumn = row === 0 && to - at >= rows;
        const columns = isColumn ? Math.floor((to - at) / rows) : 1, size = isColumn ? rows : Math.min(rows - row, to - at);
        context.clearRect(Math.floor(at / rows), row, columns, size);
        at += columns * size;
    }
}
