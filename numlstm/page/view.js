"use strict";
// What the reader of the page has chosen, and what follows from it. Every change ends with `draw`.

const network = loadNetwork(JSON.parse(byId("network").textContent), byId("numbers").textContent);
const MOST_WORDS = 100, MOST_CELLS = 6;

const view = {
  network,
  tokens: [],          // of the typed sentence, from `splitSentence`
  words: [],           // their numbers, with <eos> before them: a sentence begins where another one has ended
  reading: [],         // from `read`
  at: 0,               // the position of the last word that has been read
  temperature: 1,
  forms: [],           // two numbers of words
  cells: [],           // the chosen cells: [layer, unit], from 0
  zeroed: [],          // those that are set to 0
  p: network.dropout || 0.5, steps: 10,
  places: { up: true, h: false, c: false },
  seed: 1,
};

const parts = [];      // a function for each part of the page, which draws it
const draw = () => parts.forEach((part) => part());

// Takes a new sentence, and reads it up to position `at`, or to its end.
function setSentence(sentence, at = Infinity) {
  const tokens = splitSentence(network, sentence);
  view.tooLong = tokens.length > MOST_WORDS;
  view.tokens = tokens.slice(0, MOST_WORDS);
  view.words = [network.eos, ...view.tokens.map(({ number }) => number)];
  view.reading = read(network, view.words);
  goTo(at);
}

// Reads up to position t.
function goTo(t) {
  view.at = Math.min(Math.max(t, 0), view.words.length - 1);
  draw();
}

// The sentence that is typed, or another one in its place.
function typeSentence(sentence, at) {
  byId("sentence").value = sentence;
  setSentence(sentence, at);
}

const cellName = ([layer, unit]) => `layer ${layer + 1}, unit ${unit + 1}`;
const sameCell = ([layer, unit]) => (other) => other[0] === layer && other[1] === unit;

// The two forms as words.
const formNames = () => view.forms.map((number) => network.vocabulary[number]);

// The share of the first form among the two, after `logs`: from 0 to 1.
const shareOfFirst = (logs) => 1 / (1 + Math.exp(logs[view.forms[1]] - logs[view.forms[0]]));
