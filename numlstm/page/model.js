"use strict";
// The network: the twin of numlstm/network/model.py, for one sentence and without its backward function.
//
//     h_t^0 = embedding of word t
//     h_t^l = cell(D(h_t^{l-1}), state_{t-1}^l)          l = 1 .. L
//     y_t   = softmax(D(h_t^L) W + b)
//
// D is dropout. Without masks it is the identity. A matrix lies row by row in one array: (I, X) has I * X numbers.

// A network from its description (numlstm/page/description.py) and its numbers in base64.
function loadNetwork(description, base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const floats = new Float32Array(bytes.buffer);
  const params = {};
  let start = 0;
  for (const [name, shape] of description.shapes) {
    const size = shape.reduce((product, length) => product * length, 1);
    params[name] = floats.subarray(start, start += size);
  }
  const layers = [];
  for (let l = 1; l <= description.depth; l++) {
    const [Wx, Wh, b] = ["Wx", "Wh", "b"].map((part) => params[`${description.cell}${l}.${part}`]);
    layers.push({ Wx, Wh, b });
  }
  return { ...description, params, layers, H: description.hidden, V: description.vocabulary.length,
           kind: CELLS[description.cell] };
}

// sums[from + k] += (x W)[k], for x with I numbers and W (I, width).
function addProduct(sums, from, x, W, width) {
  for (let i = 0; i < x.length; i++) {
    const xi = x[i], row = i * width;
    if (xi !== 0) for (let k = 0; k < width; k++) sums[from + k] += xi * W[row + k];
  }
}

const times = (array, mask) => (mask ? array.map((value, j) => value * mask[j]) : array);   // D, or the identity

const embedding = (network, word) =>
  Float64Array.from(network.params.embedding.subarray(word * network.H, (word + 1) * network.H));

// The state at the beginning of a text: for every layer { h, c } or { h }, all 0.
const zeroState = (network) => network.layers.map(() =>
  Object.fromEntries(network.state.map((part) => [part, new Float64Array(network.H)])));

// One step of all layers, from x, an embedding, and the state before: for every layer its gates and its new state.
//
// masks: { up: [L + 1 masks], h: [L masks], c: [L masks] }, each of H numbers. up are those of the paper. Those on h
// and c strike the state before the step. Any of the three may be missing.
// zeroed: [[layer, unit], ...], cells whose state is set to 0 after every step. Layers count from 0 here.
function step(network, x, state, { masks = {}, zeroed = [] } = {}) {
  const { H, xBlocks, hBlocks, blocks, kind } = network;
  let h = x;
  return network.layers.map((layer, l) => {
    const prev = Object.fromEntries(network.state.map((part) => [part, times(state[l][part], masks[part]?.[l])]));
    const a = Float64Array.from(layer.b);                                          // blocks.length * H numbers
    addProduct(a, 0, times(h, masks.up?.[l]), layer.Wx, xBlocks * H);
    addProduct(a, (blocks.length - hBlocks) * H, prev.h, layer.Wh, hBlocks * H);
    const parts = kind.step(a, prev, H);
    for (const [, unit] of zeroed.filter(([of]) => of === l)) {
      for (const part of network.state) parts[part][unit] = 0;
    }
    h = parts.h;
    return parts;
  });
}

// log p of every word to come next, V numbers (nats), after a step.
function predict(network, parts, masks = {}) {
  const logits = Float64Array.from(network.params["softmax.b"]);
  addProduct(logits, 0, times(parts.at(-1).h, masks.up?.at(-1)), network.params["softmax.W"], network.V);
  const largest = logits.reduce((one, other) => Math.max(one, other));             // exp can't overflow
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return logits.map((logit) => logit - largest - Math.log(total));
}

// Reads words, numbers of the vocabulary: for every word { parts, logs }, from `step` and `predict`.
function read(network, words, zeroed = []) {
  let state = zeroState(network);
  return words.map((word) => {
    state = step(network, embedding(network, word), state, { zeroed });
    return { parts: state, logs: predict(network, state) };
  });
}

// The surprise of word t, in bits: -log2 p, from the prediction after the word before it.
const surprise = (reading, words, t) => -reading[t - 1].logs[words[t]] / Math.LN2;
