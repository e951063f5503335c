// The timeline: a canvas that is zoomed and moved by wheel, drag, pinch and keys, and tells what is under the pointer.
import { make, say } from "./dom.js";
import { draw, drawRange, height, paletteOf, rows } from "./draw.js";
import { factsAt, stateAt } from "./readout.js";
import { around, atEnd, atStart, centre, moved, whole, within, zoomed } from "./view.js";

/** Whether a view lies before another: it was moved back, rather than zoomed. */
const isBefore = (one, other) => one.start < other.start && one.end < other.end;

export class Timeline {
    #canvas;
    #context;
    #facts;
    #onView;
    #onMissing;
    #onRange;
    #palette;
    #recording = null;
    #clock = "utc";
    /** What is shown; null for the whole span, as it grows. One that follows stays at the span's end. */
    #span = null;
    /** The instant that the keys and the last click point at; null for none, and for the middle once the timeline is focused. */
    #cursor = null;
    /** Where a mouse hovers, in pixels; null when it does not. */
    #hover = null;
    #pointers = new Map();
    #isPending = false;
    /** What is selected: from where and up to where, each undefined until it is marked; null for nothing. */
    #range = null;
    /** Whether a drag selects instead of moving; with Shift it always does. */
    isSelecting = false;

    /** `onView` gets each new span, null is the whole; `onMissing` the missing span that was clicked or gone to, or null;
     * `onRange` what is selected, and whether it is done. */
    constructor(canvas, facts, onView, onMissing, onRange) {
        this.#canvas = canvas;
        this.#context = canvas.getContext("2d");
        this.#facts = facts;
        this.#onView = onView;
        this.#onMissing = onMissing;
        this.#onRange = onRange;
        canvas.style.height = `${height}px`;
        this.restyle();
        new ResizeObserver(() => this.redraw()).observe(canvas);
        canvas.addEventListener("wheel", event => this.#wheel(event), { passive: false });
        canvas.addEventListener("pointerdown", event => this.#press(event));
        canvas.addEventListener("pointermove", event => this.#move(event));
        for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, event => this.#release(event));
        canvas.addEventListener("pointerleave", () => this.#hoverAt(null));
        canvas.addEventListener("dblclick", event => this.#zoomToState(this.#timeAt(this.#placeOf(event))));
        canvas.addEventListener("keydown", event => this.key(event));
        for (const name of ["focus", "blur"]) canvas.addEventListener(name, () => this.redraw());
    }

    /** Shows a span of a recording. */
    show(recording, span, clock) {
        const isOther = recording !== this.#recording;
        this.#recording = recording;
        if (isOther) {
            this.#cursor = null;
            this.select(null);
        }
        this.#span = span;
        this.#clock = clock;
        this.redraw();
    }

    /** Takes the colours anew, for another scheme or for paper. */
    restyle() {
        this.#palette = paletteOf(this.#canvas);
        this.redraw();
    }

    redraw() {
        if (this.#isPending) return;
        this.#isPending = true;
        requestAnimationFrame(() => {
            this.#isPending = false;
            this.paint();
        });
    }

    /** The span in view. */
    get view() {
        const { span: bounds } = this.#recording, span = this.#span;
        if (!span) return whole(bounds);
        return span.isFollowing && span.end <= bounds.end ? atEnd(span, bounds) : within(span, bounds);
    }

    /** Keeps the view at the recording's end from now on, or where it is. */
    follow(isFollowing) {
        if (this.#recording?.span) this.#go(isFollowing ? atEnd(this.view, this.#recording.span) : this.view, isFollowing);
    }

    /** Draws at once. */
    paint() {
        const canvas = this.#canvas, width = canvas.clientWidth, ratio = window.devicePixelRatio || 1;
        if (!this.#recording) return;
        if (!this.#recording.span) {
            this.#context.clearRect(0, 0, canvas.width, canvas.height);
            this.#say(null);
            canvas.setAttribute("aria-valuetext", "nothing is known of this stream");
            canvas.setAttribute("aria-busy", "false");
            return;
        }
        if (width === 0) return;
        if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
            canvas.width = Math.round(width * ratio);
            canvas.height = Math.round(height * ratio);
            this.#palette = paletteOf(canvas);
        }
        this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
        const view = this.view;
        const isPointing = this.#hover !== null || this.#isSeen(this.#cursor, view) || canvas.matches(":focus");
        draw(this.#context, width, view, this.#recording, this.#palette, this.#clock, isPointing ? this.#pointed(view) : null);
        if (this.#range) drawRange(this.#context, width, view, this.#range, this.#palette);
        canvas.setAttribute("aria-busy", String(!this.#recording.isComplete(view)));
        this.#tell(view, isPointing);
        this.#offer(view);
    }

    /** What is there in words; on the page only where the pointer or the keys ask for it. */
    #tell(view, isPointing) {
        const t = this.#pointed(view), told = factsAt(this.#recording, t, view, this.#clock);
        this.#say(isPointing ? told : null);
        const { instant, facts } = told, canvas = this.#canvas, { span: bounds } = this.#recording;
        canvas.setAttribute("aria-valuemax", ((bounds.end - bounds.start) / 1e6).toFixed(3));
        canvas.setAttribute("aria-valuenow", ((t - bounds.start) / 1e6).toFixed(3));
        canvas.setAttribute("aria-valuetext", `${instant}: ${facts.join("; ")}`);
    }

    /** Offers the missing span that the cursor stands in, if any. */
    #offer(view) {
        const state = this.#isSeen(this.#cursor, view) ? stateAt(this.#recording, this.#cursor, view) : null;
        this.#onMissing(state?.name === "missing" ? state : null);
    }

    #say(told) {
        const [heading, hint, list] = this.#facts.children, facts = told?.facts ?? [];
        hint.hidden = told !== null;
        heading.hidden = !hint.hidden;
        say(heading, told?.instant ?? "");
        const words = facts.join("\n");
        if (list.dataset.words === words) return;
        list.dataset.words = words;
        list.replaceChildren(...facts.map(fact => make("li", {}, fact)));
    }

    /** The instant that the facts are about: under the mouse, else the cursor, else the middle. */
    #pointed(view) {
        if (this.#hover !== null) return this.#timeAt(this.#hover);
        return this.#isSeen(this.#cursor, view) ? this.#cursor : centre(view);
    }

    #isSeen(t, view) {
        return t !== null && t >= view.start && t < view.end;
    }

    #timeAt(place) {
        const view = this.view;
        return Math.round(view.start + place / this.#canvas.clientWidth * (view.end - view.start));
    }

    #placeOf(event) {
        return event.clientX - this.#canvas.getBoundingClientRect().left;
    }

    /** Shows another view. One that reaches the span's end follows it, until it is moved back. */
    #go(view, isFollowing = view.end > this.#recording.span.end && !isBefore(view, this.view)) {
        const all = whole(this.#recording.span);
        const isWhole = view.start <= all.start && view.end >= all.end;
        this.#span = isWhole ? null : { ...view, isFollowing };
        this.#onView(this.#span);
        this.redraw();
    }

    #hoverAt(place) {
        this.#hover = place;
        this.redraw();
    }

    #wheel(event) {
        if (!this.#recording?.span) return;
        event.preventDefault();
        const unit = [1, 16, 200][event.deltaMode], view = this.view, { span: bounds } = this.#recording;
        const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
        if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
            this.#go(moved(view, sideways * unit / this.#canvas.clientWidth * (view.end - view.start), bounds));
        } else {
            const factor = Math.exp(Math.max(-300, Math.min(300, event.deltaY * unit)) * (event.ctrlKey ? .01 : .002));
            this.#go(zoomed(view, factor, this.#timeAt(this.#placeOf(event)), bounds));
        }
    }

    #press(event) {
        if (!this.#recording?.span || event.button !== 0) return;
        this.#canvas.setPointerCapture(event.pointerId);
        const place = this.#placeOf(event), isOverview = this.#isOverview(event);
        this.#pointers.set(event.pointerId, {
            place, from: place, isOverview, isSelecting: event.shiftKey || this.isSelecting, at: this.#timeAt(place),
        });
        if (isOverview) this.#centreOn(place);
    }

    /** Whether a pointer is on the row of the whole span. */
    #isOverview(event) {
        return event.clientY - this.#canvas.getBoundingClientRect().top >= rows.whole.top - 4;
    }

    /** Moves the view to a place of the whole span. */
    #centreOn(place) {
        const view = this.view, { span: bounds } = this.#recording, all = whole(bounds);
        const t = all.start + place / this.#canvas.clientWidth * (all.end - all.start);
        this.#go(moved(view, t - centre(view), bounds));
    }

    #move(event) {
        if (!this.#recording?.span) return;
        const place = this.#placeOf(event), press = this.#pointers.get(event.pointerId);
        if (event.pointerType === "mouse") this.#hoverAt(press?.isOverview || this.#isOverview(event) ? null : place);
        if (!press || place === press.place) return;
        if (press.isOverview) {
            press.place = place;
            this.#centreOn(place);
            return;
        }
        press.hasMoved ||= Math.abs(place - press.from) > 3;
        if (press.isSelecting && this.#pointers.size === 1) {
            press.place = place;
            const at = this.#timeAt(Math.max(0, Math.min(this.#canvas.clientWidth, place)));
            if (press.hasMoved) this.select({ start: Math.min(press.at, at), end: Math.max(press.at, at) }, false);
            return;
        }
        const view = this.view, width = this.#canvas.clientWidth, { span: bounds } = this.#recording;
        const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
        if (!other) {
            this.#go(moved(view, (press.place - place) / width * (view.end - view.start), bounds));
        } else {
            // What was under both fingers stays there.
            const before = Math.max(10, Math.abs(press.place - other.place)), now = Math.max(10, Math.abs(place - other.place));
            this.#go(zoomed(view, before / now, this.#timeAt(other.place), bounds));
        }
        press.place = place;
    }

    /** Selects a range, or nothing. */
    select(range, isDone = true) {
        this.#range = range;
        this.#onRange(range, isDone);
        this.redraw();
    }

    /** Marks where a range starts or ends; the other mark is dropped where it is on the wrong side. */
    #mark(edge, t) {
        const range = { ...this.#range, [edge]: t };
        this.select(range.start >= range.end ? { [edge]: t } : range);
    }

    #release(event) {
        const press = this.#pointers.get(event.pointerId);
        this.#pointers.delete(event.pointerId);
        if (press?.isSelecting && press.hasMoved && this.#range) this.select(this.#range);
        if (press && !press.hasMoved && !press.isOverview && event.type === "pointerup") {
            this.#cursor = this.#timeAt(press.place);
            this.redraw();
        }
    }

    /** Does what a key says. */
    key(event) {
        if (!this.#recording?.span || event.ctrlKey || event.metaKey || event.altKey) return;
        const view = this.view, width = view.end - view.start, { span: bounds } = this.#recording;
        this.#hover = null;
        const at = this.#pointed(view), hasCursor = this.#isSeen(this.#cursor, view);
        // A focused timeline has its line in the middle; without a line they are those of the view, from its start or its end.
        const isPointed = hasCursor || this.#canvas.matches(":focus");
        const about = this.#span?.isFollowing && !hasCursor ? bounds.end : at;
        const actions = {
            "+": () => this.#go(zoomed(view, 1 / 2, about, bounds)),
            "=": () => this.#go(zoomed(view, 1 / 2, about, bounds)),
            "-": () => this.#go(zoomed(view, 2, about, bounds)),
            ArrowLeft: () => event.shiftKey ? this.#point(at - width / 200) : this.#go(moved(view, -width / 10, bounds)),
            ArrowRight: () => event.shiftKey ? this.#point(at + width / 200) : this.#go(moved(view, width / 10, bounds)),
            Home: () => this.#go(atStart(view, bounds)),
            End: () => this.follow(true),
            0: () => this.#go(whole(bounds)),
            Enter: () => this.#zoomToState(at),
            i: () => this.#mark("start", at),
            o: () => this.#mark("end", at),
            Escape: () => this.select(null),
            n: () => this.#toMissing(spans => spans.find(it => it.start > (isPointed ? at : view.start))),
            p: () => this.#toMissing(spans => spans.findLast(it => it.end <= (isPointed ? at : view.end))),
        };
        const action = actions[event.key];
        if (!action) return;
        event.preventDefault();
        action();
    }

    #point(t) {
        const view = this.view;
        this.#cursor = Math.round(Math.max(view.start, Math.min(view.end - 1, t)));
        this.redraw();
    }

    /** Shows a span with some room around it, and points at its start. */
    zoomTo(span) {
        if (!this.#recording?.span) return;
        this.#hover = null;
        this.#cursor = span.start;
        this.#go(around(span, this.#recording.span), false);
    }

    #zoomToState(t) {
        const state = stateAt(this.#recording, t, this.view);
        if (state.end !== undefined) this.zoomTo(state);
    }

    #toMissing(choose) {
        const span = choose(this.#recording.all("missing")?.items ?? []);
        if (span) this.zoomTo(span);
    }
}
