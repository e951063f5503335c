// Whether the page follows its service: the age of the last round, and a mark when rounds or the connection have stopped.
// Whether a stream is being recorded is another question (streams.js).
import { clockLead, listen } from "./api.js";
import { byId, say } from "./dom.js";
import { parseInstant, roughText } from "./time.js";

export class Live {
    #element = byId("live");
    #round = null;
    #failing = 0;
    #connection = "opening";

    /** `onRound` gets each event of a round, and whether it is the first of a connection. */
    constructor(onRound) {
        listen(onRound, connection => {
            this.#connection = connection;
            this.tick();
        });
    }

    /** Takes the round that an answer is of, and how many streams failed in it. */
    update(round, failing) {
        this.#round = round;
        this.#failing = failing;
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
        if (this.#failing === 0) return { mark: "connected", text: "connected" };
        return { mark: "failing", text: `connected, but ${this.#failing} ${this.#failing === 1 ? "stream fails" : "streams fail"}` };
    }
}
