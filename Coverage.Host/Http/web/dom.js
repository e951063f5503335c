// Elements of the page. Whatever comes from outside is set as text.

export const byId = id => document.getElementById(id);

/** Sets a text where it is another, so that nothing is read out twice. */
export function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

/** A new element with texts or elements in it. */
export function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
}
