// What the service says of the nodes that record the same streams; nothing where it compares none.
import { clockLead, get } from "./api.js";
import { Kept } from "./kept.js";
import { hour, isoText, parseInstant, second } from "./time.js";

/** The longest spans of a view, where there are more. */
const limit = 10000;

const keyOf = it => `${it.channel}/${it.quality}`;

/** The parameters that name a stream: a name with a star in it is no pattern. */
export const named = ({ channel, quality }) => ({ channel: literal(channel), quality: literal(quality) });
const literal = name => name.replace(/[*?\\]/g, "\\$&");

export class Fleet {
    #answer = null;
    #streams = new Map();
    #onCome;
    #isAsking = false;
    #isOvertaken = false;
    #over = new AbortController();
    /** Why nothing is said; empty where something is, or nothing was heard yet. */
    why = "";

    /** `onCome` is called when more is known, or with a problem; `which` are the parameters that name the fleet, where there are several. */
    constructor(onCome, which = {}) {
        this.which = which;
        this.#onCome = problem => this.#over.signal.aborted || onCome(problem);
    }

    /** Asks for nothing any more. */
    close() {
        this.#over.abort();
    }

    /** Whether anything was answered. */
    get isKnown() {
        return this.#answer !== null;
    }

    /** The nodes and their state; none before they are known. */
    get nodes() {
        return this.#answer?.nodes ?? [];
    }

    /** The streams that any node has. */
    get streams() {
        return this.#answer?.streams ?? [];
    }

    /** The instant that all is of. */
    get now() {
        return parseInstant(this.#answer?.now ?? "");
    }

    /** Whether no round over the nodes has been heard of for a while: then the service is asked whether it still says the same. */
    get isOld() {
        return this.#answer !== null && !((Date.now() + clockLead) * 1000 - this.now < 60 * second);
    }

    /** What is said of a stream; null where nothing is. */
    of(stream) {
        return this.#streams.get(keyOf(stream)) ?? null;
    }

    /** Asks for all of it; when that is under way already, once more after it. */
    async refresh() {
        this.#isOvertaken = this.#isAsking;
        if (this.#isAsking) return;
        this.#isAsking = true;
        let problem;
        do {
            this.#isOvertaken = false;
            problem = null;
            try {
                const later = reason => {
                    this.#takeNothing(reason);
                    this.#onCome(null);
                };
                this.#take(await get("fleet/streams", { ...this.which, totals: true }, this.#over.signal, later));
                this.why = "";
            } catch (caught) {
                problem = caught;
                if (caught.status) this.#takeNothing(caught.message);
            }
            this.#onCome(problem);
        } while (this.#isOvertaken);
        this.#isAsking = false;
    }

    /** What the service no longer says is not shown on. */
    #takeNothing(reason) {
        this.why = reason;
        this.#take({ nodes: [], streams: [] });
    }

    #take(answer) {
        this.#answer = answer;
        const before = this.#streams;
        this.#streams = new Map(answer.streams.map(row => {
            const stream = before.get(keyOf(row)) ?? new FleetStream(row, this.which, this.#onCome);
            stream.update(row, this);
            return [keyOf(row), stream];
        }));
    }
}

/** What is said of one stream: the spans of a view are asked for as it comes. */
class FleetStream {
    #words;
    #latest = null;

    constructor(row, which, onCome) {
        /** The parameters that name it. */
        this.parameters = { ...which, ...named(row) };
        this.#words = new Kept(key => this.#load(key), onCome);
    }

    /** Takes a row of /fleet/streams. */
    update(row, { nodes, now }) {
        this.row = row;
        this.nodes = nodes;
        this.now = now;
        /** The time from the first to the last segment of any node; null where there is none. */
        this.extent = row.extent && { start: parseInstant(row.extent.start), end: parseInstant(row.extent.end) };
        this.#words.makeStale();
    }

    /** The time that is shown where no archive is at hand; null where no node has anything. */
    get span() {
        return this.extent;
    }

    get bounds() {
        return this.extent;
    }

    /** What is told of the time of a view: its window, the spans of each node by word (of null: what no node has), and whether there are
     * more. Of the latest view where that of this one has not come. */
    told(view) {
        const told = this.toldOf(view);
        if (told) this.#latest = told;
        return this.#latest;
    }

    /** The same, as far as it has come. */
    toldOf(view) {
        return this.#words.get(this.#keyOf(view));
    }

    /** Whether all of a view has come. */
    isComplete(view) {
        return this.#words.isFresh(this.#keyOf(view));
    }

    /** The key of a window around a view: the same for views near each other. */
    #keyOf({ start, end }) {
        const size = 2 ** Math.ceil(Math.log2(Math.max(end - start, hour))), from = (Math.floor(start / size) - 1) * size;
        return `${Math.max(0, from)} ${from + 4 * size}`;
    }

    async #load(key) {
        const [start, end] = key.split(" ").map(Number);
        const { items, advice, truncated } = await get("fleet/words", {
            ...this.parameters, start: isoText(start), end: isoText(end), order: "length", limit,
        });
        const about = new Map(advice.map(it => [adviceKey(it), it.advice]));
        const spans = new Map();
        for (const it of items) {
            const words = spans.get(it.node) ?? spans.set(it.node, new Map()).get(it.node);
            const list = words.get(it.word) ?? words.set(it.word, []).get(it.word);
            list.push({ ...it, start: parseInstant(it.start), end: parseInstant(it.end), advice: about.get(adviceKey(it)) });
        }
        for (const words of spans.values()) for (const list of words.values()) list.sort((one, other) => one.start - other.start);
        return { window: { start, end }, spans, truncated };
    }
}

const adviceKey = ({ node, word, reason }) => JSON.stringify([node, word, reason]);
