"use strict";
// Starts the page.

function introduce() {
  const { kind, depth, hidden, parameters, vocabulary, text } = network;
  byId("about").textContent = `This one: ${kind.name}, ${plural(depth, "layer")} of ${plural(hidden, "cell")}, ` +
    `${plural(parameters, "number")} learned, ${plural(vocabulary.length, "word")} known. ` +
    (text === "grammar" ? "Its text was numlstm’s built-in language." : `Its text: ${text}.`);
}

// A sentence to begin with: the first example, read up to the word before the last form; or one by the network itself.
function begin() {
  const names = formNames(), example = network.examples[0]?.split(" ");
  if (example) {
    const form = example.findLastIndex((word) => names.includes(word));
    setSentence("");
    typeSentence(example.join(" "), form < 0 ? Infinity : form);
  } else {
    setSentence("");
    view.temperature = 0.7;
    byId("temperature").value = 0.7;
    writeOn(12);
  }
  choose(best(allCells(), voice, 2));
}

introduce();
startReading();
startExpecting();
startInside();
startForms();
startZeroing();
startCounted();
startMeasured();
begin();
