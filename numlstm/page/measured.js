"use strict";
// What is left of a memory, measured in this network: the sentence is read many times with fresh masks.

const RUNS = 60;
let measuring = 0;     // counts measurements, so that an older one can see that it is no longer wanted
let runs = [];         // of the last one, for each word: { memory, first }, first: whether it prefers the first form

function drawMeasured() {
  const { cells, words, places, p, seed, forms } = view, cell = chosenMemory(), frame = byId("memory");
  byId("no-memory").hidden = cells.length > 0;
  byId("measured").hidden = cells.length === 0;
  if (!cell) return;
  whenChanged(frame, [cell, words, places, p, seed, forms], () => {
    const mine = ++measuring, random = randomNumbers(seed);
    const run = () => readWithMasks(network, words, places, p, random).map((step) => memoryAfter(step, cell));
    runs = [];
    inSlices(RUNS, () => runs.push(run()), () => drawMemory(cell), () => mine === measuring);
  });
  if (runs.length) drawMemory(cell);         // only the position has changed
}

// Offers the chosen cells, and returns the one whose memory is wanted: the first, unless another one was selected.
function chosenMemory() {
  const select = byId("memory-of"), names = view.cells.map(cellName), wanted = Math.max(0, names.indexOf(select.value));
  select.replaceChildren(...names.map((name) => make("option", {}, name)));
  select.selectedIndex = wanted;
  return view.cells[wanted];
}

const memoryAfter = ({ parts, logs }, [layer, unit]) => ({
  memory: parts[layer][network.kind.memory][unit], first: logs[view.forms[0]] > logs[view.forms[1]] });

function drawMemory(cell) {
  const { reading, tokens, at } = view, part = network.kind.memory;
  const whole = reading.map((step) => memoryAfter(step, cell).memory);
  const found = meanAndSpread(runs.map((run) => run.map(({ memory }) => memory)));
  const [low, means, high] = [-1, 0, 1].map((sign) => found.map(({ mean, spread }) => mean + sign * spread));
  const [floor, ceiling] = [Math.floor(Math.min(0, ...whole, ...low)), Math.ceil(Math.max(0, ...whole, ...high))];
  drawChart(byId("memory"), {
    label: `${part} of ${cellName(cell)} after each word, without masks and with them`,
    lines: [{ values: whole, look: "line upward", label: "no masks" },
            { values: means, look: "line memory", label: "mean" }],
    band: { low, high }, apart: 56, ticks: ["(start)", ...tokens.map(({ text }) => shorten(text))],
    marks: Object.fromEntries([floor, 0, ceiling].map((value) => [value, decimals(value, 0)])), now: at });
  const [one, other] = formNames(), first = runs.filter((run) => run[at].first).length;
  byId("memory-text").textContent = `${at ? `After “${tokens[at - 1].text}”` : "At the start"}, ${part} of ` +
    `${cellName(cell)} is ${decimals(whole[at])} without masks. With masks it is ${decimals(found[at].mean)} on ` +
    `average, with a standard deviation of ${decimals(found[at].spread)}.`;
  byId("memory-choice").textContent = `Without masks the network prefers ` +
    `“${memoryAfter(reading[at], cell).first ? one : other}” here. With masks it prefers “${one}” in ${first} and ` +
    `“${other}” in ${runs.length - first} of ${plural(runs.length, "run")}.`;
}

const shorten = (text) => (text.length > 7 ? `${text.slice(0, 6)}…` : text);

function startMeasured() {
  byId("memory-of").addEventListener("change", draw);
  parts.push(drawMeasured);
}
