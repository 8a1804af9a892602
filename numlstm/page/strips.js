"use strict";
// Strips: rows of numbers over the words of the sentence. They are tables, so a screen reader can read them.

// What the background of a number shows. Each function returns CSS variables: from and to, the ends of a bar in
// percent of the cell's height, or tint, the depth of a colour.
const BACKGROUNDS = {
  level: (value) => ({ "--from": "0%", "--to": `${100 * value}%` }),                    // 0 .. 1, from the ground up
  signed: (value) => ({ "--from": `${50 + 50 * Math.min(0, value)}%`, "--to": `${50 + 50 * Math.max(0, value)}%` }),
  surprise: (value) => ({ "--tint": value }),                                           // 0 .. 1
};

// Draws rows into a table. rows: [{ name, title, kind, values, size, text }]: kind is one of BACKGROUNDS, values[t] is
// the number of word t (undefined: nothing), size(value) its size for the background, text(value) what is written.
function drawStrips(table, rows, choose = goTo) {
  const body = rows.map((row) => make("tr", {},
    make("th", { scope: "row", title: row.title }, row.name, ...(row.title ? [make("small", {}, row.title)] : [])),
    ...view.words.map((_, t) => drawNumber(row, t))));
  table.replaceChildren(make("thead", {}, drawWords(choose)), make("tbody", {}, ...body));
  follow(table);
}

function drawWords(choose) {
  const { network, words, tokens, at } = view;
  return make("tr", {}, make("th", { scope: "col", class: "corner" }, make("span", { class: "unseen" }, "row")),
    ...words.map((word, t) => {
      const unknown = t > 0 && !tokens[t - 1].known;
      const text = t === 0 ? "(start)" : unknown ? tokens[t - 1].text : shown(network, word);
      return make("th", { scope: "col", class: `${placeOf(t)}${unknown ? " unknown" : ""}`,
                          "aria-current": t === at ? "step" : undefined },
        make("button", { type: "button", tabindex: "-1", click: () => choose(t),
                         title: unknown ? "not in the vocabulary: read as <unk>" : undefined }, text));
    }));
}

const placeOf = (t) => (t === view.at ? "now" : t > view.at ? "unread" : "read");

function drawNumber(row, t) {
  const value = row.values[t];
  if (value === undefined || t > view.at) return make("td", { class: placeOf(t) });
  const size = Math.min(1, Math.max(-1, row.size ? row.size(value) : value));
  const cell = make("td", { class: `${placeOf(t)} ${row.kind}${size < 0 ? " below" : ""}` }, row.text(value));
  for (const [name, css] of Object.entries(BACKGROUNDS[row.kind](size))) cell.style.setProperty(name, css);
  return cell;
}

// Scrolls a table sideways, within its frame, to the word that is being read.
function follow(table) {
  const frame = table.parentElement, now = table.querySelector("th.now"), name = table.querySelector("th.corner");
  if (!now || frame.scrollWidth <= frame.clientWidth) return;
  const left = now.offsetLeft - name.offsetWidth, right = now.offsetLeft + now.offsetWidth - frame.clientWidth;
  if (frame.scrollLeft > left - 30) frame.scrollLeft = left - 30;
  if (frame.scrollLeft < right + 30) frame.scrollLeft = right + 30;
}

// The row of surprises of a reading. It is deepest at 12 bits.
const surpriseRow = (name, reading, title) => ({
  name, title, kind: "surprise", values: view.words.map((_, t) => (t ? surprise(reading, view.words, t) : undefined)),
  size: (bits) => bits / 12, text: (bits) => decimals(bits, 1),
});
