"use strict";
// What is left of a memory after n steps, counted: 100 cells that should keep the number 1, and dropout's formulas.

const CELLS_DRAWN = 100, MOST_STEPS = 20;
const PLACE_NAMES = { up: "on the upward arrows", h: "on h of the step before", c: "on c of the step before" };

function drawCounted() {
  const { p, steps, places, seed } = view, upward = places.up ? network.depth + 1 : 0;
  const through = masksInTime(network, places, steps), met = upward + through, left = (1 - p) ** met;
  const random = randomNumbers(seed);
  const lives = Array.from({ length: CELLS_DRAWN }, () => Math.log(1 - random()) / Math.log(1 - p));  // masks survived
  const alive = lives.map((masks) => masks >= met), count = alive.filter(Boolean).length;

  byId("p-shown").textContent = decimals(p);
  byId("steps-shown").textContent = steps;
  byId("dots").replaceChildren(...alive.map((one) => make("i", { class: one ? "alive" : undefined })));
  byId("dots").setAttribute("aria-label", `${count} of ${CELLS_DRAWN} cells still hold something`);
  byId("dots-text").textContent = `${count} of ${CELLS_DRAWN} still hold something.`;
  byId("met").replaceChildren(`On its way a memory meets ${upward} masks upward and ${through} through time. ` +
    `It survives all ${met} with probability (1 − ${decimals(p)})`, make("sup", {}, met), ` = ${percent(left)}. ` +
    `What survives is then ${size((1 - p) ** -met)} times as large, so the mean is right; but nothing can rely on it.`);
  byId("rail").hidden = !(network.kind.memory === "c" && places.h && !places.c);
  drawSurvival(p, steps, upward && through ? upward : 0);
  whenChanged(byId("count"), places, drawMeasuredCount);
}

const size = (number) => (number < 10 ? decimals(number) : Math.round(number).toLocaleString("en"));

// The formulas: what has met the masks upward alone, and what has met a mask at every step. both: how many masks
// upward come on top of these, 0 if none.
function drawSurvival(p, steps, both) {
  const ticks = Array.from({ length: MOST_STEPS + 1 }, (_, n) => n), upward = (1 - p) ** (network.depth + 1);
  const lines = [{ values: ticks.map(() => upward), look: "line upward", label: "upward" },
                 { values: ticks.map((n) => (1 - p) ** n), look: "line memory", label: "in time" }];
  if (both) lines.push({ values: ticks.map((n) => (1 - p) ** (both + n)), look: "line both", label: "both" });
  drawChart(byId("survival"), {
    label: `The share that survives n steps: (1 - p) to the power of n where masks are on the memory, and ` +
           `${percent(upward)} where they are on the upward arrows`,
    lines, apart: 8, ticks: ticks.map((n) => (n % 5 ? "" : String(n))), now: steps,
    marks: { 0: "0 %", 0.5: "50 %", 1: "100 %" } });
}

// Masks counted by the network itself.
function drawMeasuredCount(table) {
  const counts = countMasks(network, view.places, MOST_STEPS), shownSteps = [0, 1, 2, 4, 8, 16];
  const row = (name, texts, tag) => make("tr", {}, make("th", { scope: "row" }, name),
                                         ...texts.map((text) => make(tag, tag === "th" ? { scope: "col" } : {}, text)));
  table.replaceChildren(make("thead", {}, row("steps n", shownSteps, "th")),
    make("tbody", {}, row("masks met", shownSteps.map((n) => decimals(counts[n], 1)), "td")));
}

function startCounted() {
  byId("p").value = view.p;
  byId("p").addEventListener("input", (event) => { view.p = Number(event.target.value); draw(); });
  byId("steps").addEventListener("input", (event) => { view.steps = Number(event.target.value); draw(); });
  byId("again").addEventListener("click", () => { view.seed += 1; draw(); });
  byId("places").append(...["up", ...network.state].map((place) => {
    const box = make("input", { type: "checkbox", change: () => { view.places[place] = box.checked; draw(); } });
    box.checked = view.places[place];
    const memory = network.kind.memory === place ? ", the memory" : "";
    return make("label", {}, box, ` ${PLACE_NAMES[place]}${memory}`);
  }));
  parts.push(drawCounted);
}
