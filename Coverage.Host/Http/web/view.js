// Views of the time axis: { start, end } in whole microseconds.

/** The narrowest view. */
const least = 1000;

/** The whole of the bounds with a little room at both ends. */
export function whole(bounds) {
    const room = Math.max(1, Math.round((bounds.end - bounds.start) / 50));
    return { start: bounds.start - room, end: bounds.end + room };
}

/** A view as long as another at the end of the bounds, with a little room after it. */
export const atEnd = (view, bounds) => moved(view, bounds.end + Math.round((view.end - view.start) / 20) - view.end, bounds);

/** The same at its start. */
export const atStart = (view, bounds) => moved(view, bounds.start - Math.round((view.end - view.start) / 20) - view.start, bounds);

/** A view with some room around a span. */
export const around = (span, bounds) => {
    const room = Math.max(span.end - span.start, 2e6);
    return within({ start: span.start - room, end: span.end + room }, bounds);
};

/** The nearest view that is neither too narrow nor off the bounds. */
export function within(view, bounds) {
    const all = whole(bounds);
    const width = Math.round(Math.min(all.end - all.start, Math.max(least, view.end - view.start)));
    const start = Math.round(Math.min(all.end - width, Math.max(all.start, view.start)));
    return { start, end: start + width };
}

/** A view in which an instant keeps its place; a factor below 1 shows less. */
export function zoomed(view, factor, at, bounds) {
    const all = whole(bounds), width = view.end - view.start;
    const next = Math.min(all.end - all.start, Math.max(least, width * factor));
    const start = at - (at - view.start) * (next / width);
    return within({ start, end: start + next }, bounds);
}

export const moved = (view, by, bounds) => within({ start: view.start + by, end: view.end + by }, bounds);

export const centre = view => Math.round((view.start + view.end) / 2);
