// The legends: those of the words that occur.
import { byId, make } from "./dom.js";
import { fillOf, fillsOf, words } from "./words.js";

/** Shows the words of a stream's account that have any time, as the timeline or the map draws them. */
export function showLegend(id, account, isOfMap = false) {
    const list = byId(id), some = words.filter(({ name, cell }) => account?.seconds[name] > 0 && (cell || !isOfMap));
    const key = `${some.map(({ name }) => name)} ${getComputedStyle(list).color}`;
    if (list.dataset.key === key) return;
    list.dataset.key = key;
    const fills = isOfMap ? cellFills : fillsOf(list), style = getComputedStyle(list);
    list.replaceChildren(...some.map(({ name, means }) =>
        swatch(name, means, context => paint(context, name, fills, isOfMap ? null : style))));
}

/** An item of a legend: a word, what it means, and how it is painted on 18 by 18. */
export function swatch(name, means, paint) {
    const canvas = make("canvas", { width: 36, height: 36, "aria-hidden": "true" }), context = canvas.getContext("2d");
    context.scale(2, 2);
    paint(context);
    return make("li", { "data-word": name }, canvas, make("div", {}, make("strong", {}, name), ` ${means}`));
}

/** The map tells words by their colours, but what is unknown by dots as well. */
const cellFills = Object.fromEntries(words.map(({ name, cell }) => [name, name === "unknown" ? fillOf("dots", cell, "#7f7f7f") : cell]));

/** Paints a swatch; of the timeline, where there is a style, with the marks that it has. */
function paint(context, name, fills, style) {
    context.fillStyle = name === "seam" ? fills.full : fills[name];
    context.fillRect(0, 0, 18, 18);
    if (name === "seam") {
        context.fillStyle = fills.seam;
        context.fillRect(8, 0, 2, 18);
    }
    if (name !== "missing" || !style) return;
    context.fillStyle = style.getPropertyValue("--hole").trim();
    context.beginPath();
    context.moveTo(5, 5);
    context.lineTo(13, 5);
    context.lineTo(9, 13);
    context.fill();
}
