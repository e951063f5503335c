// What the timeline shows of a stream of a fleet, where no archive is at hand: the rows of the nodes below an axis.
import { fleetFactsAt, FleetRows } from "./fleetrows.js";
import * as Spans from "./spans.js";
import { instantText } from "./time.js";
import { whole } from "./view.js";

export class FleetPicture {
    hasOverview = false;
    others = [];
    #rows;

    constructor(canvas) {
        this.#rows = new FleetRows(canvas, true);
    }

    restyle() {
        this.#rows.restyle();
    }

    clear() {
        this.#rows.clear();
    }

    paint(stream, view, clock, pointed) {
        this.#rows.paint(stream, stream.span.start, view, clock, pointed);
    }

    factsAt(stream, t, view, clock) {
        const { start } = stream.span;
        return { instant: instantText(t, clock, start), facts: fleetFactsAt(stream, start, t, view, clock) };
    }

    /** The shortest span that an instant lies in: what Enter and a double click zoom to. */
    stateAt(stream, t, view) {
        const there = [...stream.told(view)?.spans.values() ?? []].flatMap(words => [...words.values()])
            .map(spans => Spans.at(spans, t)).filter(Boolean);
        return there.sort((one, other) => one.end - one.start - (other.end - other.start))[0] ?? {};
    }

    /** All that some node lacks or loses, of very much the longest. */
    missingOf(stream) {
        const told = stream.toldOf(whole(stream.bounds));
        return [...told?.spans.values() ?? []].flatMap(words => [...words.values()].flat()).sort((one, other) => one.start - other.start);
    }

    foundIn() {
        return [];
    }
}
