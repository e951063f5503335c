// The nodes of a fleet, and of the chosen stream what each has and lacks, what blocks back-filling, and lists of files to be copied.
import { text } from "./api.js";
import { counted } from "./counts.js";
import { byId, make, say } from "./dom.js";
import { fleetFills, fleetWords, unknownText } from "./fleetrows.js";
import { swatch } from "./legend.js";
import { notCopied, toClipboard } from "./missing.js";
import { lengthText } from "./time.js";

const exact = seconds => lengthText(Math.round(seconds * 1e6));

/** Replaces the children of an element where what they say is another. */
export function fillWith(element, said, children) {
    const key = JSON.stringify(said);
    if (element.dataset.key === key) return;
    element.dataset.key = key;
    element.replaceChildren(...children());
}

/** How much of its time a node has each word, and what goes beside words. */
const lengthOf = (node, word) => node.seconds[word] ?? node[`${word}_seconds`];

export class FleetView {
    #shown = null;

    constructor() {
        byId("with-withheld").addEventListener("change", () => this.#shown && this.#showTable());
        byId("fleet-table").addEventListener("click", event => {
            const button = event.target.closest("button");
            if (button) this.#copy(button.dataset.node);
        });
    }

    /** Shows the nodes; nothing where there are none. */
    showNodes({ nodes, now }, clock) {
        byId("nodes").hidden = nodes.length === 0;
        if (nodes.length === 0) return;
        fillWith(byId("node-list"), [nodes.map(({ checked, ...rest }) => [rest, rest.known || checked]), clock], () => nodes.map(node => {
            const since = unknownText(node, clock, now, now);
            const line = make("li", { "data-known": node.known }, make("strong", {}, make("bdi", {}, node.name)), ` ${node.kind ?? "not heard yet"}`,
                make("span", { class: "soft" }, ` ${node.at}${node.source ? "" : ", no source of others"}`));
            if (since) line.append(make("span", { class: "since" }, ` ${since}`));
            if (node.error) line.append(make("span", { class: "trouble" }, node.error));
            return line;
        }));
    }

    /** Names the streams that other nodes alone have. */
    showElsewhere({ streams }, reported) {
        const elsewhere = streams.filter(it => !reported(it)).map(it => `${it.channel}/${it.quality} (${it.status})`);
        say(byId("elsewhere"), elsewhere.length ? `Only other nodes have ${elsewhere.join(", ")}.` : "");
    }

    /** Shows what is said of a stream; nothing where no fleet is compared. */
    show(fleet, clock) {
        byId("fleet").hidden = byId("fleet-words").hidden = !fleet;
        if (!fleet) return;
        this.#shown = { fleet, clock };
        this.#showTable();
        this.#showLegend();
        const { copies, sole, blockers, twins, heard, expected, status } = fleet.row;
        say(byId("fleet-status"), `${status}, ${heard} of ${counted(expected, "node")} heard`);
        say(byId("fleet-copies"), copies.map(it => `${exact(it.seconds)} on ${counted(it.copies, "node")}`).join(", ") || "—");
        const notes = [
            ...sole.map(it => ["one copy", `${exact(it.seconds)} only on ${it.node}`]),
            ...blockers.map(it => ["blocks", `${it.node}, ${it.path}: ${it.advice}`]),
            ...twins.map(it => ["clocks", `${it.nodes.join(" and ")} have ${counted(it.count, "equal segment")} at different times; `
                + `the second is ${exact(it.median_seconds)} later. Set their clocks.`]),
        ];
        fillWith(byId("fleet-notes"), notes, () => notes.flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]));
    }

    #showTable() {
        const { fleet, clock } = this.#shown, { row, nodes } = fleet, isWithWithheld = byId("with-withheld").checked;
        const words = fleetWords.map(({ name }) => name).filter(word => word === "had" || row.nodes.some(node => lengthOf(node, word) > 0));
        const files = node => node.offered_files + (isWithWithheld ? node.withheld_files : 0);
        const rows = row.nodes.map((node, at) =>
            [node.name, unknownText(nodes[at], clock, fleet.now, fleet.now), ...words.map(word => lengthOf(node, word)), files(node)]);
        fillWith(byId("fleet-table"), [words, rows], () => [
            make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "node"), ...words.map(word => make("th", { scope: "col", class: "number" }, word)),
                make("th", { scope: "col" }, "files it lacks"))),
            make("tbody", {}, ...rows.map(([name, since, ...cells]) => {
                const count = cells.pop(), words = `Copy the list of ${counted(count, "file")}`;
                const copy = make("button", { type: "button", "data-node": name, "aria-label": `${words} that ${name} lacks` }, words);
                const head = make("th", { scope: "row" }, make("bdi", {}, name));
                if (since) head.append(make("span", { class: "since" }, ` ${since}`));
                return make("tr", {}, head, ...cells.map(seconds => make("td", { class: "number" }, seconds > 0 ? exact(seconds) : "—")),
                    make("td", {}, count ? copy : "—"));
            })),
        ]);
    }

    /** The legend of what is told. */
    #showLegend() {
        const list = byId("fleet-words"), { nodes } = this.#shown.fleet.row;
        const some = fleetWords.filter(({ name }) => name === "had" || nodes.some(node => lengthOf(node, name) > 0));
        fillWith(list, [some.map(({ name }) => name), getComputedStyle(list).color], () => {
            const fills = fleetFills(list), hole = getComputedStyle(list).getPropertyValue("--hole").trim();
            return some.map(({ name, means, pattern }) => swatch(name, means, context => {
                context.fillStyle = pattern === "edge" ? fills[name === "stuck" ? "fillable" : "had"] : fills[name];
                context.fillRect(0, 0, 18, 18);
                context.fillStyle = fills[name];
                if (pattern === "edge") context.fillRect(0, 12, 18, 6);
                context.strokeStyle = hole;
                context.setLineDash([4, 3]);
                if (name === "lost") context.strokeRect(.5, .5, 17, 17);
            }));
        });
    }

    async #copy(node) {
        const { fleet } = this.#shown, said = byId("fleet-copied");
        try {
            const list = await text("fleet/files", { ...fleet.parameters, node, ...byId("with-withheld").checked && { include: "withheld" } });
            say(said, await toClipboard(list) ? `the list of what ${node} lacks is copied` : notCopied);
        } catch (problem) {
            say(said, `not copied: ${problem.message}`);
        }
        setTimeout(() => say(said, ""), 4000);
    }
}
