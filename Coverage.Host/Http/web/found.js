// What verifying found in the files of the streams, by counts.
import { counted } from "./counts.js";

/** Adds to each row of /streams what /findings has of its files, or null where the service does not verify. */
export function addFound(rows, { parts, streams }) {
    for (const row of rows) {
        const its = streams.find(it => it.channel === row.channel && it.quality === row.quality);
        row.found = parts > 0 && its ? { verified: its.verified, ...its.findings } : null;
    }
}

/** How many segments of a kind have each finding that any has. */
const countsText = counts => Object.entries(counts).filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`).join(", ");

/** The mark that findings in full segments leave in a row of the list. */
export function foundMark({ found }) {
    const full = found && countsText(found.full);
    return full ? `full segments are not what their names say: ${full}` : "";
}

/** What was found in the files of a stream, and in how many that were read. */
export function foundText({ verified, ...kinds }) {
    const texts = Object.entries(kinds).map(([kind, counts]) => [kind, countsText(counts)]).filter(([, text]) => text);
    const wrong = texts.map(([kind, text]) => `${kind} segments: ${text}`).join("; ") || "nothing wrong";
    return `${wrong}; ${counted(verified, "file")} read since the service started, some perhaps more than once`;
}
