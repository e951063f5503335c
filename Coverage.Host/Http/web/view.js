// Views of the time axis: { start, end } in whole microseconds.

/** The narrowest view. */
const least = 1000;

/** The whole of an extent with a little room at both ends. */
export function whole(extent) {
    const room = Math.max(1, Math.round((extent.end - extent.start) / 50));
    return { start: extent.start - room, end: extent.end + room };
}

/** A view as long as another at the end of an extent, with a little room after it. */
export const atEnd = (view, extent) => moved(view, extent.end + Math.round((view.end - view.start) / 20) - view.end, extent);

/** The same at its start. */
export const atStart = (view, extent) => moved(view, extent.start - Math.round((view.end - view.start) / 20) - view.start, extent);

/** A view with some room around a span. */
export const around = (span, extent) => {
    const room = Math.max(span.end - span.start, 2e6);
    return within({ start: span.start - room, end: span.end + room }, extent);
};

/** The nearest view that is neither too narrow nor off the extent. */
export function within(view, extent) {
    const all = whole(extent);
    const width = Math.round(Math.min(all.end - all.start, Math.max(least, view.end - view.start)));
    const start = Math.round(Math.min(all.end - width, Math.max(all.start, view.start)));
    return { start, end: start + width };
}

/** A view in which an instant keeps its place; a factor below 1 shows less. */
export function zoomed(view, factor, at, extent) {
    const all = whole(extent), width = view.end - view.start;
    const next = Math.min(all.end - all.start, Math.max(least, width * factor));
    const start = at - (at - view.start) * (next / width);
    return within({ start, end: start + next }, extent);
}

export const moved = (view, by, extent) => within({ start: view.start + by, end: view.end + by }, extent);

export const centre = view => Math.round((view.start + view.end) / 2);
