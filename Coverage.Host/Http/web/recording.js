// What is known of one stream: the words of its time as a whole, finer detail hour by hour as a view wants it.
import { get } from "./api.js";
import { Kept } from "./kept.js";
import { segmentOf } from "./segment.js";
import * as Spans from "./spans.js";
import { day, hour, hourText, isoText, minute, parseInstant } from "./time.js";
import { listed } from "./words.js";

/** More spans than this are asked for as the view comes near; the longest are always there. */
const limit = 10000;

/** Views up to so long get the hours' numbers, the hours' detail, single segments. */
export const reach = { hours: 7 * day, detail: 6 * hour, segments: 10 * minute };

const kinds = {
    missing: { path: "words", words: "missing" },
    others: { path: "words", words: listed.filter(word => word !== "missing") },
    editable: { path: "holes", kind: "editable" },
};

const nothing = { items: [], count: 0, length: 0, truncated: false };

export class Recording {
    #spans;
    #hours;
    #details;
    #segments;
    #found;
    /** What verifying found so far of each kind of segment, as a text; empty where nothing is verified. */
    #counts = "";
    /** Of kinds of which there are very many: the spans around the latest view, and those with the longest. */
    #near = new Map();
    #both = new Map();

    /** `onCome` is called when more is known, or with a problem. */
    constructor(stream, onCome) {
        this.stream = { channel: stream.channel, quality: stream.quality };
        /** The time that has words: what is shown. */
        this.span = null;
        /** The time from the first to the last segment, of which alone there are hours in detail. */
        this.extent = null;
        /** What is said of the stream's nodes (fleet.js); null where they are not compared. */
        this.fleet = null;
        this.#spans = new Kept(key => this.#loadSpans(key), onCome);
        this.#hours = new Kept(key => this.#loadHours(key), onCome);
        this.#details = new Kept(key => this.#loadHour("detail", key), onCome);
        this.#segments = new Kept(key => this.#loadHour("segments", key), onCome);
        this.#found = new Kept(() => this.#loadFound(), onCome);
    }

    /** Takes the span and the extent of a row of /streams, and what verifying found in it. */
    update({ account, start, end, found }) {
        const counts = found ? JSON.stringify({ ...found, verified: 0 }) : "";
        if (counts !== this.#counts) {
            this.#counts = counts;
            for (const kept of [this.#found, this.#segments]) kept.makeStale();
        }
        const span = account?.span ? { start: parseInstant(account.span.start), end: parseInstant(account.span.end) } : null;
        const isSame = span?.start === this.span?.start && span?.end === this.span?.end;
        if (!isSame && this.span) this.makeStale();
        this.span = span;
        this.extent = start === null ? null : { start: parseInstant(start), end: parseInstant(end) };
    }

    /** The time that is shown: the span, and when other nodes have something. */
    get bounds() {
        const { span, fleet } = this;
        if (!span || !fleet?.extent) return span;
        return { start: Math.min(span.start, fleet.extent.start), end: Math.max(span.end, fleet.extent.end) };
    }

    /** Everything may have changed: it stays until it has been asked for again. */
    makeStale() {
        for (const kept of this.#all) kept.makeStale();
    }

    /** What could not be read is asked for again. */
    retry() {
        for (const kept of this.#all) kept.retry();
    }

    get #all() {
        return [this.#spans, this.#hours, this.#details, this.#segments, this.#found];
    }

    /** Whether the service verifies, and the segments with findings, in order; undefined until they have come. */
    get found() {
        return this.#counts ? this.#found.get("all") : { isOn: false, items: [] };
    }

    /** All spans of a kind, or the longest of very many; undefined before they have come. */
    all(kind) {
        return this.#spans.get(kind);
    }

    /** The spans of a kind that a view wants; `truncated` when there are more. */
    spans(kind, view) {
        const all = this.#spans.get(kind) ?? nothing, key = this.#nearKey(kind, view);
        const near = key && this.#spans.get(key);
        if (!near) return all;
        const kept = this.#both.get(kind);
        if (kept?.all === all && kept.near === near) return kept.both;
        const both = { items: Spans.merged(all.items, near.items), truncated: near.truncated };
        this.#both.set(kind, { all, near, both });
        return both;
    }

    /** The span of a word that an instant of a view lies in; undefined where the word is none that is listed. */
    at(t, view) {
        return Spans.at(this.spans("missing", view).items, t) ?? Spans.at(this.spans("others", view).items, t);
    }

    /** The spans of a word that a view wants; without one all of them, or the longest of very many. */
    ofWord(word, view) {
        const kind = word === "missing" ? word : "others", { items } = view ? this.spans(kind, view) : this.all(kind) ?? nothing;
        return word === "missing" ? items : byWord(items).get(word) ?? [];
    }

    /** The key of the spans around a view, where not all are known; null where the longest must do, for there are too many. */
    #nearKey(kind, view) {
        const all = this.#spans.get(kind);
        if (!all?.truncated) return null;
        const last = this.#near.get(kind);
        if (last && last.start <= view.start && view.end <= last.end && !this.#spans.get(last.key)?.truncated) return last.key;
        const size = 2 ** Math.ceil(Math.log2(Math.max(view.end - view.start, hour)));
        if (all.count * 4 * size / (this.span.end - this.span.start) > limit) return null;
        const start = (Math.floor(view.start / size) - 1) * size;
        const near = { start, end: start + 4 * size, key: `${kind} ${start} ${start + 4 * size}` };
        this.#near.set(kind, near);
        return near.key;
    }

    /** The reported numbers of the hour of an instant, where the view is near enough to want them. */
    hourAt(t, view) {
        if (view.end - view.start > reach.hours) return undefined;
        return this.#hours.get(Math.floor(t / day))?.get(hourText(t));
    }

    /** The detail of the hours that a view shows, as far as it has come; undefined where the view is too wide. */
    details(view) {
        // What begins in the hour before may reach into the first.
        return view.end - view.start > reach.detail ? undefined : this.#ofHours(this.#details, view, hour);
    }

    /** The same of single segments. */
    segments(view) {
        return view.end - view.start > reach.segments ? undefined : this.#ofHours(this.#segments, view, minute);
    }

    /** Whether all that a view shows has come. */
    isComplete(view) {
        const has = (kept, before) => this.#hoursOf(view, before).every(key => kept.isFresh(key));
        const isFresh = kind => [kind, this.#nearKey(kind, view)].every(key => key === null || this.#spans.isFresh(key));
        return Object.keys(kinds).every(isFresh)
            && (this.fleet?.isComplete(view) ?? true)
            && (!this.#counts || this.#found.isFresh("all"))
            && (view.end - view.start > reach.detail || has(this.#details, hour))
            && (view.end - view.start > reach.segments || has(this.#segments, minute));
    }

    #ofHours(kept, view, before) {
        return this.#hoursOf(view, before).map(key => kept.get(key)).filter(one => one !== undefined && one !== null);
    }

    #hoursOf(view, before) {
        if (!this.extent) return [];
        const first = Math.floor(Math.max(this.extent.start, view.start - before) / hour);
        const last = Math.floor((Math.min(this.extent.end, view.end) - 1) / hour);
        // An hour without an answer, in a long run of nothing, has no detail; one without coverage is not asked for.
        const keys = [];
        for (let number = first; number <= last; number++) {
            const [start, end] = [number * hour, (number + 1) * hour];
            const span = this.#uncoveredAt(start);
            if (!span || span.end < end) keys.push(hourText(start));
        }
        return keys;
    }

    /** A span of time without coverage that an instant lies in, of those that are listed as a whole. */
    #uncoveredAt(t) {
        const [missing, others] = ["missing", "others"].map(kind => Spans.at((this.#spans.get(kind) ?? nothing).items, t));
        return missing ?? (others?.word === "partial" ? undefined : others);
    }

    async #loadSpans(key) {
        const [name, from, to] = key.split(" ").map((word, at) => at ? Number(word) : word);
        const { path, ...which } = kinds[name];
        const answer = await get(path, {
            ...this.stream, ...which, ...(to && { start: isoText(Math.max(0, from)), end: isoText(to) }), order: "length", limit,
        });
        // A name with a star in it is a pattern to the service.
        const items = answer.items
            .filter(it => it.channel === this.stream.channel && it.quality === this.stream.quality)
            .map(it => ({ start: parseInstant(it.start), end: parseInstant(it.end), word: it.word }))
            .sort((one, other) => one.start - other.start);
        const count = answer.truncated ? answer.count : items.length;
        return { items, count, truncated: answer.truncated };
    }

    async #loadFound() {
        const { items } = await get("findings", { ...this.stream, limit });
        const found = items
            .filter(it => it.channel === this.stream.channel && it.quality === this.stream.quality)
            .map(it => ({ ...segmentOf(it.segment), findings: it.findings.join(" "),
                measured: it.measured_seconds === null ? null : Math.round(it.measured_seconds * 1e6) }))
            .sort((one, other) => one.start - other.start);
        return { isOn: true, items: found };
    }

    /** An hour's answer; null where the service has none, as of one that cannot be read. */
    async #loadHour(path, key) {
        try {
            return ofHour(key, await get(path, { ...this.stream, hour: key }));
        } catch (problem) {
            if (problem.status === 404) return null;
            throw problem;
        }
    }

    async #loadHours(key) {
        const [start, end] = [key * day, (key + 1) * day].map(isoText);
        const { items } = await get("hours", { ...this.stream, start, end });
        return new Map(items.filter(it => it.channel === this.stream.channel && it.quality === this.stream.quality)
            .map(it => [it.hour, it]));
    }
}

/** Whether there is no media at all in the file of a segment. */
export const holdsNothing = it => /\b(empty|not-ts)\b/.test(it.findings);

const groups = new WeakMap();

/** Spans apart by their words. */
function byWord(items) {
    if (!groups.has(items)) groups.set(items, Map.groupBy(items, it => it.word));
    return groups.get(items);
}

/** The spans of an hour's answer, from microseconds of the hour to instants. */
function ofHour(name, answer) {
    const start = parseInstant(`${name}:00:00Z`);
    const spans = pairs => pairs.map(([from, to]) => ({ start: start + from, end: start + to }));
    return answer.segments
        ? { truncated: answer.truncated,
            segments: answer.segments.map(it => ({ ...it, start: start + it.start, end: start + it.start + it.length })) }
        : { seamCount: answer.seam_count, seams: spans(answer.seams), overlaps: spans(answer.overlaps) };
}
