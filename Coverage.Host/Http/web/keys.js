// Which keys the page leaves to what is focused.

/** Keys that move the page itself; the timeline takes them only when it is focused. */
const ofPage = ["Home", "End", "Enter"];

/** Elements that take every key, and those that take the arrows, to scroll. */
const takesAll = "input, select, textarea, dialog", takesArrows = "[role=region], #list";

/** Whether a key that was pressed anywhere on the page is for the timeline. */
export function isForTimeline({ key, target, defaultPrevented }) {
    if (defaultPrevented || ofPage.includes(key) || target.closest?.(takesAll)) return false;
    return !(key.startsWith("Arrow") && target.closest?.(takesArrows));
}
