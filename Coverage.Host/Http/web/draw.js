// Draws a view of a recording. Each word has a pattern beside its colour, and nothing is too short to be seen: how deep what
// is not covered hangs into its row, in eighths, says how much of its pixel's time it is.
import { holdsNothing } from "./recording.js";
import { countTo, onPixels } from "./spans.js";
import { rangeText, ticks } from "./time.js";
import { whole } from "./view.js";
import { fillOf, fillsOf, uncovered } from "./words.js";

/** The rows, in pixels from the top. */
export const rows = {
    axis: { top: 0, height: 20 },
    marks: { top: 50, height: 8 },
    raw: { top: 60, height: 60, label: "coverage", labelAt: 47 },
    editable: { top: 142, height: 14, label: "editable", labelAt: 136 },
    best: { top: 180, height: 20, label: "segments", labelAt: 174 },
    others: { top: 202, height: 8 },
    whole: { top: 236, height: 12, label: "all of it", labelAt: 228 },
};
export const height = 254;

const names = ["overlap", "editable", "ink", "soft", "line", "wash", "paper", "hole", "damage", "outside", "outside-line"];

/** The colours of the style sheet as they are now, and the patterns made of them. */
export function paletteOf(element) {
    const style = getComputedStyle(element);
    const colours = Object.fromEntries(names.map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
    const { paper, ink, soft } = colours;
    return {
        ...colours,
        font: style.fontFamily,
        fills: fillsOf(element),
        overlapPattern: fillOf("dots", colours.overlap, paper),
        outsidePattern: fillOf("falling", colours.outside, colours["outside-line"]),
        softPattern: fillOf("rising", soft, ink),
    };
}

/** Gives a canvas the pixels of its size on the screen; whether it has others now: then patterns have to be made anew. */
export function fit(canvas, context) {
    const ratio = window.devicePixelRatio || 1, width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
    const isOther = canvas.width !== width || canvas.height !== height;
    if (isOther) Object.assign(canvas, { width, height });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return isOther;
}

/** Draws it all, with a line at an instant that is pointed at, if any. */
export function draw(context, width, view, recording, palette, clock, pointed) {
    const { span } = recording;
    const scale = width / (view.end - view.start);
    const x = t => (t - view.start) * scale;
    const canvas = { context, width, view, palette, x };
    context.clearRect(0, 0, width, height);
    grid(canvas, clock, span.start, rows.whole.top - 18);
    recorded(canvas, recording);
    if (pointed !== null) {
        context.fillStyle = palette.ink;
        context.fillRect(Math.round(x(pointed)) - .5, rows.axis.height - 6, 1, rows.others.top + rows.others.height - rows.axis.height + 12);
    }
    // Above the lines, on a ground of their own.
    for (const row of Object.values(rows)) if (row.label) text(canvas, row.label, 4, row.labelAt, palette.soft, palette.paper);
    if (recording.all("missing") && !recording.segments(view)) {
        text(canvas, "zoom in to ten minutes or less to see them", 8, rows.others.top + 6, palette.soft, palette.wash);
    }
    sayView(canvas, clock, span.start);
}

/** Says from when to when the view is. */
export function sayView(canvas, clock, start) {
    const { context, width, view, palette } = canvas, digits = leastOf(canvas, clock) < 1e6 ? 6 : 0;
    context.textAlign = "right";
    text(canvas, rangeText(view, clock, start, digits), width - 4, 31, palette.soft, palette.paper);
    context.textAlign = "left";
}

/** Draws brackets around what is selected; of a range that has one end only, a line there. What is between keeps its colours. */
export function drawRange(context, width, view, { start, end }, palette) {
    const x = t => (t - view.start) * width / (view.end - view.start);
    const edge = 4, top = rows.axis.height - edge, size = rows.others.top + rows.others.height + 6 - top;
    context.fillStyle = palette.ink;
    if (start !== undefined && end !== undefined) {
        const left = Math.max(0, x(start)), room = Math.max(0, Math.min(width, x(end)) - left);
        for (const y of [top, top + size - edge]) context.fillRect(left, y, room, edge);
    }
    for (const t of [start, end]) if (t !== undefined) context.fillRect(Math.round(x(t)) - 1, top, 2, size);
}

/** The rows of what is recorded. */
function recorded(canvas, recording) {
    const { width, view, palette, x } = canvas, { span } = recording;
    const from = Math.max(0, x(span.start)), to = Math.min(width, x(span.end));
    const known = Boolean(recording.all("missing") && recording.all("others"));
    for (const row of [rows.raw, rows.editable]) {
        fill(canvas, row, 0, width, palette.outsidePattern);
        fill(canvas, row, from, to - from, !known ? palette.line : row === rows.raw ? palette.fills.full : palette.editable);
    }
    if (!known) return;
    const details = recording.details(view);
    blocks(canvas, rows.raw, recording.ofWord("partial", view), palette.fills.partial, { fromBelow: true });
    if (details) for (const detail of details) overlaps(canvas, detail.overlaps);
    blocks(canvas, rows.editable, recording.spans("editable", view).items, palette.paper, { edge: palette.hole });
    for (const word of uncovered) {
        const edge = word === "missing" ? palette.hole : undefined, spans = recording.ofWord(word, view);
        blocks(canvas, rows.editable, spans, palette.fills[word], { edge });
        const runs = blocks(canvas, rows.raw, spans, palette.fills[word], { edge });
        if (word === "missing") triangles(canvas, runs);
    }
    if (details) for (const detail of details) seams(canvas, detail.seams);
    segments(canvas, recording.segments(view));
    found(canvas, recording);
    overview(canvas, whole(recording.bounds), recording);
}

/** The whole span in a thin row, with a frame around what is in view. */
function overview(canvas, all, recording) {
    const { context, width, view, palette } = canvas, { span } = recording;
    const scale = width / (all.end - all.start), x = t => (t - all.start) * scale;
    const small = { ...canvas, view: all, x };
    fill(canvas, rows.whole, 0, width, palette.outsidePattern);
    fill(canvas, rows.whole, x(span.start), x(span.end) - x(span.start), palette.fills.full);
    blocks(small, rows.whole, recording.ofWord("partial"), palette.fills.partial, { fromBelow: true });
    for (const word of uncovered) blocks(small, rows.whole, recording.ofWord(word), palette.fills[word]);
    const left = x(view.start), size = Math.max(4, x(view.end) - left);
    context.strokeStyle = palette.ink;
    context.lineWidth = 2;
    context.strokeRect(Math.max(1, Math.min(left, width - 5)), rows.whole.top - 2, Math.min(size, width - 2), rows.whole.height + 4);
}

export function fill({ context }, row, left, width, style) {
    context.fillStyle = style;
    if (width > 0) context.fillRect(left, row.top, width, row.height);
}

export function text({ context, palette }, words, left, baseline, colour, ground) {
    context.font = `12px ${palette.font}`;
    if (ground) {
        const width = context.measureText(words).width;
        context.fillStyle = ground;
        context.fillRect(context.textAlign === "right" ? left - width - 3 : left - 3, baseline - 12, width + 6, 16);
    }
    context.fillStyle = colour;
    context.fillText(words, left, baseline);
}

/** The least time between two marks of the axis. */
const leastOf = ({ view, width }, clock) => (view.end - view.start) * (clock === "since" ? 110 : 84) / width;

/** Draws the axis, with lines that reach down to a height. */
export function grid(canvas, clock, start, bottom) {
    const { context, width, view, palette, x } = canvas;
    context.font = `12px ${palette.font}`;
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    context.beginPath();
    for (const { t, label } of ticks(view.start, view.end, leastOf(canvas, clock), clock, start)) {
        const left = Math.round(x(t)) + .5;
        context.moveTo(left, rows.axis.top);
        context.lineTo(left, bottom);
        // A label that is cut off would be another one.
        if (left + 4 + context.measureText(label).width <= width - 2) text(canvas, label, left + 4, 14, palette.ink);
    }
    context.stroke();
}

/** Spans as they fall on pixels: what is not covered hangs from above, what is partial-only stands below, so that both are seen in one pixel. */
export function blocks(canvas, row, spans, style, { edge, fromBelow } = {}) {
    const { context, view, width } = canvas;
    const runs = onPixels(spans, view, width);
    for (const { left, right, eighths } of runs) {
        const height = row.height * eighths / 8;
        fill(canvas, { top: fromBelow ? row.top + row.height - height : row.top, height }, left, right - left, style);
        if (edge && eighths === 8 && right - left > 6) {
            context.strokeStyle = edge;
            context.lineWidth = 1;
            context.setLineDash([4, 3]);
            context.strokeRect(left + .5, row.top + .5, right - left - 1, row.height - 1);
            context.setLineDash([]);
        }
    }
    return runs;
}

/** A mark above each missing span, so that the narrowest is seen; marks that would overlap are one. */
export function triangles({ context, palette }, runs, row = rows.marks, colour = palette.hole) {
    const holes = [];
    for (const { left, right } of runs) {
        if (holes.at(-1)?.right === left) holes.at(-1).right = right;
        else holes.push({ left, right });
    }
    context.fillStyle = colour;
    context.beginPath();
    let last = -Infinity;
    for (const { left, right } of holes) {
        const middle = (left + right) / 2;
        if (middle - last < 5) continue;
        last = middle;
        context.moveTo(middle - 4, row.top);
        context.lineTo(middle + 4, row.top);
        context.lineTo(middle, row.top + row.height);
    }
    context.fill();
}

/** A band in the upper part of the row: the time is covered, and more than once. */
function overlaps(canvas, spans) {
    const { view, x, palette } = canvas;
    for (const { start, end } of spans) {
        if (end > view.start && start < view.end) {
            fill(canvas, { top: rows.raw.top, height: 16 }, x(start), Math.max(1.5, x(end) - x(start)), palette.overlapPattern);
        }
    }
}

/** Seams as lines, where there is room between them. */
function seams(canvas, spans) {
    const { view, x, width, palette } = canvas;
    const some = spans.slice(countTo(spans, view.start - 1e6), countTo(spans, view.end));
    if (some.length > width / 5) return;
    for (const { start, end } of some) {
        fill(canvas, rows.raw, x(start), Math.max(1, x(end) - x(start)), palette.paper);
    }
}

function segments(canvas, hours) {
    const { context, view, width, x, palette } = canvas;
    if (!hours) {
        const height = rows.others.top + rows.others.height - rows.best.top;
        fill(canvas, { top: rows.best.top, height }, 0, width, palette.wash);
        return;
    }
    const styles = {
        full: palette.fills.full, suspect: palette.fills.partial, partial: palette.fills.partial, temp: palette.softPattern,
    };
    for (const it of hours.flatMap(hour => hour.segments)) {
        const left = x(it.start), size = Math.max(1, x(it.end) - left);
        if (left + size < 0 || left > width) continue;
        const row = it.best ? rows.best : rows.others;
        fill(canvas, row, left, size, styles[it.kind]);
        context.strokeStyle = palette.paper;
        context.lineWidth = 1;
        if (size > 4) context.strokeRect(left, row.top, size, row.height);
        if (it.chain) fill(canvas, { top: row.top + row.height - 4, height: 3 }, left, size - 1, palette.editable);
        if (it.findings) wrong(canvas, row, it, left, size);
        if (it.best && size > 70) label(canvas, it, left, size);
    }
}

/** Where single segments are not shown, a cross for each that has findings, those of full ones on top. */
function found(canvas, recording) {
    const items = recording.segments(canvas.view) ? [] : recording.found?.items ?? [];
    crosses(canvas, items.filter(it => it.kind !== "full"), canvas.palette.damage);
    crosses(canvas, items.filter(it => it.kind === "full"), canvas.palette.hole);
}

/** Crosses at segments; those that would overlap are one. */
function crosses({ context, width, x }, items, colour) {
    const middle = rows.best.top + 6;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.beginPath();
    let last = -Infinity;
    for (const it of items) {
        const at = x((it.start + it.end) / 2);
        if (at < 0 || at > width || at - last < 5) continue;
        last = at;
        context.moveTo(at - 4, middle - 4);
        context.lineTo(at + 4, middle + 4);
        context.moveTo(at - 4, middle + 4);
        context.lineTo(at + 4, middle - 4);
    }
    context.stroke();
}

/** A frame around a segment whose file is not what its name says, in which the time that the file lacks is paper. */
function wrong(canvas, row, it, left, size) {
    const { context, palette, x } = canvas, right = left + size;
    const held = holdsNothing(it) ? left : it.measured === null ? right : Math.min(right, x(it.start + it.measured));
    fill(canvas, row, held, right - held, palette.paper);
    context.strokeStyle = palette.hole;
    context.lineWidth = 2;
    if (size > 3) context.strokeRect(left + 1, row.top + 1, size - 2, row.height - 2);
    else fill(canvas, row, left, size, palette.hole);
}

function label(canvas, it, left, size) {
    const { context, palette, width } = canvas;
    const words = it.findings ? `${it.kind}: ${it.findings}` : it.kind, at = Math.max(left, 0) + 5;
    context.font = `12px ${palette.font}`;
    const room = context.measureText(words).width;
    if (at + room > Math.min(left + size, width) - 3) return;
    context.fillStyle = palette.paper;
    context.fillRect(at - 2, rows.best.top + 1, room + 4, 15);
    text(canvas, words, at, rows.best.top + 12, palette.ink);
}
