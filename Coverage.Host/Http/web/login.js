// The form needs none of this: it says what was wrong, and keeps the view that the address holds after the #.
document.getElementById("wrong").hidden = location.search !== "?wrong";
const form = document.forms[0];
form.action = `login${location.hash}`;

// A browser sends no strict cookie when a link on another site is followed, but does so from here.
const known = await fetch("api/v1/openapi.json", { method: "HEAD" }).catch(() => null);
if (known?.ok) location.replace(`./${location.hash}`);
