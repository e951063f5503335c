// The rows of a fleet, below the timeline of a recording or alone: one for what no node has, and one for each node.
import { blocks, fill, fit, grid, paletteOf, sayView, text, triangles } from "./draw.js";
import * as Spans from "./spans.js";
import { lengthText, minuteText, parseInstant, rangeText } from "./time.js";
import { fillOf } from "./words.js";

/** What is told of time: what it means, and its pattern. A colour is the style sheet's variable `--fleet-NAME`, and its `-line`. */
export const fleetWords = [
    { name: "had", means: "the node has it", pattern: "plain" },
    { name: "fillable", means: "another node has it, and back-filling brings it", pattern: "rising" },
    { name: "pending", means: "another node has it, and back-filling brings it when it is older", pattern: "upright" },
    { name: "withheld", means: "another node has it, and back-filling does not bring it", pattern: "falling" },
    { name: "deleted", means: "no node has it, and a mark deletes it", pattern: "level" },
    { name: "open", means: "no node that was heard has it", pattern: "dots" },
    { name: "unknown", means: "nobody knows: the node, or this hour of it, was not heard", pattern: "cross" },
    { name: "lost", means: "no node has it", pattern: "hole" },
    { name: "endangered", means: "the node has it, and the next back-filling takes it away", pattern: "edge" },
    { name: "stuck", means: "back-filling should have brought it long ago", pattern: "edge" },
];

/** The words of time that a node lacks, the worst last: it is on top. */
const lacking = ["pending", "fillable", "withheld", "deleted", "open", "unknown", "lost"];

/** How high a row is, in pixels: its label, and its bar below. */
const pitch = 34, barAt = 17, barHeight = 15, edgeHeight = 5;

/** The fills of what is told, in the colours of an element's style. */
export function fleetFills(element) {
    const style = getComputedStyle(element), colour = name => style.getPropertyValue(`--${name}`).trim();
    return Object.fromEntries(fleetWords.map(({ name, pattern }) =>
        [name, fillOf(pattern, colour(`fleet-${name}`), colour(`fleet-${name}-line`))]));
}

/** Since when nothing is known of a node: a text; empty where it is known. The API gives no last time for a folder that is gone. */
export function unknownText({ known, checked, kind }, clock, origin, now) {
    if (known) return "";
    if (kind === "folder" && !checked) return "unknown";
    return checked ? `unknown since ${minuteText(parseInstant(checked), clock, origin, now)}` : "unknown, never heard";
}

export class FleetRows {
    #canvas;
    #context;
    #palette;

    /** The room of the axis above the rows, where they stand alone. */
    #room;

    constructor(canvas, isAlone = false) {
        this.#canvas = canvas;
        this.#context = canvas.getContext("2d");
        this.#room = isAlone ? 34 : 0;
        this.restyle();
    }

    /** Takes the colours anew. */
    restyle() {
        this.#palette = { ...paletteOf(this.#canvas), fleet: fleetFills(this.#canvas) };
    }

    clear() {
        this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    }

    /** Draws the rows of a stream of a fleet, with a line at an instant that is pointed at, if any; nothing where no fleet is compared. Times
     * may be counted from the origin. */
    paint(fleet, origin, view, clock, pointed) {
        const canvas = this.#canvas, room = this.#room;
        canvas.hidden = !fleet;
        if (!fleet) return;
        const height = room + pitch * (fleet.nodes.length + 1) + 6, width = canvas.clientWidth;
        canvas.style.height = `${height}px`;
        if (fit(canvas, this.#context)) this.restyle();
        this.#context.clearRect(0, 0, width, height);
        const x = t => (t - view.start) * width / (view.end - view.start);
        const drawn = { context: this.#context, width, view, palette: this.#palette, x };
        if (room) grid(drawn, clock, origin, height);
        const told = fleet.told(view), labels = [null, ...fleet.nodes].map(node => labelOf(node, clock, origin, fleet.now));
        labels.forEach((label, at) => {
            const row = { top: room + at * pitch + barAt, height: barHeight };
            ground(drawn, row, fleet, told);
            lacks(drawn, row, told?.spans.get(at ? fleet.nodes[at - 1].name : null) ?? new Map());
        });
        if (pointed !== null) fill(drawn, { top: 0, height }, Math.round(x(pointed)) - .5, 1, this.#palette.ink);
        // Above the line, on a ground of their own.
        labels.forEach((label, at) => text(drawn, label, 4, room + at * pitch + 13, this.#palette.soft, this.#palette.paper));
        if (room) sayView(drawn, clock, origin);
        canvas.setAttribute("aria-label", `rows of the fleet: ${labels.join("; ")}`);
    }
}

const labelOf = (node, clock, origin, now) =>
    node ? [node.name, unknownText(node, clock, origin, now)].filter(Boolean).join(": ") : "fleet: what no node has";

/** What a node has, as far as it is known: what is not told of the window is not said to be there. */
function ground(canvas, row, { extent }, told) {
    const { width, palette, x } = canvas;
    fill(canvas, row, 0, width, palette.outsidePattern);
    if (!extent) return;
    const within = ({ start, end }, style) => {
        const from = Math.max(0, x(start)), to = Math.min(width, x(end));
        fill(canvas, row, from, to - from, style);
    };
    within(extent, palette.line);
    if (!told) return;
    within({ start: Math.max(extent.start, told.window.start), end: Math.min(extent.end, told.window.end) }, palette.fleet.had);
}

function lacks(canvas, row, words) {
    const { palette } = canvas, marks = { top: row.top - 5, height: 5 };
    for (const word of lacking) {
        const runs = blocks(canvas, row, words.get(word) ?? [], palette.fleet[word], { edge: word === "lost" ? palette.hole : undefined });
        if (word === "lost") triangles(canvas, runs, marks, palette.hole);
    }
    for (const [word, colour] of [["endangered", palette.damage], ["stuck", palette.hole]]) {
        const edge = { top: row.top + row.height - edgeHeight, height: edgeHeight };
        triangles(canvas, blocks(canvas, edge, words.get(word) ?? [], palette.fleet[word], { fromBelow: true }), marks, colour);
    }
}

/** The lines about an instant: who has it, and for each node that lacks it why, from where it comes and what to do. */
export function fleetFactsAt(fleet, origin, t, view, clock) {
    if (!fleet) return [];
    if (!fleet.extent) return ["fleet: no node that was heard has anything of this stream"];
    if (t < fleet.extent.start || t >= fleet.extent.end) return ["fleet: no node that was heard has anything here"];
    const told = fleet.told(view);
    if (!told || t < told.window.start || t >= told.window.end) return ["fleet: not known yet"];
    const at = node => [...told.spans.get(node)?.values() ?? []].map(spans => Spans.at(spans, t)).filter(Boolean);
    const ofAll = at(null), said = new Set(ofAll.map(it => it.word)), lines = [];
    const has = fleet.nodes.filter(({ name }) => !at(name).some(it => lacking.includes(it.word))).map(({ name }) => name);
    if (has.length) lines.push(`${told.truncated ? "nothing long lacks on" : "had by"} ${has.join(", ")}${told.truncated ? "; zoom in to see what is short" : ""}`);
    const groups = Map.groupBy(
        fleet.nodes.flatMap(({ name }) => at(name).filter(it => !said.has(it.word))),
        it => JSON.stringify([it.word, it.reason, it.from, it.start, it.end]));
    const spans = [...ofAll.map(it => [it, "fleet"]), ...[...groups.values()].map(some => [some[0], some.map(it => it.node).join(", ")])];
    const advised = new Set();
    for (const [it, who] of spans) {
        lines.push(`${who}: ${spanText(it)}, ${lengthText(it.end - it.start)}: ${rangeText(it, clock, origin)}`);
        if (it.advice && !advised.has(it.advice)) lines.push(it.advice);
        advised.add(it.advice);
    }
    return lines;
}

/** A word with all that goes with it. */
function spanText({ word, reason, from }) {
    const by = word === "endangered" ? " by a mark on " : " from ";
    return `${word}${reason ? ` (${reason})` : ""}${from.length ? `${by}${from.join(", ")}` : ""}`;
}
