"use strict";
// One step of a cell: the twins of numlstm/network/cells/*.py, without their backward functions.
//
// a is the pre-activation: blocks of H numbers, one behind the other. `model.js` has computed it:
//
//     a  = b
//     a += x_t Wx          in the first blocks
//     a += h_{t-1} Wh      in the last blocks
//
// prev is the state before, { h } or { h, c }. A step returns the new state and the gates, as arrays of H numbers by
// their names. Numbers are float64, made of float32 weights.

const sigmoid = (a) => 0.5 + 0.5 * Math.tanh(0.5 * a);   // 1 / (1 + exp(-a)), and can't overflow

const arrays = (count, H) => Array.from({ length: count }, () => new Float64Array(H));

// The long short-term memory, section 3.1 of the paper. The blocks of a are i, f, o, g.
function lstmStep(a, prev, H) {
  const [i, f, o, g, c, h] = arrays(6, H);
  for (let j = 0; j < H; j++) {
    i[j] = sigmoid(a[j]);                                // i = sigm(a_i)        input gate
    f[j] = sigmoid(a[H + j]);                            // f = sigm(a_f)        forget gate
    o[j] = sigmoid(a[2 * H + j]);                        // o = sigm(a_o)        output gate
    g[j] = Math.tanh(a[3 * H + j]);                      // g = tanh(a_g)        what may be written
    c[j] = f[j] * prev.c[j] + i[j] * g[j];               // c_t = f * c_{t-1} + i * g
    h[j] = o[j] * Math.tanh(c[j]);                       // h_t = o * tanh(c_t)
  }
  return { i, f, o, g, c, h };
}

// The gated recurrent unit (Cho et al. 2014), with the reset after the product. The blocks of a are n, r, z, m.
function gruStep(a, prev, H) {
  const [r, z, n, h] = arrays(4, H);
  for (let j = 0; j < H; j++) {
    const m = a[3 * H + j];                              // m = h_{t-1} Wh + b_m
    r[j] = sigmoid(a[H + j]);                            // r = sigm(a_r)        reset gate
    z[j] = sigmoid(a[2 * H + j]);                        // z = sigm(a_z)        update gate
    n[j] = Math.tanh(a[j] + r[j] * m);                   // n = tanh(a_n + r * m)
    h[j] = n[j] + z[j] * (prev.h[j] - n[j]);             // h_t = n + z * (h_{t-1} - n)
  }
  return { r, z, n, h };
}

// The plain recurrent cell (Elman 1990). Its single block is a.
function rnnStep(a, prev, H) {
  const [h] = arrays(1, H);
  for (let j = 0; j < H; j++) h[j] = Math.tanh(a[j]);    // h_t = tanh(a)
  return { h };
}

// memory: the part of the state that lasts. parts: what the page shows of a cell; a gate lies between 0 and 1.
const CELLS = {
  lstm: {
    name: "LSTM", step: lstmStep, memory: "c", gates: ["i", "f", "o"],
    parts: { i: "input gate", f: "forget gate", o: "output gate", g: "new content", c: "memory", h: "output" },
  },
  gru: {
    name: "GRU", step: gruStep, memory: "h", gates: ["r", "z"],
    parts: { r: "reset gate", z: "update gate", n: "new content", h: "memory and output" },
  },
  rnn: { name: "plain RNN", step: rnnStep, memory: "h", gates: [], parts: { h: "memory and output" } },
};
