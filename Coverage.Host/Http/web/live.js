// Whether the page follows its service: the age of the last round, and a mark when rounds or the connection have stopped.
// Whether a stream is being recorded is another question (streams.js).
import { clockLead, listen } from "./api.js";
import { byId, say } from "./dom.js";
import { parseInstant, roughText } from "./time.js";
import { counted } from "./counts.js";

export class Live {
    #element = byId("live");
    #round = null;
    #failing = 0;
    #gone = 0;
    #connection = "opening";

    /** `onRound` gets each event of a round, and whether it is the first of a connection; `onFleet` is called at each round of a fleet. */
    constructor(onRound, onFleet) {
        listen(onRound, onFleet, connection => {
            this.#connection = connection;
            this.tick();
        });
    }

    /** Takes the round that an answer is of, how many streams failed in it, and how many are no longer in it. */
    update(round, failing, gone) {
        this.#round = round;
        this.#failing = failing;
        this.#gone = gone;
        this.tick();
    }

    /** Says how old it is by now. */
    tick() {
        const { mark, text } = this.#state();
        this.#element.dataset.mark = mark;
        const [state, age] = this.#element.children;
        say(state, text);
        say(age, this.#round ? `checked ${roughText(this.#age)} ago` : "");
        document.body.classList.toggle("old", mark === "lost" || mark === "stopped");
    }

    get #age() {
        return (Date.now() + clockLead) * 1000 - parseInstant(this.#round.finished);
    }

    #state() {
        if (this.#connection === "lost") return { mark: "lost", text: "connection lost, trying again" };
        if (!this.#round) return { mark: "waiting", text: "waiting for the first round" };
        if (this.#connection === "opening") return { mark: "waiting", text: "connecting" };
        // A round takes its time, and the service's clock is known to a second.
        const patience = Math.max(3, 3 * this.#round.interval_seconds) * 1e6;
        if (this.#age > patience) return { mark: "stopped", text: "the checks have stopped" };
        const troubles = [
            this.#failing && counted(this.#failing, "stream fails", "streams fail"),
            this.#gone && `${counted(this.#gone, "stream is", "streams are")} no longer reported`,
        ].filter(Boolean);
        if (troubles.length === 0) return { mark: "connected", text: "connected" };
        return { mark: "failing", text: `connected, but ${troubles.join(", ")}` };
    }
}
