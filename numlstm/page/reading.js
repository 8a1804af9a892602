"use strict";
// The sentence: typed, split, and read word by word, with surprise as colour.

let playing = 0;       // the timer, while the sentence is read by itself

function drawReading() {
  const { words, at, tokens, reading, tooLong } = view;
  drawStrips(byId("surprises"), [surpriseRow("surprise", reading, "bits")]);
  const place = byId("place");
  place.max = words.length - 1;
  place.value = at;
  const read = at === 0 ? "nothing read yet" : `read “${tokens[at - 1].text}”, ${at} of ${words.length - 1}`;
  const bits = at === 0 ? "" : `: ${decimals(surprise(reading, words, at), 1)} bits`;
  place.setAttribute("aria-valuetext", read + bits);
  byId("read").textContent = read[0].toUpperCase() + read.slice(1) + bits;
  byId("mean").textContent = at === 0 ? "" : meanSurprise();
  byId("back").disabled = at === 0;
  byId("forward").disabled = at === words.length - 1;
  byId("long").hidden = !tooLong;
  drawUnknown(tokens);
}

function meanSurprise() {
  const bits = view.words.slice(1, view.at + 1).map((_, n) => surprise(view.reading, view.words, n + 1));
  const mean = bits.reduce((sum, one) => sum + one, 0) / bits.length;
  return `${decimals(mean, 1)} bits a word so far: perplexity ${decimals(2 ** mean, 1)}`;
}

// Words that the network doesn't know, each with words that are spelt like it.
function drawUnknown(tokens) {
  const unknown = new Map(tokens.filter(({ known }) => !known).map((token) => [token.text, token]));  // each word once
  byId("unknown").replaceChildren(...Array.from(unknown.values()).slice(0, 5).map((token) => {
    const near = nearWords(network, token.text);
    return make("p", {}, "The network doesn’t know ", make("b", {}, token.text), ". It reads <unk> in its place. ",
      ...(near.length ? ["Did you mean ", ...near.map((word) =>
        make("button", { type: "button", class: "word", click: () => replaceToken(token, word) }, word)), "?"] : []));
  }));
}

function replaceToken({ start, end }, word) {
  const text = byId("sentence").value;
  typeSentence(text.slice(0, start) + word + text.slice(end));
  byId("sentence").focus();
}

function play(on) {
  clearInterval(playing);
  playing = 0;
  if (on) {
    if (view.at === view.words.length - 1) goTo(0);
    playing = setInterval(() => {
      goTo(view.at + 1);
      if (view.at === view.words.length - 1) play(false);
    }, 700);
  }
  byId("play").textContent = on ? "Pause" : "Play";
}

function startReading() {
  const sentence = byId("sentence");
  sentence.addEventListener("input", () => setSentence(sentence.value));
  byId("place").addEventListener("input", () => goTo(Number(byId("place").value)));
  byId("back").addEventListener("click", () => goTo(view.at - 1));
  byId("forward").addEventListener("click", () => goTo(view.at + 1));
  byId("play").addEventListener("click", () => play(!playing));
  byId("examples").append(...network.examples.map((text) =>
    make("button", { type: "button", class: "example", click: () => typeSentence(text) }, text)));
  byId("examples").hidden = !network.examples.length;
  document.addEventListener("keydown", steer);
  parts.push(drawReading);
}

// Keys for the whole page, where nothing else takes them.
function steer(event) {
  const of = event.target.tagName;
  if (["INPUT", "SELECT", "TEXTAREA"].includes(of) || event.ctrlKey || event.altKey || event.metaKey) return;
  const jumps = { ArrowLeft: view.at - 1, ArrowRight: view.at + 1, Home: 0, End: Infinity };
  if (event.key in jumps) goTo(jumps[event.key]);
  else if (event.key === " " && of !== "BUTTON" && of !== "SUMMARY") play(!playing);
  else return;
  event.preventDefault();
}
