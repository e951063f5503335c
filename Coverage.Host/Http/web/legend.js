// The legends: those of the words that occur.
import { byId, make } from "./dom.js";
import { fillsOf, words } from "./words.js";

/** Shows the words of a stream's account that have any time, as the timeline or the map draws them. */
export function showLegend(id, account, isPlain = false) {
    const list = byId(id), some = words.filter(({ name }) => account?.seconds[name] > 0);
    const key = `${some.map(({ name }) => name)} ${getComputedStyle(list).color}`;
    if (list.dataset.key === key) return;
    list.dataset.key = key;
    const fills = fillsOf(list), style = getComputedStyle(list);
    const shown = isPlain ? some.filter(({ name }) => name !== "seam") : some;
    list.replaceChildren(...shown.map(({ name, means }) => {
        const swatch = make("canvas", { width: 36, height: 36, "aria-hidden": "true" });
        paint(swatch.getContext("2d"), name, fills, style);
        return make("li", { "data-word": name }, swatch, make("div", {}, make("strong", {}, name), ` ${means}`));
    }));
}

function paint(context, name, fills, style) {
    const colour = key => style.getPropertyValue(`--${key}`).trim();
    context.scale(2, 2);
    context.fillStyle = name === "seam" ? fills.full : fills[name];
    context.fillRect(0, 0, 18, 18);
    if (name === "seam") {
        context.fillStyle = fills.seam;
        context.fillRect(8, 0, 2, 18);
    }
    if (name !== "missing") return;
    context.fillStyle = colour("hole");
    context.beginPath();
    context.moveTo(5, 5);
    context.lineTo(13, 5);
    context.lineTo(9, 13);
    context.fill();
}
