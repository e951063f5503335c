// Spans of time in order: arrays of { start, end } in microseconds.

/** From which missing share on a bar loses one eighth of its height more; about three times the one before. */
const limits = [.001, .003, .01, .03, .1, .3];

/** How much of a part is missing, in eighths: none only where nothing is, eight only where all is. As the core has it. */
export function missingEighths(lost, length) {
    if (lost <= 0) return 0;
    return lost >= length ? 8 : 1 + limits.filter(limit => lost > limit * length).length;
}

/** What some spans take of the time of each pixel of a view, in eighths: runs of pixels of the same. */
export function onPixels(spans, view, width) {
    const runs = [], scale = width / (view.end - view.start);
    let pixel = 0, lost = 0;
    function add(left, right, eighths) {
        const last = runs.at(-1);
        if (last?.right === left && last.eighths === eighths) last.right = right;
        else if (eighths) runs.push({ left, right, eighths });
    }
    // Where a span fills a pixel but for a rounding, it fills it.
    const finish = () => add(pixel, pixel + 1, missingEighths(lost, 1 - 1e-9));
    for (const span of within(spans, view.start, view.end)) {
        const from = Math.max(0, (span.start - view.start) * scale), to = Math.min(width, (span.end - view.start) * scale);
        const first = Math.floor(from), last = Math.floor(to);
        if (first !== pixel) {
            finish();
            [pixel, lost] = [first, 0];
        }
        lost += Math.min(to, first + 1) - from;
        if (last === first) continue;
        finish();
        if (last > first + 1) add(first + 1, last, 8);
        [pixel, lost] = [last, to - last];
    }
    finish();
    return runs;
}

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
