// What the timeline shows of a recording: its rows and, where nodes are compared, those of the fleet below them.
import { draw, drawRange, fit, height, paletteOf } from "./draw.js";
import { fleetFactsAt, FleetRows } from "./fleetrows.js";
import { factsAt, stateAt } from "./readout.js";

export class RecordingPicture {
    hasOverview = true;
    #canvas;
    #context;
    #palette;
    #rows;

    /** `rows` is the canvas of the rows of a fleet. */
    constructor(canvas, rows) {
        this.#canvas = canvas;
        this.#context = canvas.getContext("2d");
        canvas.style.height = `${height}px`;
        this.others = [rows];
        this.#rows = new FleetRows(rows);
    }

    restyle() {
        this.#palette = paletteOf(this.#canvas);
        this.#rows.restyle();
    }

    clear() {
        this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    }

    paint(recording, view, clock, pointed, range) {
        const width = this.#canvas.clientWidth;
        if (fit(this.#canvas, this.#context)) this.#palette = paletteOf(this.#canvas);
        draw(this.#context, width, view, recording, this.#palette, clock, pointed);
        this.#rows.paint(recording.fleet, recording.span.start, view, clock, pointed);
        if (range) drawRange(this.#context, width, view, range, this.#palette);
    }

    factsAt(recording, t, view, clock) {
        const { instant, facts } = factsAt(recording, t, view, clock);
        return { instant, facts: [...facts, ...fleetFactsAt(recording.fleet, recording.span.start, t, view, clock)] };
    }

    stateAt(recording, t, view) {
        return stateAt(recording, t, view);
    }

    missingOf(recording) {
        return recording.all("missing")?.items ?? [];
    }

    foundIn(recording) {
        return recording.found?.items ?? [];
    }
}
