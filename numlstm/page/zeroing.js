"use strict";
// The same sentence without a cell: its state is set to 0 after every step. Before and after, side by side.

function drawZeroing() {
  const { cells, zeroed, words, reading, at, tokens } = view;
  byId("zeroed").replaceChildren(...cells.map((cell) => {
    const box = make("input", { type: "checkbox", change: () => zero(cell, box.checked) });
    box.checked = zeroed.some(sameCell(cell));
    return make("label", {}, box, ` ${cellName(cell)}`);
  }));
  byId("no-cells").hidden = cells.length > 0;
  byId("compared").hidden = zeroed.length === 0;
  if (!zeroed.length) return;

  const without = read(network, words, zeroed), of = [reading, without];
  const [before, after] = [surpriseRow("before", reading, "bits"), surpriseRow("after", without, "bits")];
  const change = { name: "change", title: "bits", kind: "signed", size: (bits) => bits / 6,
                   values: before.values.map((bits, t) => (t ? after.values[t] - bits : undefined)),
                   text: (bits) => (bits > 0 ? "+" : "") + decimals(bits, 1) };
  drawStrips(byId("changes"), [before, after, change]);
  of.forEach(({ [at]: { logs } }, n) =>
    drawBars(byId(["bars-before", "bars-after"][n]), likeliest(heat(logs, 1), words[at + 1], 6)));
  const [one] = formNames(), shares = of.map((one) => percent(shareOfFirst(one[at].logs)));
  byId("odds-change").textContent = `${at ? `After “${tokens[at - 1].text}”` : "At the start"}, of the two forms ` +
    `“${one}” has ${shares[0]} before, ${shares[1]} after.`;
}

function zero(cell, on) {
  view.zeroed = [...view.zeroed.filter((other) => !sameCell(cell)(other)), ...(on ? [cell] : [])];
  const position = view.cells.findIndex(sameCell(cell));
  draw();
  byId("zeroed").querySelectorAll("input")[position].focus();   // it was drawn anew
}

const startZeroing = () => parts.push(drawZeroing);
