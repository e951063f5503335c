// The page of several fleets: all of them, the nodes and streams of one, and the rows of one stream. The address says which.
import { clockLead, get, listen } from "./api.js";
import { counted, numberText } from "./counts.js";
import { byId, say } from "./dom.js";
import { Fleet } from "./fleet.js";
import { FleetHistory } from "./fleethistory.js";
import { FleetPicture } from "./fleetpicture.js";
import { FleetView } from "./fleetview.js";
import { isForTimeline } from "./keys.js";
import { Rows } from "./rows.js";
import { isSame, read, write } from "./state.js";
import { instantText, lengthText, parseInstant, roughText, second } from "./time.js";
import { Timeline } from "./timeline.js";

/** The statuses, the worst first. */
const worst = ["unknown", "lost", "withheld", "fillable", "pending", "deleted", "whole"];

/** Asking for the fleets again, and the history: how often, at most. */
const often = { fleets: 5000, history: 15000 };

/** From so many streams on there is a field to find some. */
const many = 12;

// Before a login the address is kept after the #.
let state = read(location.search.length > 1 ? location.search : location.hash);
let fleets = null;
let fleet = null;
/** The fleet that is shown where the address names none. */
let usual = null;
let stop = () => {};
let connection = "opening";
/** Why the fleets are not known. */
let trouble = "";
let historyAsked = 0;

const known = () => fleets ?? [];
const exact = seconds => seconds > 0 ? lengthText(Math.round(seconds * 1e6)) : "—";
const keyOf = it => `${it.channel}/${it.quality}`;
const byText = (one, other) => one < other ? -1 : one > other ? 1 : 0;

/** A length of each node, in all. */
const ofNodes = (row, lengthOf) => row.nodes.reduce((sum, node) => sum + lengthOf(node), 0);
const fillable = row => ofNodes(row, node => node.seconds.fillable);
const withheld = row => ofNodes(row, node => node.seconds.withheld);
const endangered = row => ofNodes(row, node => node.endangered_seconds);

const fleetRows = new Rows(byId("fleets"), ["nodes heard", "streams", "as of"], it => go({ fleet: it.fleet, stream: null, span: null }, true));
const streamRows = new Rows(byId("streams"), ["lost", "open", "fillable", "withheld", "endangered", "nodes heard"],
    ({ channel, quality }) => go({ stream: { channel, quality }, span: null }, true));
const timeline = new Timeline(byId("timeline"), new FleetPicture(byId("timeline")), byId("facts"), span => go({ span }), () => {});
const fleetView = new FleetView();
const past = new FleetHistory(come);

/** Goes to another state; a step is one that the browser's Back undoes. */
function go(change, isStep = false) {
    state = { ...state, fleet: chosen(), ...change };
    history[isStep ? "pushState" : "replaceState"](null, "", write(state, "?"));
    follow();
    show();
}

/** The name of the fleet that is shown; null where there is none. */
function chosen() {
    const name = state.fleet ?? usual;
    return known().some(it => it.fleet === name) ? name : null;
}

const ranked = () => known().toSorted((one, other) =>
    worst.indexOf(one.status) - worst.indexOf(other.status) || byText(one.fleet, other.fleet));

const worse = (one, other) => worst.indexOf(one.status) - worst.indexOf(other.status)
    || other.lost_seconds - one.lost_seconds || other.open_seconds - one.open_seconds
    || withheld(other) - withheld(one) || fillable(other) - fillable(one) || byText(keyOf(one), keyOf(other));

/** Listens to the fleet that is shown, and to no other. */
function follow() {
    const name = chosen();
    if (name === (fleet?.which.fleet ?? null)) return;
    stop();
    fleet?.close();
    [fleet, stop, connection] = [null, () => {}, "opening"];
    byId("find").value = "";
    if (name === null) return;
    fleet = new Fleet(come, { fleet: name });
    stop = listen(() => {}, () => {
        fleet.refresh();
        askFleets();
    }, is => {
        connection = is;
        sayLive();
    }, { fleet: name });
    fleet.refresh();
}

/** More is known, or something went wrong. */
function come(problem) {
    // What is wrong with a fleet is said of it.
    const isSaid = !problem || problem.message === fleet?.why;
    byId("problem").hidden = isSaid;
    say(byId("problem"), isSaid ? "" : `Not everything is shown: ${problem.message}.`);
    if (Date.now() - historyAsked > often.history) {
        historyAsked = Date.now();
        past.makeStale();
    }
    show();
}

let isAsking = false;

async function askFleets() {
    if (isAsking || document.hidden) return;
    isAsking = true;
    try {
        ({ fleets } = await get("fleets"));
        trouble = "";
        usual = known().some(it => it.fleet === usual) ? usual : ranked()[0]?.fleet ?? null;
    } catch (problem) {
        trouble = problem.message;
    }
    isAsking = false;
    follow();
    show();
}

function show() {
    byId("clock").value = state.clock;
    sayLive();
    const name = chosen();
    showFleets(name);
    const isLacking = fleets !== null && name === null;
    byId("no-fleet").hidden = !isLacking;
    say(byId("no-fleet"), state.fleet === null ? "There is no fleet." : `There is no fleet named ${state.fleet} (any more).`);
    byId("fleet-shown").hidden = name === null;
    if (name === null) {
        document.title = "Fleets";
        return;
    }
    showFleet(name);
}

function showFleets(name) {
    fleetRows.show(ranked().map(it => ({
        key: it.fleet,
        item: it,
        address: write({ fleet: it.fleet, clock: state.clock }, "?"),
        name: it.fleet,
        status: it.status,
        isChosen: it.fleet === name,
        cells: [it.expected ? `${it.heard} of ${it.expected}` : "—", it.expected ? numberText(it.streams) : "—", it.as_of ? whenText(it.as_of) : "never"],
    })));
}

/** An instant in full: the clock's own numbers mean nothing beside another fleet's. */
const whenText = iso => instantText(parseInstant(iso), state.clock === "since" ? "utc" : state.clock, 0, 0);

function showFleet(name) {
    say(byId("fleet-name"), name);
    const { nodes } = fleet, unheard = nodes.filter(node => !node.known);
    const status = known().find(it => it.fleet === name)?.status ?? "unknown", element = byId("fleet-state");
    element.dataset.status = status;
    say(element, status);
    const note = fleet.why ? `Nothing is known of this fleet now: ${fleet.why}.`
        : unheard.length ? `What ${unheard.map(node => node.name).join(", ")} ${unheard.length === 1 ? "has is" : "have is"} unknown: what the others lack may be there.` : "";
    byId("fleet-note").hidden = !note;
    say(byId("fleet-note"), note);
    fleetView.showNodes(fleet, state.clock);
    const row = showStreams();
    document.title = `${row ? `${keyOf(row)} ${row.status}: ` : ""}${name}: Fleets`;
    const stream = row && fleet.of(row);
    byId("stream").hidden = !row;
    byId("no-stream").hidden = Boolean(row) || !state.stream || !fleet.isKnown || Boolean(fleet.why);
    if (!row) return past.show(fleet, null, fleet.now, state.clock);
    say(byId("stream-name"), keyOf(row));
    byId("stream-state").dataset.status = row.status;
    say(byId("stream-state"), row.status);
    byId("timeline-view").hidden = !stream.span;
    say(byId("nothing"), stream.span ? "" : row.heard < row.expected ? "No node that was heard has anything of this stream; the others are unknown." : "No node has a segment of this stream that counts.");
    const isFollowing = state.span?.isFollowing ?? true;
    byId("follow").classList.toggle("whole", !state.span);
    byId("follow").setAttribute("aria-pressed", String(isFollowing));
    say(byId("follow"), isFollowing ? "following" : "follow");
    timeline.show(stream, state);
    fleetView.show(stream, state.clock);
    past.show(fleet, row, fleet.now, state.clock);
}

/** Shows the streams that fit the filter; the one that is chosen, else the worst. */
function showStreams() {
    const all = fleet.streams.toSorted(worse), words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const row = state.stream ? all.find(it => isSame(it, state.stream)) : all[0];
    const fits = all.filter(it => words.every(word => `${keyOf(it)} ${it.status}`.toLowerCase().includes(word)));
    const hidden = streamRows.show(fits.map(it => ({
        key: keyOf(it),
        item: it,
        address: write({ fleet: fleet.which.fleet, stream: it, clock: state.clock }, "?"),
        name: keyOf(it),
        status: it.status,
        isChosen: it === row,
        cells: [exact(it.lost_seconds), exact(it.open_seconds), exact(fillable(it)), exact(withheld(it)), exact(endangered(it)), `${it.heard} of ${it.expected}`],
    })));
    byId("streams-shown").hidden = all.length === 0;
    byId("find-some").hidden = all.length < many;
    say(byId("streams-count"), [
        words.length ? `${numberText(fits.length)} of ${counted(all.length, "stream")}` : counted(all.length, "stream"),
        hidden > 0 && `${numberText(hidden)} are not listed: write a part of a name or a status`,
    ].filter(Boolean).join("; "));
    return row;
}

/** Says whether the page follows its service. */
function sayLive() {
    const element = byId("live"), [text, age] = element.children, { mark, says } = liveState();
    element.dataset.mark = mark;
    say(text, says);
    const now = fleet?.now;
    say(age, now ? `compared ${roughText((Date.now() + clockLead) * 1000 - now)} ago` : "");
    document.body.classList.toggle("old", mark === "lost");
}

function liveState() {
    if (trouble || connection === "lost") return { mark: "lost", says: "connection lost, trying again" };
    if (!fleets || (fleet && !fleet.isKnown)) return { mark: "waiting", says: "waiting for the first answer" };
    if (!fleet) return { mark: "connected", says: "connected" };
    if (fleet.why) return { mark: "failing", says: "connected, but nothing is known" };
    if (connection === "opening") return { mark: "waiting", says: "connecting" };
    const unheard = fleet.nodes.filter(node => !node.known).length;
    return unheard ? { mark: "failing", says: `connected, but ${counted(unheard, "node is", "nodes are")} unknown` } : { mark: "connected", says: "connected" };
}

let isOldSince = 0;
setInterval(() => {
    sayLive();
    // No event has come for long: the service says whether what is shown still holds.
    if (fleet?.isOld && Date.now() - isOldSince > 15 * second / 1000) {
        isOldSince = Date.now();
        fleet.refresh();
    }
}, 1000);
setInterval(askFleets, often.fleets);
document.addEventListener("visibilitychange", askFleets);

byId("find").addEventListener("input", show);
byId("clock").addEventListener("change", event => go({ clock: event.target.value }));
for (const [id, key] of [["zoom-in", "+"], ["zoom-out", "-"], ["all", "0"], ["previous", "p"], ["next", "n"]]) {
    byId(id).addEventListener("click", () => byId("timeline").dispatchEvent(new KeyboardEvent("keydown", { key })));
}
byId("follow").addEventListener("click", () => timeline.follow(!state.span?.isFollowing));
byId("help-button").addEventListener("click", () => byId("help").showModal());
document.addEventListener("keydown", event => {
    if (event.key === "?" && !byId("help").open && !event.target.closest?.("input, select")) byId("help").showModal();
    if (!byId("timeline-view").hidden && isForTimeline(event)) timeline.key(event);
});
addEventListener("popstate", () => {
    state = read(location.search);
    follow();
    show();
});
for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", () => {
        timeline.restyle();
        timeline.paint();
        show();
    });
}
show();
askFleets();
