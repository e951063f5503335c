// The page: the streams, and of one of them the timeline or the map, and what is missing. The address says which.
import { get } from "./api.js";
import { completenessText, conditionOf, troublesOf } from "./condition.js";
import { Cut } from "./cut.js";
import { addFound, foundText } from "./found.js";
import { byId, say } from "./dom.js";
import { Fleet } from "./fleet.js";
import { FleetView } from "./fleetview.js";
import { isForTimeline } from "./keys.js";
import { showLegend } from "./legend.js";
import { Live } from "./live.js";
import { MapView } from "./map.js";
import { acknowledgement, Missing, notCopied, toClipboard } from "./missing.js";
import { Recording } from "./recording.js";
import { RecordingPicture } from "./recordingpicture.js";
import { isSame, read, write } from "./state.js";
import { Streams } from "./streams.js";
import { Timeline } from "./timeline.js";
import { day, instantText, lengthText, parseInstant } from "./time.js";
import { counted, numberText } from "./counts.js";

let state = read(location.hash);
let answer = null;
let recording = null;
let mapOf = null;
/** The view that the stream opened with, where the address names none. */
let usual = "timeline";

const streams = new Streams(() => {
    sayLive();
    show();
});
const timeline = new Timeline(byId("timeline"), new RecordingPicture(byId("timeline"), byId("fleet-rows")), byId("facts"), span => go({ span }), offer, select);
const cut = new Cut(select, range => timeline.zoomTo(range), () => timeline.view);
const missing = new Missing(span => {
    go({ view: "timeline" }, true);
    timeline.zoomTo(span);
    byId("timeline").scrollIntoView({ block: "nearest" });
});
const map = new MapView(span => {
    go({ view: "timeline" }, true);
    timeline.zoomTo(span);
});

const fleet = new Fleet(problem => {
    if (problem) tell(problem);
    show();
});
const fleetView = new FleetView();

/** Goes to another state; a step is one that the browser's Back undoes. */
function go(change, isStep = false) {
    state = { ...state, ...change };
    history[isStep ? "pushState" : "replaceState"](null, "", write(state));
    show();
}

/** Selects a range to cut, or nothing, and says something of it. */
function select(range, note = "") {
    cut.note = note;
    go({ range });
}

/** A long recording opens with its map: on the timeline a pixel would stand for minutes. */
const opening = ({ span }) => !state.span && !state.range && span && span.end - span.start > 2 * day ? "map" : "timeline";

function show() {
    byId("clock").value = state.clock;
    if (!answer) return;
    const row = state.stream ? streams.find(state.stream) : streams.worst;
    const shown = { ...state, stream: row ?? state.stream };
    streams.choose(shown);
    fleetView.showNodes(fleet, state.clock);
    fleetView.showElsewhere(fleet, it => streams.find(it));
    byId("stream").hidden = !row;
    byId("unknown").hidden = Boolean(row) || !state.stream;
    const why = streams.whyGone(state.stream);
    say(byId("unknown"), why ? `This stream is ${why}.` : "The stream of this address is not among those found.");
    document.title = `${row ? `${row.channel}/${row.quality} ${completenessText(row)}: ` : ""}Coverage`;
    if (!row) return;
    const isOther = !recording || !isSame(recording.stream, row);
    if (isOther) {
        recording = new Recording(row, problem => {
            if (problem) tell(problem);
            show();
        });
    }
    recording.fleet = fleet.of(row);
    recording.update(row);
    if (isOther) usual = opening(recording);
    for (const view of ["timeline", "map"]) {
        byId(`${view}-view`).hidden = view !== shownView() || !recording.span;
        byId(`view-${view}`).setAttribute("aria-pressed", String(view === shownView()));
    }
    byId("stream").classList.toggle("bare", !recording.span);
    say(byId("nothing"), recording.span ? "" : nothingText(row));
    summarise(row);
    sayVerdict(row);
    sayCondition();
    sayFollowing();
    timeline.show(recording, state);
    fleetView.show(recording.fleet, state.clock);
    cut.show(recording, state);
    sayFound(row);
    missing.show(recording, row, state.clock);
    showLegend("words", row.account);
    showLegend("map-words", row.account, true);
    showMap();
}

const shownView = () => state.view ?? usual;

/** Why there is nothing of a stream to be shown. */
function nothingText(row) {
    if (row.failing !== null) return "This stream has not been read yet, so there is nothing to show.";
    const bad = row.bad_segments ? `; ${counted(row.bad_segments, "file has a bad name", "files have bad names")}` : "";
    return `No segment of this stream counts, so there is nothing to show${bad}.`;
}

/** Says whether the view goes on with the recording; all of it always does. */
function sayFollowing() {
    const button = byId("follow"), isFollowing = state.span?.isFollowing ?? true;
    // It keeps its room, and the focus.
    button.classList.toggle("whole", !state.span);
    button.setAttribute("aria-pressed", String(isFollowing));
    say(button, isFollowing ? "following" : "follow");
}

/** Says what verifying found in the files of a stream; its legend and its keys are there where the service verifies. */
function sayFound({ found }) {
    for (const element of document.querySelectorAll(".found")) element.hidden = !found;
    for (const id of ["previous-found", "next-found"]) byId(id).disabled = !recording.found?.items.length;
}

/** The map is fetched when it is shown, and again after a round. */
function showMap() {
    const wanted = { recording, round: answer.round.number, clock: state.clock };
    if (shownView() !== "map" || (mapOf && Object.keys(wanted).every(key => wanted[key] === mapOf[key]))) return;
    mapOf = wanted;
    map.show(recording, answer.map, state.clock);
}

function summarise(row) {
    say(byId("stream-name"), `${row.channel}/${row.quality}`);
    const checked = row.checked ? `what is shown is of ${instantText(parseInstant(row.checked), "utc", 0, 0)}` : "it was never checked";
    const troubles = troublesOf(row).map((text, at) => at === 0 && row.failing !== null ? `This stream fails; ${checked}: ${text}` : text);
    byId("troubles").hidden = troubles.length === 0;
    say(byId("troubles"), troubles.join("\n"));
    const exact = seconds => lengthText(Math.round(seconds * 1e6));
    const instant = iso => instantText(parseInstant(iso), state.clock, recording.span.start);
    const spans = (count, seconds) => count ? `${numberText(count)}, ${exact(seconds)} in all` : "none";
    const words = row.account ? Object.entries(row.account.seconds).filter(([, seconds]) => seconds > 0) : [];
    const known = {
        completeness: completenessText(row),
        words: words.map(([word, seconds]) => `${word} ${exact(seconds)}`).join(", ") || "—",
    };
    const facts = row.start === null ? known : {
        ...known,
        extent: `${instant(row.start)} to ${instant(row.end)}, ${exact(row.extent_seconds)}`,
        covered: exact(row.covered_seconds),
        holes: spans(row.holes, row.hole_seconds) + (row.holes > 1 ? `, the longest ${exact(row.longest_hole_seconds)}` : ""),
        seams: exact(row.seam_seconds),
        "partial-only": exact(row.partial_only_seconds),
        editable: `${exact(row.editable_covered_seconds)}; holes ${spans(row.editable_holes, row.editable_hole_seconds)}`,
        overlaps: exact(row.overlap_seconds),
        "bad names": numberText(row.bad_segments),
        "in the files": row.found ? foundText(row.found) : "not looked at: the service does not verify (--verify-parts)",
    };
    for (const item of byId("summary").querySelectorAll("dd")) say(item, facts[item.dataset.fact] ?? "—");
}

/** Says whether anything is missing that should not be. */
function sayVerdict({ account, failing, missing_spans: spans }) {
    const verdict = failing === null ? account?.verdict ?? "empty" : "failing", element = byId("verdict");
    element.dataset.status = verdict;
    const length = word => lengthText(Math.round(account.seconds[word] * 1e6));
    say(element, {
        missing: () => `${length("missing")} missing in ${counted(spans, "span")}`,
        unknown: () => "some of it cannot be read",
        ahead: () => "dated ahead of now",
        pending: () => `nothing is missing, ${length("pending")} may still come in`,
        partial: () => `nothing is missing, ${length("partial")} partial`,
        complete: () => "nothing is missing",
    }[verdict]?.() ?? verdict);
}

/** Offers what is to be copied of where the line of the timeline stands, null where it is not seen: the line that acknowledges a missing
 * span, and the paths of files that are not what their names say. */
function offer(t, state) {
    const isMissing = state?.name === "missing";
    byId("acknowledge").hidden = !isMissing;
    if (isMissing) say(byId("acknowledgement"), acknowledgement(state, recording.stream));
    const files = t === null ? [] : (recording.found?.items ?? []).filter(it => it.start <= t && t < it.end);
    byId("file").hidden = files.length === 0;
    say(byId("file-paths"), files.map(it => it.path).join("\n"));
}

for (const [name, source] of [["acknowledgement", "acknowledgement"], ["file", "file-paths"]]) {
    byId(`copy-${name}`).addEventListener("click", async () => {
        say(byId(`${name}-copied`), await toClipboard(`${byId(source).textContent}\n`) ? "copied" : notCopied);
        setTimeout(() => say(byId(`${name}-copied`), ""), 4000);
    });
}

/** Says what the shown stream is doing by now. */
function sayCondition() {
    const row = recording && streams.find(recording.stream);
    if (!row) return;
    const { state, age } = conditionOf(row), element = byId("condition");
    element.dataset.state = state;
    // What is ahead is warned of below.
    element.hidden = state === "ahead" || state === "none";
    say(element.firstElementChild, state);
    say(element.lastElementChild, age && `last segment ${age}`);
}

/** Says what went wrong, until the next round. */
function tell(problem) {
    byId("problem").hidden = !problem;
    say(byId("problem"), problem ? `Not everything is shown: ${problem.message}.` : "");
}

let isAsking = false;
let isOvertaken = false;

/** Asks for the streams; when that is under way already, once more after it. */
async function refresh() {
    isOvertaken = isAsking;
    if (isAsking) return;
    isAsking = true;
    do {
        isOvertaken = false;
        try {
            const before = answer?.round.number;
            const [next, found] = await Promise.all([get("streams"), get("findings", { limit: 1 })]);
            addFound(next.streams, found);
            const isFirst = !answer;
            answer = next;
            if (answer.fleet && (isFirst || fleet.isOld)) fleet.refresh();
            tell(null);
            recording?.retry();
            streams.update(answer.streams, answer.round.number < before);
            sayLive();
            show();
        } catch (problem) {
            tell(problem);
        }
    } while (isOvertaken);
    isAsking = false;
}

const sayLive = () => live.update(answer.round, answer.streams.filter(row => row.failing !== null).length, streams.goneCount);

const live = new Live((event, isFirst) => {
    // No event tells what changed before the connection.
    const isKnown = event.round.finished === answer?.round.finished;
    if (isFirst ? !isKnown : event.streams.some(it => isSame(it, recording?.stream))) recording?.makeStale();
    refresh();
}, () => fleet.refresh());

setInterval(() => {
    live.tick();
    streams.tick();
    sayCondition();
}, 1000);

for (const view of ["timeline", "map"]) byId(`view-${view}`).addEventListener("click", () => go({ view }, true));
byId("clock").addEventListener("change", event => go({ clock: event.target.value }));
for (const [id, key] of [["zoom-in", "+"], ["zoom-out", "-"], ["all", "0"], ["previous", "p"], ["next", "n"],
    ["previous-found", "F"], ["next-found", "f"]]) {
    byId(id).addEventListener("click", () => byId("timeline").dispatchEvent(new KeyboardEvent("keydown", { key })));
}
byId("help-button").addEventListener("click", () => byId("help").showModal());
document.addEventListener("keydown", event => {
    if (event.key === "?" && !byId("help").open) byId("help").showModal();
    if (!recording?.span || byId("stream").hidden || !isForTimeline(event)) return;
    if (shownView() === "map") {
        // From the map the keys of what is missing and of findings lead to the timeline; the others mean nothing there.
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (["i", "o"].includes(event.key)) say(byId("map-place"), "A range to cut is selected on the timeline: choose a column, or press Timeline.");
        if (!["n", "p", "f", "F"].includes(event.key)) return;
        go({ view: "timeline" }, true);
    }
    timeline.key(event);
});
byId("select").addEventListener("click", () => {
    timeline.isSelecting = !timeline.isSelecting;
    byId("select").setAttribute("aria-pressed", String(timeline.isSelecting));
});
byId("follow").addEventListener("click", () => timeline.follow(!state.span?.isFollowing));
for (const name of ["hashchange", "popstate"]) {
    addEventListener(name, () => {
        state = read(location.hash);
        show();
    });
}
for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", () => {
        timeline.restyle();
        timeline.paint();
        if (answer) streams.update(answer.streams, false);
        show();
    });
}
show();
refresh();
