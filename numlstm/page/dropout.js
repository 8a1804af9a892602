"use strict";
// Dropout's masks, and what they leave of a memory. Tutorial: tutorials/06_dropout.md
//
// places: { up, h, c }, whether masks strike the upward arrows, h and c of the step before. The paper has up alone.

// Random numbers between 0 and 1, the same for the same seed (mulberry32, by Tommy Ettinger).
function randomNumbers(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// A mask for D: 0 with probability p, else 1 / (1 - p), so that D(x) is x on average.
const dropoutMask = (H, p, random) => new Float64Array(H).map(() => (random() >= p ? 1 / (1 - p) : 0));

// Masks for one step, as `step` takes them. make() makes a mask.
function drawMasks(network, places, make) {
  const several = (count) => Array.from({ length: count }, make);
  const masks = places.up ? { up: several(network.depth + 1) } : {};
  for (const part of network.state) if (places[part]) masks[part] = several(network.depth);
  return masks;
}

// How many masks a memory meets on its way through `steps` steps: those of the arrows that lead through time.
const masksInTime = (network, places, steps) => (places[network.kind.memory] ? steps : 0);

// A small network with the same cell and as many layers, in which a faint word passes through every step.
function linearNetwork(network, H = 8) {
  const random = randomNumbers(1), drawn = (size) => new Float64Array(size).map(() => random() / 2);
  const { xBlocks, hBlocks, blocks } = network;
  const layers = network.layers.map(() => ({ Wx: drawn(H * xBlocks * H), Wh: drawn(H * hBlocks * H),
                                             b: new Float64Array(blocks.length * H) }));
  return { ...network, layers, H };
}

// Counts masks by the cell's own arithmetic: those that a word, read once, meets on its way to the prediction n steps
// later, for n = 0 .. steps. Every mask is 1/2 everywhere, so what is left tells how many there were.
//
// The biases are 0 and the word is faint, so the network is linear: gates stay at 1/2. The weights are positive, so
// that no two paths from the word to the prediction cancel out. The result is a mean over all paths.
function countMasks(network, places, steps) {
  const linear = linearNetwork(network);
  const response = (value) => {
    const masks = drawMasks(linear, places, () => new Float64Array(linear.H).fill(value));
    let state = zeroState(linear), x = new Float64Array(linear.H).fill(1e-30);
    return Array.from({ length: steps + 1 }, () => {
      state = step(linear, x, state, { masks });
      x = new Float64Array(linear.H);
      return times(state.at(-1).h, masks.up?.at(-1)).reduce((sum, number) => sum + number, 0);
    });
  };
  const [whole, halved] = [response(1), response(0.5)];
  return whole.map((size, n) => Math.log2(size / halved[n]));
}

// Reads words once with fresh masks: for every word { parts, logs }, as `read` does without masks.
function readWithMasks(network, words, places, p, random) {
  let state = zeroState(network);
  return words.map((word) => {
    const masks = drawMasks(network, places, () => dropoutMask(network.H, p, random));
    state = step(network, embedding(network, word), state, { masks });
    return { parts: state, logs: predict(network, state, masks) };
  });
}

// Mean and standard deviation, over several runs, of the number at each position: [{ mean, spread }, ...].
const meanAndSpread = (runs) => runs[0].map((_, t) => {
  const mean = runs.reduce((sum, run) => sum + run[t], 0) / runs.length;
  const square = runs.reduce((sum, run) => sum + (run[t] - mean) ** 2, 0) / runs.length;
  return { mean, spread: Math.sqrt(square) };
});
