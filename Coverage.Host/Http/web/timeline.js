// The timeline: a canvas that is zoomed and moved by the pointer and by keys, and tells what is there. What it shows is a picture's
// part: of a recording (recordingpicture.js) or of a fleet alone (fleetpicture.js).
import { make, say } from "./dom.js";
import { Pointers } from "./pointers.js";
import { marked } from "./state.js";
import { around, atEnd, atStart, centre, moved, whole, within, zoomed } from "./view.js";

/** Whether a view lies before another: it was moved back, rather than zoomed. */
const isBefore = (one, other) => one.start < other.start && one.end < other.end;

export class Timeline {
    #canvas;
    #picture;
    #facts;
    #onView;
    #onPoint;
    #onRange;
    /** What is shown: it has `bounds`, the `span` from whose start times are counted, and says whether a view `isComplete`. */
    #recording = null;
    #clock = "utc";
    /** What is shown; null for the whole span, as it grows. One that follows stays at the span's end. */
    #span = null;
    /** The instant that the keys and the last click point at; null for none, and for the middle once the timeline is focused. */
    #cursor = null;
    /** Where a mouse hovers, in pixels; null when it does not. */
    #hover = null;
    #isPending = false;
    /** What is selected (state.js); null for nothing. */
    #range = null;
    /** Whether a drag selects instead of moving; with Shift it always does. */
    isSelecting = false;

    /** `picture` draws on the canvas and on others, which move with it, and says what is there; `onView` gets each new span, null is the
     * whole; `onPoint` the instant that was clicked or gone to, as far as it is seen, and what is there, or null; `onRange` what is selected
     * now, and what to say of it: without it nothing is selected. */
    constructor(canvas, picture, facts, onView, onPoint, onRange) {
        this.#canvas = canvas;
        this.#picture = picture;
        this.#facts = facts;
        this.#onView = onView;
        this.#onPoint = onPoint;
        this.#onRange = onRange;
        for (const other of picture.others) new Pointers(other, this, false);
        this.restyle();
        new ResizeObserver(() => this.redraw()).observe(canvas);
        new Pointers(canvas, this, picture.hasOverview);
        canvas.addEventListener("keydown", event => this.key(event));
        for (const name of ["focus", "blur"]) canvas.addEventListener(name, () => this.redraw());
    }

    /** Shows a span of a recording, and what of it is selected. */
    show(recording, { span, range, clock }) {
        if (recording !== this.#recording) this.#cursor = null;
        this.#recording = recording;
        this.#span = span;
        this.#range = range;
        this.#clock = clock;
        this.redraw();
    }

    /** Takes the colours anew, for another scheme or for paper. */
    restyle() {
        this.#picture.restyle();
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

    /** The time that can be shown; none where there is nothing to be shown. */
    get bounds() {
        return this.#recording?.bounds ?? null;
    }

    /** The span in view. */
    get view() {
        const { bounds } = this, span = this.#span;
        if (!span) return whole(bounds);
        return span.isFollowing && span.end <= bounds.end ? atEnd(span, bounds) : within(span, bounds);
    }

    /** Keeps the view at the recording's end from now on, or where it is. */
    follow(isFollowing) {
        if (this.bounds) this.go(isFollowing ? atEnd(this.view, this.bounds) : this.view, isFollowing);
    }

    /** Draws at once. */
    paint() {
        const canvas = this.#canvas;
        if (!this.#recording) return;
        if (!this.#recording.span) {
            this.#picture.clear();
            this.#say(null);
            canvas.setAttribute("aria-valuetext", "nothing is known of this stream");
            canvas.setAttribute("aria-busy", "false");
            return;
        }
        if (canvas.clientWidth === 0) return;
        const view = this.view;
        const isPointing = this.#hover !== null || this.#isSeen(this.#cursor, view) || canvas.matches(":focus");
        this.#picture.paint(this.#recording, view, this.#clock, isPointing ? this.#pointed(view) : null, this.#range);
        canvas.setAttribute("aria-busy", String(!this.#recording.isComplete(view)));
        this.#tell(view, isPointing);
        const t = this.#isSeen(this.#cursor, view) ? this.#cursor : null;
        this.#onPoint(t, t === null ? null : this.#picture.stateAt(this.#recording, t, view));
    }

    /** What is there in words; on the page only where the pointer or the keys ask for it. */
    #tell(view, isPointing) {
        const t = this.#pointed(view), told = this.#picture.factsAt(this.#recording, t, view, this.#clock);
        this.#say(isPointing ? told : null);
        const { instant, facts } = told, canvas = this.#canvas, { bounds } = this;
        canvas.setAttribute("aria-valuemax", ((bounds.end - bounds.start) / 1e6).toFixed(3));
        canvas.setAttribute("aria-valuenow", ((t - bounds.start) / 1e6).toFixed(3));
        canvas.setAttribute("aria-valuetext", `${instant}: ${facts.join("; ")}`);
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
        if (this.#hover !== null) return this.timeAt(this.#hover);
        return this.#isSeen(this.#cursor, view) ? this.#cursor : centre(view);
    }

    #isSeen(t, view) {
        return t !== null && t >= view.start && t < view.end;
    }

    /** The instant of a place, in pixels. */
    timeAt(place) {
        const view = this.view;
        return Math.round(view.start + place / this.#canvas.clientWidth * (view.end - view.start));
    }

    /** Shows another view. One that reaches the span's end follows it, until it is moved back. */
    go(view, isFollowing = view.end > this.bounds.end && !isBefore(view, this.view)) {
        const all = whole(this.bounds);
        const isWhole = view.start <= all.start && view.end >= all.end;
        this.#span = isWhole ? null : { ...view, isFollowing };
        this.#onView(this.#span);
        this.redraw();
    }

    /** Tells what is at a place, in pixels; null for none. */
    hoverAt(place) {
        this.#hover = place;
        this.redraw();
    }

    /** Points at an instant. */
    pointAt(t) {
        this.#cursor = t;
        this.redraw();
    }

    /** Selects a range, or nothing; the page shows it. */
    select(range, note = "") {
        this.#onRange?.(range, note);
    }

    get canSelect() {
        return Boolean(this.#onRange);
    }

    /** Does what a key says. */
    key(event) {
        if (!this.#recording?.span || event.ctrlKey || event.metaKey || event.altKey) return;
        const view = this.view, width = view.end - view.start, { bounds } = this;
        this.#hover = null;
        const at = this.#pointed(view), hasCursor = this.#isSeen(this.#cursor, view);
        // A focused timeline has its line in the middle; without a line they are those of the view, from its start or its end.
        const isPointed = hasCursor || this.#canvas.matches(":focus");
        const about = this.#span?.isFollowing && !hasCursor ? bounds.end : at;
        const actions = {
            "+": () => this.go(zoomed(view, 1 / 2, about, bounds)),
            "=": () => this.go(zoomed(view, 1 / 2, about, bounds)),
            "-": () => this.go(zoomed(view, 2, about, bounds)),
            ArrowLeft: () => event.shiftKey ? this.#point(at - width / 200) : this.go(moved(view, -width / 10, bounds)),
            ArrowRight: () => event.shiftKey ? this.#point(at + width / 200) : this.go(moved(view, width / 10, bounds)),
            Home: () => this.go(atStart(view, bounds)),
            End: () => this.follow(true),
            0: () => this.go(whole(bounds)),
            Enter: () => this.zoomToState(at),
            i: () => this.select(...marked(this.#range, "start", at)),
            o: () => this.select(...marked(this.#range, "end", at)),
            Escape: () => this.select(null),
            n: () => this.#toMissing(spans => spans.find(it => it.start > (isPointed ? at : view.start))),
            p: () => this.#toMissing(spans => spans.findLast(it => it.end <= (isPointed ? at : view.end))),
            f: () => this.#toFound(items => items.find(it => it.start > (isPointed ? at : view.start - 1))),
            F: () => this.#toFound(items => items.findLast(it => it.start < (isPointed ? at : view.end))),
        };
        const action = actions[event.key];
        if (!action) return;
        event.preventDefault();
        action();
    }

    #point(t) {
        const view = this.view;
        this.pointAt(Math.round(Math.max(view.start, Math.min(view.end - 1, t))));
    }

    /** Shows a span with some room around it, and points at its start. */
    zoomTo(span) {
        if (!this.#recording?.span) return;
        this.#hover = null;
        this.#cursor = span.start;
        this.go(around(span, this.bounds), false);
    }

    zoomToState(t) {
        const state = this.#picture.stateAt(this.#recording, t, this.view);
        if (state.end !== undefined) this.zoomTo(state);
    }

    #toMissing(choose) {
        const span = choose(this.#picture.missingOf(this.#recording));
        if (span) this.zoomTo(span);
    }

    #toFound(choose) {
        const items = this.#picture.foundIn(this.#recording), full = items.filter(it => it.kind === "full");
        const item = choose(full.length ? full : items);
        if (item) this.zoomTo(item);
    }
}
