// The page of the API is a library's: this adds the way back to the live page.
const link = Object.assign(document.createElement("a"), { href: "../", textContent: "← Coverage, the live page" });
const way = Object.assign(document.createElement("nav"), { className: "way", ariaLabel: "way back" });
way.append(link);
document.body.prepend(way);
