"use strict";
// Small pieces of the page. Words and names enter it as text, never as HTML, whatever they contain.

const byId = (id) => document.getElementById(id);

// An element: make("p", { class: "note" }, "text", anotherElement). A function becomes a listener: { click: f }.
function make(tag, attributes = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") found.addEventListener(name, value);
    else if (value === true) found.setAttribute(name, "");
    else if (value !== undefined && value !== false) found.setAttribute(name, value);
  }
  found.append(...children);
  return found;
}

// A minus sign as wide as a plus, so that columns of numbers stay in line.
const signed = (text) => text.replace("-", "\u2212");
const decimals = (value, digits = 2) => signed(value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1"));
const percent = (share) => `${decimals(100 * share, share < 1e-3 ? 4 : share < 0.0995 ? 1 : 0)}\u00a0%`;
const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

// A word for people: the end of a sentence has a name.
const shown = (network, number) => (number === network.eos ? "(end)" : network.vocabulary[number]);

// Probabilities as a list of bars. items: [{ word, share, real }]; real: the word that does come next.
function drawBars(list, items) {
  const largest = Math.max(...items.map(({ share }) => share), 1e-9);
  list.replaceChildren(...items.map(({ word, share, real }) => {
    const bar = make("span", { class: "bar", "aria-hidden": "true" });
    bar.style.width = `${(100 * share) / largest}%`;
    return make("li", { class: real ? "real" : undefined },
      make("span", { class: "word" }, word), make("span", { class: "track", "aria-hidden": "true" }, bar),
      make("span", { class: "share" }, percent(share)));
  }));
}

// Calls change(element) if `what` isn't what it was at the last call. What stays the same isn't drawn anew, so that it
// keeps the keyboard's focus.
function whenChanged(element, what, change) {
  const key = JSON.stringify(what);
  if (element.dataset.of === key) return;
  element.dataset.of = key;
  change(element);
}

// Works through work(0) ... work(count - 1) in slices, so that the page stays alive. Calls progress(done) after each
// slice, and stops as soon as wanted() is false.
function inSlices(count, work, progress, wanted) {
  let done = 0;
  const slice = () => {
    if (!wanted()) return;
    const end = performance.now() + 40;
    do work(done++); while (done < count && performance.now() < end);
    progress(done);
    if (done < count) setTimeout(slice, 0);
  };
  setTimeout(slice, 0);
}
