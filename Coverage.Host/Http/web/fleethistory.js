// What the history says of a stream of a fleet: since when it is as it is, and how long nodes waited for what they lacked. Nothing where
// the service keeps none.
import { get } from "./api.js";
import { counted, numberText } from "./counts.js";
import { byId, make, say } from "./dom.js";
import { fillWith } from "./fleetview.js";
import { Kept } from "./kept.js";
import { isoText, lengthText, minuteText, parseInstant, roughText } from "./time.js";

const exact = seconds => lengthText(Math.round(seconds * 1e6));
const rough = seconds => roughText(seconds * 1e6);

/** What is said of no node is said of the stream. */
const ofStream = "(the stream)";

/** When something was found is no time of the recording. */
const clockOf = clock => clock === "since" ? "utc" : clock;

/** The most spans that are counted. */
const limit = 10000;

export class FleetHistory {
    #answers;
    #isThere = true;
    #now = 0;
    /** Why the service does not answer now. */
    #why = "";

    /** `onCome` is called when more is known, or with a problem. */
    constructor(onCome) {
        this.#answers = new Kept(key => this.#load(JSON.parse(key), onCome), onCome);
    }

    /** Everything may have changed. */
    makeStale() {
        this.#answers.makeStale();
    }

    /** Shows what is known of a stream of a fleet as of now; nothing of none. */
    show(fleet, stream, now, clock) {
        this.#now = now;
        const answer = stream && this.#isThere && now
            ? this.#answers.get(JSON.stringify({ ...fleet.which, channel: stream.channel, quality: stream.quality })) : null;
        byId("history").hidden = !answer && !this.#why;
        say(byId("history-why"), this.#why);
        byId("history-tables").hidden = Boolean(this.#why) || !answer;
        if (!answer) return;
        this.#showStanding(answer, clock);
        this.#showWaits(answer.waits);
    }

    async #load(which, onCome) {
        const later = reason => {
            this.#why = `There is a history, but it is not known now: ${reason}.`;
            onCome(null);
        };
        try {
            // One after the other, so that a service without a history is asked for one thing.
            const standing = await get("fleet/history", { ...which, from: isoText(this.#now), limit }, undefined, later);
            const waits = await get("fleet/fill-times", which, undefined, later);
            this.#why = "";
            return { standing: standing.items.filter(it => it.closed === null), isCut: standing.truncated, waits: waits.items };
        } catch (problem) {
            if (problem.status !== 404) throw problem;
            this.#isThere = false;
            return null;
        }
    }

    #showStanding({ standing, isCut }, clock) {
        const groups = [...Map.groupBy(standing, it => JSON.stringify([it.node, it.word, it.reason])).values()].map(some => {
            const [{ node, word, reason }] = some, opened = Math.min(...some.map(it => parseInstant(it.opened)));
            return { node, word: reason ? `${word} (${reason})` : word, opened, count: some.length, seconds: some.reduce((sum, it) => sum + it.seconds, 0) };
        }).sort((one, other) => one.opened - other.opened);
        say(byId("standing-note"), isCut ? `There is more: the first ${counted(limit, "span")} are counted.`
            : groups.length ? "" : "Nothing stands: no node lacks anything that the history knows of.");
        byId("standing").hidden = groups.length === 0;
        fillWith(byId("standing"), [groups, clock, roughText(this.#now)], () => table("what stands, and since when", ["node", "word", "since", "for", "spans", "time"], groups.map(it =>
            [it.node ?? ofStream, it.word, minuteText(it.opened, clockOf(clock), 0, this.#now), roughText(this.#now - it.opened), numberText(it.count),
                exact(it.seconds)])));
    }

    #showWaits(waits) {
        byId("waits").hidden = waits.length === 0;
        fillWith(byId("waits"), waits, () => table(
            "how long nodes waited until they had it", ["node", "word until then", "pieces", "time", "shortest", "median", "nine of ten", "longest"],
            waits.map(it => [it.node ?? ofStream, it.word, numberText(it.pieces), exact(it.seconds), rough(it.least_seconds),
                rough(it.median_seconds), rough(it.nine_of_ten_seconds), rough(it.greatest_seconds)])));
    }
}

function table(caption, heads, rows) {
    const kind = at => at > 1 ? { class: "number" } : {};
    return [
        make("caption", {}, caption),
        make("thead", {}, make("tr", {}, ...heads.map((head, at) => make("th", { scope: "col", ...kind(at) }, head)))),
        make("tbody", {}, ...rows.map(([node, ...cells]) =>
            make("tr", {}, make("th", { scope: "row" }, make("bdi", {}, node)), ...cells.map((cell, at) => make("td", kind(at + 1), cell))))),
    ];
}
