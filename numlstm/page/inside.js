"use strict";
// The gates and the memory of chosen cells, as strips over the words; and how to find cells worth looking at.

// The rows of a cell: its gates from 0 to 1, all else from below 0 to above. A memory can be larger than 1.
function cellRows([layer, unit]) {
  return Object.entries(network.kind.parts).map(([part, title]) => {
    const values = view.reading.map(({ parts }) => parts[layer][part][unit]);
    const largest = Math.max(1, ...values.map(Math.abs)), gate = network.kind.gates.includes(part);
    return { name: part, title, kind: gate ? "level" : "signed", values, size: (value) => value / largest,
             text: (value) => decimals(value) };
  });
}

function drawInside() {
  whenChanged(byId("cells"), view.cells, (frame) => frame.replaceChildren(...view.cells.map((cell) => {
    const table = make("table", { class: "strips", "aria-label": `Cell: ${cellName(cell)}` });
    const remove = make("button", { type: "button", click: () => choose(without(cell)),
                                    "aria-label": `Remove ${cellName(cell)}` }, "Remove");
    return make("figure", {}, make("figcaption", {}, make("b", {}, `Cell: ${cellName(cell)}`), remove),
                make("div", { class: "frame", tabindex: "0", role: "group", "aria-label": cellName(cell) }, table));
  })));
  view.cells.forEach((cell, n) => drawStrips(byId("cells").querySelectorAll("table")[n], cellRows(cell)));
  const [one, other] = formNames();
  byId("by-voice").textContent = `that speak loudest for “${one}” or “${other}” here`;
  byId("none").hidden = view.cells.length > 0;
}

// Chooses cells, and forgets which of the others were set to 0.
function choose(cells) {
  view.cells = cells.slice(-MOST_CELLS);
  view.zeroed = view.zeroed.filter((cell) => view.cells.some(sameCell(cell)));
  draw();
}

const without = (cell) => view.cells.filter((other) => !sameCell(cell)(other));
const addCell = (cell) => choose([...without(cell), cell]);

const allCells = () => network.layers.flatMap((_, layer) =>
  Array.from({ length: network.H }, (_, unit) => [layer, unit]));

// How much of the log of p(one form) / p(other form) comes straight from a cell of the top layer, after the last word
// that was read: h times the difference of its two weights.
function voice([layer, unit]) {
  if (layer < network.depth - 1) return 0;
  const W = network.params["softmax.W"], [one, other] = view.forms.map((form) => W[unit * network.V + form]);
  return Math.abs(view.reading[view.at].parts[layer].h[unit] * (one - other));
}

// How far a cell's memory moves within the sentence.
function movement([layer, unit]) {
  const values = view.reading.map(({ parts }) => parts[layer][network.kind.memory][unit]);
  return Math.max(...values) - Math.min(...values);
}

const best = (cells, score, count) => cells.map((cell) => ({ cell, size: score(cell) }))
  .sort((one, other) => other.size - one.size).slice(0, count).map(({ cell }) => cell);

function startInside() {
  byId("layer").append(...network.layers.map((_, layer) => make("option", { value: layer }, layer + 1)));
  byId("unit").max = network.H;
  byId("choose-cell").addEventListener("submit", (event) => {
    event.preventDefault();
    addCell([Number(byId("layer").value), Number(byId("unit").value) - 1]);
  });
  byId("by-movement").addEventListener("click", () => choose(best(allCells(), movement, 3)));
  byId("by-voice").addEventListener("click", () => choose(best(allCells(), voice, 3)));
  parts.push(drawInside);
}
