"use strict";
// Curves, as SVG.

const svg = (tag, attributes, ...children) => {
  const found = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  found.append(...children);
  return found;
};

// A chart in `frame`. lines: [{ values, look, label }], look a class of style.css; band: { low, high }, two rows of
// numbers; ticks: texts below, at least `apart` pixels from each other; marks: texts beside the horizontal lines,
// { number: text }; now: a position to mark; label: what a screen reader says.
function drawChart(frame, { lines, band, ticks, apart, marks, now, label, height = 220 }) {
  const [left, top, bottom] = [44, 12, height - 34];
  const right = 12 + 7.5 * Math.max(...lines.map(({ label }) => label.length));
  const step = Math.max(apart, (frame.clientWidth - left - right) / Math.max(1, ticks.length - 1));
  const width = left + step * (ticks.length - 1) + right;
  const all = [...lines.flatMap(({ values }) => values), ...(band ? [...band.low, ...band.high] : []),
               ...Object.keys(marks).map(Number)];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (t) => left + step * t, y = (value) => bottom - ((value - low) / (high - low || 1)) * (bottom - top);
  const path = (values, from = 0) => values.map((value, t) => `${x(from + t).toFixed(1)},${y(value).toFixed(1)}`);

  const parts = Object.entries(marks).flatMap(([value, text]) => [
    svg("line", { class: "grid", x1: left, x2: x(ticks.length - 1), y1: y(value), y2: y(value) }),
    svg("text", { class: "tick", x: left - 8, y: y(value) + 4, "text-anchor": "end" }, text)]);
  if (band) {
    const edge = [...path(band.high), ...path(band.low).reverse()];
    parts.push(svg("polygon", { class: "band", points: edge.join(" ") }));
  }
  if (now !== undefined) parts.push(svg("line", { class: "now", x1: x(now), x2: x(now), y1: top, y2: bottom }));
  const ends = spread(lines.map(({ values }) => y(values.at(-1))), 15);
  lines.forEach(({ values, look, label }, n) => parts.push(
    svg("polyline", { class: look, points: path(values).join(" ") }),
    svg("text", { class: "name", x: x(values.length - 1) + 8, y: ends[n] + 4 }, label)));
  ticks.forEach((text, t) => parts.push(
    svg("text", { class: t === now ? "tick at" : "tick", x: x(t), y: bottom + 18, "text-anchor": "middle" }, text)));
  frame.replaceChildren(svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
                                     "aria-label": label }, ...parts));
  if (now !== undefined) frame.scrollLeft = x(now) - frame.clientWidth / 2;   // where the frame is narrow: a phone
}

// Moves heights apart, upward, so that the names at the ends of the lines don't overlap.
function spread(heights, distance) {
  const order = heights.map((_, n) => n).sort((one, other) => heights[other] - heights[one]);
  const found = [...heights];
  order.forEach((n, rank) => {
    if (rank) found[n] = Math.min(found[n], found[order[rank - 1]] - distance);
  });
  return found;
}
