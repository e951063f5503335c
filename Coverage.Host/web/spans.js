// Spans of time in order: arrays of { start, end } in microseconds.

/** How many spans begin at or before an instant. */
export function countTo(spans, t) {
    let low = 0, high = spans.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (spans[middle].start <= t) low = middle + 1;
        else high = middle;
    }
    return low;
}

/** The span of disjoint ones that an instant lies in, or undefined. */
export function at(spans, t) {
    const found = spans[countTo(spans, t) - 1];
    return found && t < found.end ? found : undefined;
}

/** Disjoint spans that reach into [from, to). */
export function within(spans, from, to) {
    const first = countTo(spans, from);
    return spans.slice(first > 0 && spans[first - 1].end > from ? first - 1 : first, countTo(spans, to));
}

/** Where the time around an instant that no span covers begins and ends, within [from, to). */
export function between(spans, t, { start, end }) {
    const next = countTo(spans, t);
    return {
        start: next > 0 ? Math.max(start, spans[next - 1].end) : start,
        end: next < spans.length ? Math.min(end, spans[next].start) : end,
    };
}

/** Spans in order, those that lie within one of the others left out. */
export function merged(some, others) {
    const apart = others.filter(one => {
        const around = at(some, one.start);
        return !around || one.end > around.end;
    });
    return [...some, ...apart].sort((one, other) => one.start - other.start);
}
