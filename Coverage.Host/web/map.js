// The classic map: a cell of so many seconds each, time running down a column, columns left to right, as its file has it.
import { picture } from "./api.js";
import { byId, make, say } from "./dom.js";
import { hour, instantText, minute, second, ticks } from "./time.js";

export class MapView {
    #image = byId("map-image");
    #axis = byId("map-axis");
    #note = byId("map-note");
    #shown = null;

    /** `onChoose` gets the span of a column that somebody wants to see. */
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
        const { extent, stream } = recording;
        say(this.#note, extent ? "" : "There is no map of an empty extent.");
        byId("map").hidden = !extent;
        if (!extent) return;
        let address;
        try {
            address = URL.createObjectURL(await picture("map.png", stream));
            const image = new Image();
            image.src = address;
            await image.decode();
            this.#place(image, extent, scale, clock);
        } catch (problem) {
            say(this.#note, `The map cannot be shown: ${problem.message}`);
        } finally {
            if (address) URL.revokeObjectURL(address);
        }
    }

    /** Hours are marked when the map is of the extent's hours; one of hours that were given is not. */
    #place(image, extent, { pixel_seconds: pixel, rows }, clock) {
        const columnTime = pixel * rows * second;
        const first = Math.floor(extent.start / hour) * hour, last = Math.ceil(extent.end / hour) * hour;
        const columns = (last - first) / columnTime, isOfExtent = columns === image.naturalWidth;
        const width = Math.max(1, Math.min(8, Math.floor(960 / image.naturalWidth)));
        const canvas = this.#image;
        Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight });
        canvas.style.width = `${image.naturalWidth * width}px`;
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(image, 0, 0);
        // Too large a canvas stays empty without a word; a map is opaque.
        if (context.getImageData(image.naturalWidth - 1, 0, 1, 1).data[3] === 0)
            throw new Error(`it has ${image.naturalWidth} columns, more than this browser can show`);
        canvas.setAttribute("aria-label", `map, ${image.naturalWidth} columns of ${columnTime / minute} minutes`);
        say(byId("map-scale"), `A column is ${columnTime / minute} minutes, a cell ${pixel} s; time runs down, columns run left to right.`
            + (isOfExtent ? "" : " This map is of other hours than the extent's, so they are not marked."));
        const place = t => (t - first) / columnTime * width;
        this.#axis.style.width = canvas.style.width;
        const marks = isOfExtent ? ticks(first, last, Math.max(hour, 64 / width * columnTime), clock, extent.start) : [];
        this.#axis.replaceChildren(...marks.map(({ t, label }) => {
            const mark = make("span", {}, label);
            mark.style.left = `${place(t)}px`;
            return mark;
        }));
        this.#shown = {
            columnAt: event => {
                const at = Math.floor((event.clientX - canvas.getBoundingClientRect().left) / width);
                return isOfExtent ? { start: first + at * columnTime, end: first + (at + 1) * columnTime } : null;
            },
            textOf: t => instantText(t, clock, extent.start, 0),
        };
    }
}
