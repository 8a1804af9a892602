// What the tests ask of a page of `explore`, in the page itself. The answers go to the page around it.
const asked = JSON.parse(document.getElementById("asked").textContent);
const plain = (value) => JSON.parse(JSON.stringify(value, (_, part) =>
  (ArrayBuffer.isView(part) ? Array.from(part) : part)));
const typed = (id, value) => {
  byId(id).value = value;
  byId(id).dispatchEvent(new Event("input", { bubbles: true }));
};
const texts = (selector) => Array.from(document.querySelectorAll(selector), (found) => found.textContent);
const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

function numbers() {
  const found = { read: read(network, asked.words), zeroed: read(network, asked.words, asked.zeroed), masked: {} };
  for (const [name, masks] of Object.entries(asked.masks)) {
    let state = zeroState(network);
    found.masked[name] = asked.words.map((word, t) => {
      state = step(network, embedding(network, word), state, { masks: masks[t] });
      return { parts: state, logs: predict(network, state, masks[t]) };
    });
  }
  const counted = (h, c) => countMasks(network, { up: true, h, c }, 8);
  found.counts = { up: counted(false, false), all: counted(true, true), h: counted(true, false),
                   c: counted(false, true) };
  found.mask = dropoutMask(10000, 0.25, randomNumbers(1));
  const random = randomNumbers(1);
  found.runs = Array.from({ length: 20 }, () => readWithMasks(network, [0, 1], { up: true }, 0.5, random));
  found.heat = [0, 0.5, 1, 2].map((temperature) => heat(found.read[0].logs, temperature));
  const split = (reading) => asked.sentences.map((sentence) => splitSentence(reading, sentence).map(({ text }) => text));
  [found.split, found.characters] = [split(network), split({ ...network, tokens: "characters" })];
  return found;
}

function use() {
  const found = { bars: texts("#expected .word") };
  typed("sentence", asked.typed);
  found.words = texts("#surprises thead th").slice(1);
  found.unknown = byId("unknown").textContent;
  found.surprises = texts("#surprises td").filter(Boolean).map((text) => Number(text));
  press("Home");
  press("ArrowRight");
  found.at = view.at;
  press("End");
  choose([[1, 1], [0, 2], [0, 1]]);
  document.querySelectorAll("#cells figcaption button")[2].click();
  found.strips = texts("#cells tbody th").slice(0, texts("#cells tbody th").length / 2);
  byId("zeroed").querySelector("input").click();
  byId("zeroed").querySelector("input").focus();
  draw();
  found.focused = document.activeElement.closest("#zeroed") !== null;
  found.changes = texts("#changes tr:nth-child(2) td").filter(Boolean).map((text) => Number(text));
  typed("p", 0.5);
  typed("steps", 4);
  for (const box of byId("places").querySelectorAll("input")) if (!box.checked) box.click();
  found.met = byId("met").textContent;
  found.counted = texts("#count td");
  const before = view.tokens.length;
  writeOn(5);
  found.written = view.tokens.slice(before).every(({ known }) => known) && view.tokens.length > before;
  byId("by-voice").click();
  return found;
}

const answer = { errors: window.errors, ...plain(numbers()), ...use() };
setTimeout(() => {
  Object.assign(answer, { memoryText: byId("memory-choice").textContent, found: view.cells.length,
                          stray: document.querySelectorAll("main img, main script").length });
  parent.postMessage([asked.name, answer], "*");
}, 5000);
