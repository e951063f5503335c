// Instants and lengths are whole microseconds in plain numbers: exact until the year 2255, and marked where not.
import { bound } from "./counts.js";

export const second = 1e6;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

const pad = (number, digits = 2) => String(number).padStart(digits, "0");
const isExact = t => Math.abs(t) <= Number.MAX_SAFE_INTEGER;

/** The instant of `2025-11-07T18:00:00.000000Z`. */
export function parseInstant(iso) {
    const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(iso);
    return found ? Date.parse(found[1] + "Z") * 1000 + Number((found[2] ?? "").padEnd(6, "0")) : NaN;
}

/** The parts of an instant on a wall clock: a Date whose UTC parts are the clock's, and the microseconds of its second. */
function wall(t, clock) {
    const micros = ((t % second) + second) % second;
    const date = new Date((t - micros) / 1000);
    return { date: clock === "local" ? new Date(date - offsetOf(t) / 1000) : date, micros };
}

/** What UTC is ahead of local time at an instant. */
export const offsetOf = t => new Date(Math.floor(t / 1000)).getTimezoneOffset() * minute;

/** An instant as the API writes it. */
export function isoText(t) {
    const { date, micros } = wall(t, "utc");
    return `${date.toISOString().slice(0, 19)}.${pad(micros, 6)}Z`;
}

/** The hour's folder that an instant falls into: `2025-11-07T18`. */
export const hourText = t => isoText(t).slice(0, 13);

/** The time of day, with as many digits after the point as asked. */
function timeText({ date, micros }, digits) {
    return date.toISOString().slice(11, 19) + (digits ? `.${pad(micros, 6).slice(0, digits)}` : "");
}

function sinceText(t, digits) {
    const size = Math.abs(t), days = Math.floor(size / day);
    const time = [hour, minute, second].map((unit, at) => pad(Math.floor(size / unit) % (at ? 60 : 24))).join(":");
    const fraction = digits ? `.${pad(size % second, 6).slice(0, digits)}` : "";
    return `${t < 0 ? "−" : "+"}${days ? `${days} d ` : ""}${time}${fraction}`;
}

/** An instant as people read it, to the microsecond; `start` is that of the recording. */
export function instantText(t, clock, start, digits = 6) {
    const about = isExact(t) ? "" : "about ";
    if (clock === "since") return about + sinceText(t - start, digits);
    const parts = wall(t, clock);
    return `${about}${parts.date.toISOString().slice(0, 10)} ${timeText(parts, digits)}${clock === "utc" ? " UTC" : zoneText(t)}`;
}

/** An instant to the minute, without its day where it is of the last 24 hours. */
export function minuteText(t, clock, start, now) {
    const [day, time] = instantText(t, clock, start, 0).split(" ");
    return clock === "since" ? instantText(t, clock, start, 0) : `${now - t < 24 * hour ? "" : `${day} `}${time.slice(0, 5)}`;
}

/** A span in short: what both ends have in common is said once. */
export function rangeText({ start, end }, clock, origin, digits = 6) {
    const [from, to] = [start, end].map(t => instantText(t, clock, origin, digits));
    if (clock === "since") return `${from} to ${to}`;
    const [[day1, time1, zone1], [day2, time2, zone2]] = [from, to].map(text => text.split(" ").slice(-3));
    const isOneZone = zone1 === zone2, about = isExact(start) && isExact(end) ? "" : "about ";
    return `${about}${day1} ${time1}${isOneZone ? "" : ` ${zone1}`} to ${isOneZone && day1 === day2 ? "" : `${day2} `}${time2} ${zone2}`;
}

function zoneText(t) {
    const minutes = -offsetOf(t) / minute, size = Math.abs(minutes);
    return ` ${minutes < 0 ? "−" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** A length in seconds, exact, without trailing zeros. */
export function secondsText(length) {
    const sign = length < 0 ? "-" : "", size = Math.abs(length);
    const fraction = pad(size % second, 6).replace(/0+$/, "");
    return `${sign}${Math.floor(size / second)}${fraction ? `.${fraction}` : ""}`;
}

/** A length as hours, minutes and exact seconds, in the words of the check's table. */
export function lengthText(length) {
    const minutes = Math.floor(length / minute), hours = Math.floor(minutes / 60);
    const units = [[hours, "h"], [minutes % 60, "min"], [secondsText(length % minute), "s"]];
    return inUnits(units.slice(hours ? 0 : minutes ? 1 : 2));
}

/** A length to its two largest units: how old something is. */
export function roughText(length) {
    const s = Math.max(0, Math.floor(length / second));
    const units = [[Math.floor(s / 86400), "d"], [Math.floor(s / 3600) % 24, "h"], [Math.floor(s / 60) % 60, "min"], [s % 60, "s"]];
    const largest = units.findIndex(([count]) => count > 0);
    return inUnits(largest < 0 ? units.slice(3) : units.slice(largest, largest + 2));
}

/** Each number stays with its unit; a line may break between one unit and the next. */
const inUnits = units => units.map(([count, unit]) => `${count}${bound}${unit}`).join(" ");

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The steps of an axis. */
const steps = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5,
    ...[1, 2, 5, 10, 15, 30].map(n => n * second), ...[1, 2, 5, 10, 15, 30].map(n => n * minute),
    ...[1, 2, 3, 6, 12].map(n => n * hour), ...[1, 2, 7, 14].map(n => n * day),
];

/** Marks of an axis over [from, to), at least `least` apart: each an instant and a label. */
export function ticks(from, to, least, clock, start) {
    const step = steps.find(step => step >= least);
    if (clock === "since") {
        const whole = step ?? Math.ceil(least / (30 * day)) * 30 * day;
        return marks(from, to, whole, start, t => sinceLabel(t - start, whole));
    }
    if (step === undefined || step >= day) return calendarMarks(from, to, Math.max(1, Math.ceil(least / day)), clock);
    // Local clocks differ from UTC by whole quarters of an hour, and change at such an instant.
    const grid = Math.min(step, 15 * minute);
    const isOnStep = t => clock === "utc" || (t - offsetOf(t)) % step === 0;
    return marks(from, to, clock === "utc" ? step : grid, 0, t => clockLabel(t, step, clock)).filter(({ t }) => isOnStep(t));
}

function marks(from, to, step, origin, labelOf) {
    const found = [];
    for (let t = origin + Math.ceil((from - origin) / step) * step; t < to; t += step) found.push({ t, label: labelOf(t) });
    return found;
}

/** Marks at midnights: every so many days of a month, else every so many months or years. */
function calendarMarks(from, to, days, clock) {
    const local = clock === "local";
    const at = (year, month, date) => (local ? +new Date(year, month, date) : Date.UTC(year, month, date)) * 1000;
    const first = wall(from, clock).date, last = wall(to, clock).date;
    const months1 = first.getUTCFullYear() * 12 + first.getUTCMonth(), months2 = last.getUTCFullYear() * 12 + last.getUTCMonth();
    const dates = [1, 2, 7, 14].find(step => step >= days);
    const each = dates ? 1 : [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200].find(step => step * 28 >= days) ?? 12000;
    const found = [];
    for (let month = Math.floor(months1 / each) * each; month <= months2; month += each) {
        const year = Math.floor(month / 12), size = new Date(Date.UTC(year, month % 12 + 1, 0)).getUTCDate();
        // The last mark of a month stays clear of the next month's first.
        for (let date = 1; date <= (dates ? size + 1 - dates : 1); date += dates ?? 1) {
            const t = at(year, month % 12, date);
            if (t >= from && t < to) found.push({ t, label: dateLabel(year, month % 12, date, each) });
        }
    }
    return found;
}

function dateLabel(year, month, date, each) {
    return each >= 12 || (month === 0 && date === 1) ? String(year) : date === 1 && each > 1 ? months[month] : `${date} ${months[month]}`;
}

function clockLabel(t, step, clock) {
    const parts = wall(t, clock);
    const text = timeText(parts, digitsFor(step));
    if (step >= minute) {
        return text.startsWith("00:00:00") ? `${parts.date.getUTCDate()} ${months[parts.date.getUTCMonth()]}` : text.slice(0, 5);
    }
    return text;
}

function sinceLabel(t, step) {
    const text = sinceText(t, digitsFor(step));
    return step >= day ? `${t < 0 ? "−" : "+"}${Math.round(Math.abs(t) / day)} d` : step >= minute ? text.replace(/:\d\d$/, "") : text;
}

const digitsFor = step => (step >= second ? 0 : Math.ceil(6 - Math.log10(step) - 1e-9));
