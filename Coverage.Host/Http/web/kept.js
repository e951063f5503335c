// Answers kept by a key. A stale one is asked for again when it is next wanted, and stays until the new one is there.

const most = 100;

export class Kept {
    #entries = new Map();
    #load;
    #onCome;

    /** `load` gives a promise of a key's value; `onCome` is called when one has come: with nothing, or the problem. */
    constructor(load, onCome) {
        this.#load = load;
        this.#onCome = onCome;
    }

    /** The value of a key as far as it is known; what is not fresh is asked for. */
    get(key) {
        const entry = this.#entries.get(key) ?? { value: undefined, isFresh: false, isLoading: false };
        this.#entries.delete(key);
        this.#entries.set(key, entry);
        if (this.#entries.size > most) this.#entries.delete(this.#entries.keys().next().value);
        if (!entry.isFresh && !entry.isLoading) this.#ask(key, entry);
        return entry.value;
    }

    /** Whether a key's latest value is there. */
    isFresh(key) {
        return this.#entries.get(key)?.isFresh ?? false;
    }

    /** Everything may have changed. */
    makeStale() {
        for (const entry of this.#entries.values()) {
            entry.isFresh = false;
            entry.isOvertaken = entry.isLoading;
        }
    }

    /** What could not be read is wanted again. */
    retry() {
        for (const entry of this.#entries.values()) {
            if (entry.isLacking) entry.isFresh = false;
        }
    }

    async #ask(key, entry) {
        entry.isLoading = true;
        entry.isOvertaken = false;
        let problem = null;
        try {
            entry.value = await this.#load(key);
        } catch (caught) {
            problem = caught;
        }
        // After a problem it is asked for again with the next round, not at once.
        entry.isLoading = false;
        entry.isLacking = problem !== null;
        entry.isFresh = !entry.isOvertaken;
        this.#onCome(problem);
    }
}
