// The service's answers. Addresses are relative, so that they hold behind a proxy's path.

/** What the service, or the way to it, has against a request. */
export class Problem extends Error {
    /** `status` is that of the answer, where there is one. */
    constructor(reason, status) {
        super(reason);
        this.status = status;
    }
}

/** How far the service's clock is ahead of this machine's, in milliseconds. */
export let clockLead = 0;

const address = (path, parameters) => `api/v1/${path}${parameters ? `?${new URLSearchParams(parameters)}` : ""}`;

/**
 * The response of the service. When the service says when to ask again, this asks again then, until the signal aborts it;
 * `onLater` gets the reason and the seconds until then.
 */
async function ask(path, parameters, signal, onLater) {
    for (;;) {
        let answer;
        try {
            answer = await fetch(address(path, parameters), { cache: "no-cache", signal });
        } catch {
            throw new Problem("the service does not answer");
        }
        // A cut that is refused is an answer.
        if (answer.ok || answer.status === 406) {
            const date = Date.parse(answer.headers.get("Date"));
            if (date) clockLead = date + 500 - Date.now();
            return answer;
        }
        if (answer.status === 401) location.assign(`login#${(location.hash || location.search).slice(1)}`);
        const later = Math.min(Number(answer.headers.get("Retry-After")), 30);
        const reason = await reasonOf(answer);
        if (!later || signal?.aborted || ![429, 503].includes(answer.status)) throw new Problem(reason, answer.status);
        onLater?.(reason, later);
        await new Promise(resolve => setTimeout(resolve, later * 1000));
    }
}

async function reasonOf(answer) {
    try {
        const problem = await answer.json();
        return problem.detail ?? problem.title ?? `status ${answer.status}`;
    } catch {
        return `status ${answer.status}`;
    }
}

/** The JSON that a path of the API answers. */
export async function get(path, parameters, signal, onLater) {
    const answer = await ask(path, parameters, signal, onLater);
    try {
        return await answer.json();
    } catch {
        throw new Problem("the service's answer broke off");
    }
}

/** The text that a path of the API answers. */
export const text = async (path, parameters) => (await ask(path, parameters)).text();

/** The picture that a path of the API answers. */
export const picture = async (path, parameters) => (await ask(path, parameters)).blob();

/**
 * Listens to the rounds until the function that it gives is called: `onRound` gets each, and whether it is the first of a connection, which
 * tells no changes; `onFleet` is called at each of a fleet; `onState` gets "opening", "open" or "lost". The parameters name the fleet, where
 * there are several. A hidden page lets go, for a browser has few connections to a service.
 */
export function listen(onRound, onFleet, onState, parameters) {
    let source = null, timer = 0;

    function close() {
        clearTimeout(timer);
        source?.close();
        source = null;
    }

    function open() {
        close();
        if (document.hidden) return;
        let isFirst = true;
        source = new EventSource(address("events", parameters));
        source.addEventListener("open", () => {
            isFirst = true;
            onState("open");
        });
        source.addEventListener("round", event => {
            onRound(JSON.parse(event.data), isFirst);
            isFirst = false;
        });
        source.addEventListener("fleet", onFleet);
        source.addEventListener("error", event => {
            onState("lost");
            // A browser tries again by itself, but not after an answer that is none.
            if (event.target.readyState === EventSource.CLOSED) timer = setTimeout(open, 3000);
        });
    }

    function reopen() {
        onState("opening");
        open();
    }

    document.addEventListener("visibilitychange", reopen);
    open();
    return () => {
        document.removeEventListener("visibilitychange", reopen);
        close();
    };
}
