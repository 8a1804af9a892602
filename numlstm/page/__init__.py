"""A page of HTML on which a trained network reads, for `explore`: one file, without a server and without a network.

`description` says what the page knows of a network, `assembly` puts everything into one file: `template.html`,
`style.css` and the scripts.

Scripts, in reading order: `cells.js` (one step of a cell, beside its equations), `model.js` (the stack), `dropout.js`
(masks), `words.js` (from a typed sentence to words). They are the network, and a test holds their numbers to NumPy's.
Then what is seen: `draw.js`, `strips.js`, `chart.js` (elements, rows of numbers over words, curves), `view.js` (what
the reader has chosen), a script for each part of the page (`reading.js`, `expecting.js`, `inside.js`, `forms.js`,
`zeroing.js`, `counted.js`, `measured.js`), and `main.js`.
"""
