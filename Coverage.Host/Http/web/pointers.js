// What a mouse or fingers do on the timeline: move and zoom the view, point, select.
import { rows } from "./draw.js";
import { centre, moved, whole, zoomed } from "./view.js";

export class Pointers {
    #canvas;
    #timeline;
    #hasOverview;
    /** Those that are down. */
    #down = new Map();

    /** `hasOverview` says whether the canvas has the row of the whole span. */
    constructor(canvas, timeline, hasOverview) {
        this.#hasOverview = hasOverview;
        this.#canvas = canvas;
        this.#timeline = timeline;
        const onTimeline = act => event => timeline.bounds && act(event);
        canvas.addEventListener("wheel", onTimeline(event => this.#wheel(event)), { passive: false });
        canvas.addEventListener("pointerdown", onTimeline(event => this.#press(event)));
        canvas.addEventListener("pointermove", onTimeline(event => this.#move(event)));
        for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, event => this.#release(event));
        canvas.addEventListener("pointerleave", () => timeline.hoverAt(null));
        canvas.addEventListener("dblclick", onTimeline(event => timeline.zoomToState(timeline.timeAt(this.#placeOf(event)))));
    }

    #placeOf(event) {
        return event.clientX - this.#canvas.getBoundingClientRect().left;
    }

    #wheel(event) {
        event.preventDefault();
        const timeline = this.#timeline, { view, bounds } = timeline, unit = [1, 16, 200][event.deltaMode];
        const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
        if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
            timeline.go(moved(view, sideways * unit / this.#canvas.clientWidth * (view.end - view.start), bounds));
        } else {
            const factor = Math.exp(Math.max(-300, Math.min(300, event.deltaY * unit)) * (event.ctrlKey ? .01 : .002));
            timeline.go(zoomed(view, factor, timeline.timeAt(this.#placeOf(event)), bounds));
        }
    }

    #press(event) {
        if (event.button !== 0) return;
        this.#canvas.setPointerCapture(event.pointerId);
        const place = this.#placeOf(event), isOverview = this.#isOverview(event);
        this.#down.set(event.pointerId, {
            place, from: place, isOverview, at: this.#timeline.timeAt(place),
            isSelecting: this.#timeline.canSelect && (event.shiftKey || this.#timeline.isSelecting),
        });
        if (isOverview) this.#centreOn(place);
    }

    /** Whether a pointer is on the row of the whole span. */
    #isOverview(event) {
        return this.#hasOverview && event.clientY - this.#canvas.getBoundingClientRect().top >= rows.whole.top - 4;
    }

    /** Moves the view to a place of the whole span. */
    #centreOn(place) {
        const { view, bounds } = this.#timeline, all = whole(bounds);
        const t = all.start + place / this.#canvas.clientWidth * (all.end - all.start);
        this.#timeline.go(moved(view, t - centre(view), bounds));
    }

    #move(event) {
        const timeline = this.#timeline, place = this.#placeOf(event), press = this.#down.get(event.pointerId);
        if (event.pointerType === "mouse") timeline.hoverAt(press?.isOverview || this.#isOverview(event) ? null : place);
        if (!press || place === press.place) return;
        if (press.isOverview) {
            press.place = place;
            this.#centreOn(place);
            return;
        }
        press.hasMoved ||= Math.abs(place - press.from) > 3;
        const { view, bounds } = timeline, width = this.#canvas.clientWidth;
        const other = [...this.#down].find(([id]) => id !== event.pointerId)?.[1];
        if (press.isSelecting && !other) {
            press.place = place;
            const at = timeline.timeAt(Math.max(0, Math.min(width, place)));
            if (press.hasMoved && at !== press.at) {
                press.range = { start: Math.min(press.at, at), end: Math.max(press.at, at) };
                timeline.select({ ...press.range, isMoving: true });
            }
            return;
        }
        if (!other) {
            timeline.go(moved(view, (press.place - place) / width * (view.end - view.start), bounds));
        } else {
            // What was under both fingers stays there.
            const before = Math.max(10, Math.abs(press.place - other.place)), now = Math.max(10, Math.abs(place - other.place));
            timeline.go(zoomed(view, before / now, timeline.timeAt(other.place), bounds));
        }
        press.place = place;
    }

    #release(event) {
        const press = this.#down.get(event.pointerId);
        this.#down.delete(event.pointerId);
        if (press?.range) this.#timeline.select(press.range);
        if (press && !press.hasMoved && !press.isOverview && event.type === "pointerup") {
            this.#timeline.pointAt(this.#timeline.timeAt(press.place));
        }
    }
}
