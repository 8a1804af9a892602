"use strict";
// From a typed sentence to words of the vocabulary.

// The twin of WORD in numlstm/corpus/text.py, for networks that were trained on raw text. Its last line stands for \X.
const LETTERS = String.raw`[\p{Alphabetic}\p{M}\p{N}\p{Pc}\u200c\u200d\xad]+`;
const WORD = new RegExp(
  String.raw`<unk>|<eos>|\p{Nd}+(?:[.,]\p{Nd}+)+|${LETTERS}(?:['’·״׳\-]${LETTERS})*` +
  String.raw`|\p{RI}{2}|[^\s\p{Cf}\x1c-\x1f](?:\p{M}|\p{EMod}|\u200d\p{ExtPict})*`, "gu");

// The parts of a sentence that are tokens of the network, each as matchAll gives it.
function pieces(network, sentence) {
  if (network.tokens === "characters") {
    const characters = Array.from(new Intl.Segmenter().segment(sentence));
    return characters.map(({ segment, index }) => Object.assign([segment], { index }));
  }
  return network.tokens === "blanks" ? sentence.matchAll(/\S+/g) : sentence.matchAll(WORD);
}

// A sentence -> [{ text, start, end, number, known }, ...], split like the training text. Unknown words are tried in
// lower case, then they are read as <unk>, as `generate` does.
function splitSentence(network, sentence) {
  network.numbers ??= new Map(network.vocabulary.map((word, n) => [word, n]));
  const lower = network.tokens === "words" && !network.keepCase;
  return Array.from(pieces(network, lower ? sentence.toLowerCase() : sentence), (piece) => {
    const text = piece[0].normalize("NFC"), number = network.numbers.get(text) ?? network.numbers.get(text.toLowerCase());
    return { text, start: piece.index, end: piece.index + piece[0].length, number: number ?? network.unk,
             known: number !== undefined };
  });
}

// The number of letters to insert, leave out or replace to get from one word to the other (Levenshtein).
function editDistance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, k) => k);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let k = 1; k <= other.length; k++) {
      next.push(Math.min(row[k] + 1, next[k - 1] + 1, row[k - 1] + (one[i - 1] === other[k - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[other.length];
}

// Up to `count` words of the vocabulary that are spelt like a word, or begin with it. The nearest come first, and among
// equals the more frequent.
function nearWords(network, word, count = 5) {
  const typed = word.toLowerCase().slice(0, 40), limit = Math.ceil((typed.length - 1) / 3);
  const distance = (known) => {
    if (typed.length > 1 && known.startsWith(typed)) return 0.5;
    return Math.abs(known.length - typed.length) > limit ? Infinity : editDistance(typed, known);
  };
  return network.vocabulary.map((known) => ({ known, far: distance(known) }))
    .filter(({ known, far }) => far <= limit && !["<unk>", "<eos>"].includes(known))
    .sort((one, other) => one.far - other.far).slice(0, count).map(({ known }) => known);
}
