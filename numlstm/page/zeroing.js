"use strict";
// The same sentence without a cell: its state is set to 0 after every step. Before and after, side by side.

function drawZeroing() {
  const { cells, zeroed } = view;
  whenChanged(byId("zeroed"), cells, (group) => group.replaceChildren(...cells.map((cell) => {
    const box = make("input", { type: "checkbox", change: () => zero(cell, box.checked) });
    return make("label", {}, box, ` ${cellName(cell)}`);
  })));
  byId("zeroed").querySelectorAll("input").forEach((box, n) => { box.checked = zeroed.some(sameCell(cells[n])); });
  byId("no-cells").hidden = cells.length > 0;
  byId("compared").hidden = zeroed.length === 0;
  if (zeroed.length) drawComparison(view.reading, read(network, view.words, zeroed));
}

function drawComparison(...readings) {
  const { words, at, tokens } = view;
  const [before, after] = readings.map((reading, n) => surpriseRow(["before", "after"][n], reading, "bits"));
  drawStrips(byId("changes"), [before, after, {
    name: "change", title: "bits", kind: "signed",
    values: before.values.map((bits, t) => (t ? after.values[t] - bits : undefined)),
    size: (bits) => (Math.abs(bits) < 0.05 ? 0 : bits / 6),
    text: (bits) => (bits >= 0.05 ? "+" : "") + decimals(bits, 1),
  }]);
  const logs = readings.map((reading) => reading[at].logs), [one] = formNames();
  logs.forEach((after, n) =>
    drawBars(byId(["bars-before", "bars-after"][n]), likeliest(heat(after, 1), words[at + 1], 6)));
  byId("odds-change").textContent = `${at ? `After “${tokens[at - 1].text}”` : "At the start"}, of the two forms ` +
    `“${one}” has ${logs.map((after) => percent(shareOfFirst(after))).join(" before, ")} after.`;
}

function zero(cell, on) {
  view.zeroed = [...view.zeroed.filter((other) => !sameCell(cell)(other)), ...(on ? [cell] : [])];
  draw();
}

const startZeroing = () => parts.push(drawZeroing);
