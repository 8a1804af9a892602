"use strict";
// Two forms weighed against each other after every word: "is" or "are".

const GROUPS = { verb: "verbs: one or several", pronoun: "pronouns", pair: "words that close", form: "forms",
                 word: "words" };

function drawForms() {
  const [one, other] = formNames();
  const row = { name: `${one} ▲`, title: `${other} ▼`, kind: "signed", size: (share) => 2 * share - 1,
                values: view.reading.map(({ logs }) => shareOfFirst(logs)), text: percent };
  drawStrips(byId("agreement"), [row]);
  const { logs } = view.reading[view.at], [p, q] = view.forms.map((form) => Math.exp(logs[form]));
  byId("odds").textContent = `As the next word here: “${one}” ${percent(p)}, “${other}” ${percent(q)}. ` +
    `Of the two alone, “${one}” has ${percent(shareOfFirst(logs))}.`;
}

// Takes two words as the forms. What is not in the vocabulary is said, and changes nothing.
function setForms(words) {
  const numbers = words.map((word) => splitSentence(network, word)), unknown = words.find((word, n) =>
    numbers[n].length !== 1 || !numbers[n][0].known);
  const near = unknown === undefined ? [] : nearWords(network, unknown);
  byId("form-error").textContent = unknown === undefined ? "" :
    `The network doesn’t know “${unknown}” as one word.${near.length ? ` Near: ${near.join(", ")}.` : ""}`;
  if (unknown === undefined) {
    view.forms = numbers.map(([{ number }]) => number);
    draw();
  }
}

function startForms() {
  const pairs = byId("pairs"), inputs = [byId("form-one"), byId("form-two")];
  const kinds = new Map();
  network.forms.forEach(([kind, one, other], n) => {
    if (!kinds.has(kind)) kinds.set(kind, make("optgroup", { label: GROUPS[kind] }));
    kinds.get(kind).append(make("option", { value: n }, `${one} / ${other}`));
  });
  pairs.append(...kinds.values());
  const take = (pair) => {
    inputs.forEach((input, n) => { input.value = pair[n]; });
    setForms(pair);
  };
  pairs.addEventListener("change", () => take(network.forms[pairs.value].slice(1)));
  inputs.forEach((input) => input.addEventListener("input", () => setForms(inputs.map(({ value }) => value.trim()))));
  inputs.forEach((input, n) => { input.value = network.forms[0][n + 1]; });
  view.forms = network.forms[0].slice(1).map((word) => network.vocabulary.indexOf(word));
  parts.push(drawForms);
}
