"use strict";
// The words that the network expects next, and text that it writes itself.

const MOST_BARS = 10, MOST_WRITTEN = 40;
let writing = randomNumbers(1);

// softmax(log p / temperature), as numbers to be divided by their sum. Temperature 0: all for the likeliest word.
function heat(logs, temperature) {
  const largest = logs.reduce((one, other) => Math.max(one, other));
  const hot = logs.map((log) => (temperature ? Math.exp((log - largest) / temperature) : Number(log === largest)));
  const total = hot.reduce((sum, number) => sum + number, 0);
  return hot.map((number) => number / total);
}

// The likeliest words, and the one that does come next if it isn't among them, for `drawBars`.
function likeliest(shares, next, count = MOST_BARS) {
  const order = Array.from(shares.keys()).sort((one, other) => shares[other] - shares[one]);
  const best = order.slice(0, count);
  if (next !== undefined && !best.includes(next)) best.push(next);
  return best.map((number) => ({ word: shown(network, number), share: shares[number], real: number === next }));
}

function drawExpected() {
  const { reading, at, words, temperature } = view;
  drawBars(byId("expected"), likeliest(heat(reading[at].logs, temperature), words[at + 1]));
  byId("after").textContent = at === 0 ? "at the start of a sentence" : `after “${view.tokens[at - 1].text}”`;
  byId("warmth").textContent = decimals(temperature, 1);
  byId("next").hidden = at === words.length - 1;
  byId("next-word").textContent = at < words.length - 1 ? shown(network, words[at + 1]) : "";
}

// Draws a word from probabilities.
function drawWord(shares, random) {
  let point = random();
  const found = shares.findIndex((share) => (point -= share) < 0);
  return found < 0 ? shares.indexOf(Math.max(...shares)) : found;
}

// Words that the network writes after those up to the cursor: one, or all up to the end of the sentence.
function written(count) {
  const words = view.words.slice(0, view.at + 1), start = words.length;
  let state = view.reading[view.at].parts;
  while (words.length < start + count) {
    const word = drawWord(heat(predict(network, state), view.temperature), writing);
    words.push(word);
    if (word === network.eos) break;
    state = step(network, embedding(network, word), state);
  }
  return words.slice(start);
}

function writeOn(count) {
  const before = view.tokens.slice(0, view.at).map(({ text }) => text);
  const tokens = [...before, ...written(count).map((number) => network.vocabulary[number])];
  typeSentence(tokens.join(network.tokens === "characters" ? "" : " "));
}

function startExpecting() {
  byId("temperature").addEventListener("input", (event) => {
    view.temperature = Number(event.target.value);
    draw();
  });
  byId("write-word").addEventListener("click", () => writeOn(1));
  byId("write-sentence").addEventListener("click", () => writeOn(MOST_WRITTEN));
  parts.push(drawExpected);
}
