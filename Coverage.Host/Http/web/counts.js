// Counts with their nouns. A line never breaks between a number and its unit.

/** A space at which no line breaks. */
export const bound = "\u00a0";

/** A number as people read it. */
export const numberText = count => count.toLocaleString("en");

/** `1 hole`, `2 holes`. */
export const counted = (count, one, many = `${one}s`) => `${numberText(count)}${bound}${count === 1 ? one : many}`;

/** A text from elsewhere, in which each number is bound to the unit that follows. */
export const withUnits = text => text.replace(/(\d) (?=%|[a-z])/g, `$1${bound}`);
