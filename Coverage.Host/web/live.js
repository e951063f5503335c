// Whether what is shown is live: the age of the last round, and a mark when rounds or the connection have stopped.
import { clockLead, listen } from "./api.js";
import { byId, say } from "./dom.js";
import { parseInstant, roughText } from "./time.js";

export class Live {
    #element = byId("live");
    #round = null;
    #isConnected = false;
    #lostAt = null;

    /** `onRound` gets each event of a round. */
    constructor(onRound) {
        listen(event => {
            this.update(event.round);
            onRound(event);
        }, isConnected => {
            this.#isConnected = isConnected;
            this.#lostAt = isConnected ? null : this.#lostAt ?? Date.now();
            this.tick();
        });
    }

    /** Takes the round that an answer is of. */
    update(round) {
        this.#round = round;
        this.tick();
    }

    /** Says how old it is by now. */
    tick() {
        const { mark, text, detail } = this.#state();
        this.#element.dataset.mark = mark;
        const [state, age] = this.#element.children;
        say(state, text);
        say(age, detail);
        document.body.classList.toggle("old", mark === "lost" || mark === "stopped");
    }

    #state() {
        const age = this.#round && (Date.now() + clockLead) * 1000 - parseInstant(this.#round.finished);
        const shown = this.#round ? `looked at ${roughText(age)} ago` : "";
        if (!this.#isConnected && this.#lostAt !== null) {
            return { mark: "lost", text: "connection lost", detail: `${shown}${shown && "; "}trying again` };
        }
        if (!this.#round) return { mark: "waiting", text: "waiting for the first round", detail: "" };
        if (age > 3 * this.#round.interval_seconds * 1e6 && age > 3e6) {
            return { mark: "stopped", text: "the checks have stopped", detail: shown };
        }
        return { mark: "live", text: "live", detail: shown };
    }
}
