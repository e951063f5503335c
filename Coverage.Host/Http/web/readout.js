// What there is at an instant, in words.
import { holdsNothing, reach } from "./recording.js";
import * as Spans from "./spans.js";
import { instantText, lengthText, parseInstant, rangeText } from "./time.js";
import { counted, numberText } from "./counts.js";

/** What an instant is: the word of the span that holds it, and that span. */
export function stateAt(recording, t, view) {
    const { span } = recording;
    if (t < span.start || t >= span.end) return { name: "outside: nothing is known" };
    const found = recording.at(t, view);
    if (found) return { name: found.word, ...found };
    const seam = recording.details(view)?.map(detail => Spans.at(detail.seams, t)).find(Boolean);
    if (seam) return { name: "seam", ...seam };
    const [missing, others] = ["missing", "others"].map(kind => recording.spans(kind, view));
    if (missing.truncated || others.truncated) return { name: "nothing long is missing; zoom in to see what is short" };
    return { name: "full", ...Spans.between(missing.items, t, Spans.between(others.items, t, span)) };
}

function editableAt(recording, t, view) {
    const { extent } = recording;
    if (!extent || t < extent.start || t >= extent.end) return null;
    const holes = recording.spans("editable", view);
    const hole = Spans.at(holes.items, t);
    if (hole) return { name: "editable hole", ...hole };
    return holes.truncated ? null : { name: "editable", ...Spans.between(holes.items, t, extent) };
}

/** The lines about an instant: a heading and facts. */
export function factsAt(recording, t, view, clock) {
    const start = recording.span.start;
    const instant = at => instantText(at, clock, start);
    const span = it => it.end === undefined ? it.name : `${it.name}, ${lengthText(it.end - it.start)}: ${rangeText(it, clock, start)}`;
    const facts = [span(stateAt(recording, t, view))];
    const editable = editableAt(recording, t, view);
    if (editable) facts.push(span(editable));
    for (const detail of recording.details(view) ?? []) {
        const overlap = detail.overlaps.find(it => it.start <= t && t < it.end);
        if (overlap) facts.push(span({ name: "overlap", ...overlap }));
    }
    facts.push(...notShown(recording, view));
    const segments = (recording.segments(view) ?? []).flatMap(hour => hour.segments).filter(it => it.start <= t && t < it.end);
    for (const it of segments.slice(0, 3)) {
        const role = it.kind === "temp" ? "still being written" : !it.best ? "not the best of its start" : it.chain ? "in the editable chain" : "best of its start, not in the chain";
        facts.push(span({ ...it, name: `${it.kind} segment, ${role}` }));
        if (it.findings) facts.push(`its file is not what its name says: ${it.findings}; ${heldText(it)}`);
    }
    const hour = recording.hourAt(t, view);
    if (hour && view.end - view.start > reach.segments) facts.push(hourText(hour, clock, start));
    return { instant: instant(t), facts };
}

/** How long the media in a file with findings really is. */
function heldText(it) {
    if (holdsNothing(it)) return "it holds no media";
    return it.measured === null ? "its length is not known" : `it holds ${lengthText(it.measured)} of media`;
}

/** What is there and too much to be shown. */
function* notShown(recording, view) {
    const details = recording.details(view) ?? [];
    const seams = details.reduce((sum, detail) => sum + detail.seams.length, 0);
    const count = details.reduce((sum, detail) => sum + detail.seamCount, 0);
    if (seams < count) yield `of ${counted(count, "seam")} in these hours ${numberText(seams)} are shown`;
    if (recording.segments(view)?.some(hour => hour.truncated)) yield "not all segments of this hour are shown";
}

/** An hour's numbers in a line. */
function hourText({ hour, segments, overlaps, raw }, clock, start) {
    const from = `hour from ${instantText(parseInstant(`${hour}:00:00Z`), clock, start, 0)}: `;
    if (raw.covered_seconds === null) return `${from}it cannot be read`;
    const kinds = ["full", "suspect", "partial"];
    const counts = of => kinds.reduce((sum, kind) => sum + of[kind].count, 0);
    const length = seconds => lengthText(Math.round(seconds * 1e6));
    const bad = segments.bad.count ? `, ${counted(segments.bad.count, "bad name")}` : "";
    const holes = raw.holes ? `${counted(raw.holes, "hole")} (${length(raw.hole_seconds)})` : "no hole";
    return `${from}${length(raw.covered_seconds)} covered, ${holes}, `
        + `seams ${length(raw.seam_seconds)}, segments: ${kinds.map(kind => counted(segments[kind].count, kind, kind)).join(", ")}${bad}; `
        + counted(counts(overlaps), "overlap");
}
