// The nine words for the time of a stream, in the order in which the first that applies is its word: what each means, and the
// pattern that says it beside its colour. A colour is the style sheet's variable of the same name, and so is its `-line`; `cell` is
// that of the map, which is the same in every scheme.

/** Of time that is covered, and of time that is not. */
export const words = [
    { name: "full", cell: "#1f77b4", means: "covered by full segments", pattern: "plain", isCovered: true },
    { name: "partial", cell: "#ff7f0e", means: "covered by suspect or partial segments alone", pattern: "rising", isCovered: true },
    { name: "unexpected", cell: "#d9d9d9", means: "the stream need not be there", pattern: "dots" },
    { name: "seam", means: "rounding between neighbouring segments", pattern: "seam", isCovered: true },
    { name: "acknowledged", cell: "#9edae5", means: "lost, known and accepted", pattern: "falling" },
    { name: "unknown", cell: "#c7c7c7", means: "its hour cannot be read", pattern: "cross" },
    { name: "ahead", cell: "#ffffff", means: "expected, and later than now", pattern: "level" },
    { name: "pending", cell: "#dbdb8d", means: "may still come in", pattern: "upright" },
    { name: "missing", cell: "#ffffff", means: "expected, and not there", pattern: "hole" },
];

const byName = new Map(words.map(word => [word.name, word]));

export const wordOf = name => byName.get(name);

/** The words of time without coverage, the worst last: drawn in this order, the worst is on top. As the map has it. */
export const uncovered = ["unexpected", "acknowledged", "pending", "unknown", "ahead", "missing"];

/** The words of which an answer has few spans; what has none of them, and is no seam, is full. */
export const listed = ["partial", ...uncovered];

const size = 8;

/** How a pattern is painted on a tile of so many pixels, over its ground. */
const painters = {
    rising: context => lines(context, [[0, size, size, 0], [-1, 1, 1, -1], [size - 1, size + 1, size + 1, size - 1]]),
    falling: context => lines(context, [[0, 0, size, size], [-1, size - 1, 1, size + 1], [size - 1, -1, size + 1, 1]]),
    cross: context => {
        painters.rising(context);
        painters.falling(context);
    },
    level: context => lines(context, [[0, 2, size, 2], [0, 6, size, 6]]),
    upright: context => lines(context, [[2, 0, 2, size], [6, 0, 6, size]]),
    dots: context => {
        for (const [x, y] of [[1, 1], [5, 5]]) context.fillRect(x, y, 2, 2);
    },
};

function lines(context, all) {
    context.beginPath();
    for (const [x1, y1, x2, y2] of all) {
        context.moveTo(x1, y1);
        context.lineTo(x2, y2);
    }
    context.stroke();
}

/** The fill of a pattern of the style sheet's colours: a colour where it is plain. */
export function fillOf(pattern, ground, line) {
    if (!painters[pattern]) return ground;
    const ratio = window.devicePixelRatio || 1, pixels = Math.round(size * ratio);
    const canvas = new OffscreenCanvas(pixels, pixels), context = canvas.getContext("2d");
    context.scale(pixels / size, pixels / size);
    Object.assign(context, { fillStyle: ground, strokeStyle: line, lineWidth: 1.2 });
    context.fillRect(0, 0, size, size);
    context.fillStyle = line;
    painters[pattern](context);
    const tile = context.createPattern(canvas, "repeat");
    tile.setTransform(new DOMMatrix().scale(size / pixels));
    return tile;
}

/** The fills of all words, by their names, in the colours of an element's style. */
export function fillsOf(element) {
    const style = getComputedStyle(element), colour = name => style.getPropertyValue(`--${name}`).trim();
    return Object.fromEntries(words.map(({ name, pattern }) => [name, fillOf(pattern, colour(name), colour(`${name}-line`))]));
}
