"""The page that `explore` writes: its numbers, in a real browser, are NumPy's. It is one file, with any words."""

import html
import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from unicodedata import normalize

import browser
import numpy as np
import pytest
from helpers import ROOT

from numlstm import explore
from numlstm.corpus import agreement, grammar
from numlstm.corpus.text import Reading, raw_words
from numlstm.errors import UserError
from numlstm.network import model, recurrent_dropout, unroll
from numlstm.network.backend import NUMPY
from numlstm.network.cells import CELLS
from numlstm.network.config import Config
from numlstm.page import assembly, description
from numlstm.runs import checkpoint, state

VOCABULARY = ["the", "cat", "cats", "is", "are", "<eos>", "<unk>", "</script><img/src=x>", "<!--", "&amp;", "it's",
              "\x1b"]
SENTENCES = ["Don't pay $1,000.50 <unk>,\u00e9t\u00e9-la 3.5!", "a  b_c\t<eos> x-y-z \u4e2d\u6587 \u00bd",
             "हिन्दी में। می\u200cخواهم e\u0301te\u0301 İstanbul 👩\u200d👩\u200d👧 👍🏽 🇫🇷 צה״ל \u200fx\u0301!"]
CONFIGS = {"lstm": Config(cell="lstm", hidden=7, dropout=0.5, init=0.8), "gru": Config(cell="gru", hidden=5, init=0.8),
           "rnn": Config(cell="rnn", hidden=4, layers=3, init=0.8)}
TYPED = {"lstm": "The cat ct is", "gru": "The cat </script><img/src=x> ct is", "rnn": "the cat </SCRIPT> ct is"}
WORDS = [5, 0, 1, 3, 7, 2, 4, 5]
ZEROED = [[0, 2], [1, 1]]


def network(config, vocabulary=VOCABULARY, data="story.txt", raw=True):
    """A new checkpoint of a network."""
    corpus = SimpleNamespace(vocabulary=list(vocabulary), fingerprint="x")
    settings = {"data": f"/home/x/{data}", "raw": raw, "vocab_size": None, "words": None, "log_agreement": False,
                "backend": "numpy"}
    return state.new_checkpoint(config, settings, corpus)


# --- NumPy's numbers ------------------------------------------------------------------------------

def drawn(config, places):
    """Masks for WORDS at the places of a name such as "up-h": for the page, and for `recurrent_dropout`."""
    rng, cell, H, L = np.random.default_rng(7), CELLS[config.cell], config.hidden, config.layers
    shape = (len(WORDS), L, len(cell.state), H)
    upward, through = rng.integers(0, 3, (len(WORDS), L + 1, H)) * 1.0, rng.integers(0, 3, shape) * 1.0
    for part, name in enumerate(cell.state):
        through[:, :, part] = through[:, :, part] if name in places else 1
    for_page = [({"up": upward[t].tolist()} if "up" in places else {})
                | {name: through[t, :, part].tolist() for part, name in enumerate(cell.state) if name in places}
                for t in range(len(WORDS))]
    upward = list(upward.swapaxes(0, 1)[:, :, None]) if "up" in places else None
    return for_page, recurrent_dropout.Masks(upward, list(through.swapaxes(0, 1)[:, :, :, None]))


def expected(params, masks):
    """What NumPy computes for WORDS: log-probabilities (T, V), and for each layer {part: (T, H)}."""
    dropping = recurrent_dropout.Dropping(NUMPY, masks.state)
    zero = model.zero_state(params, 1)
    logits, _, (_, caches, _) = model.logits_forward(params, np.array(WORDS)[:, None], zero, masks.upward, dropping)
    found = []
    for (_, cell, _), cache in zip(model.recurrent_layers(params), caches):
        parts = {name: cache.states[1:, part, 0] for part, name in enumerate(cell.state)}
        blocks = dict(zip(cell.blocks, np.split(cache.a[:, 0], len(cell.blocks), axis=1)))
        found.append(parts | {name: blocks[name] for name in blocks if name not in ("a", "m")})
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), found


def without_cells(params):
    """The log-probabilities (T, V) of WORDS, with the state of the cells ZEROED set to 0 after every step."""
    states, logs = model.zero_state(params, 1), []
    for word in WORDS:
        h = params["embedding"][None, None, word]
        for layer, (_, cell, weights) in enumerate(model.recurrent_layers(params)):
            _, states[layer], _ = unroll.forward(cell, h, states[layer], weights, NUMPY)
            for _, unit in (zeroed for zeroed in ZEROED if zeroed[0] == layer):
                states[layer][:, :, unit] = 0
            h = states[layer][:1]
        logits = h[0, 0] @ params["softmax.W"] + params["softmax.b"]
        logs.append(logits - np.log(np.exp(logits).sum()))
    return np.array(logs)


# --- the page in a browser ------------------------------------------------------------------------

PLACES = ("up", "h", "up-h", "up-h-c")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """{cell: (float64 parameters, the page's answers)}, from one start of the browser."""
    folder = tmp_path_factory.mktemp("pages")
    browser.find()
    params = {}
    for cell, config in CONFIGS.items():
        saved = network(config, raw=cell == "lstm")
        params[cell] = {name: array.astype(float) for name, array in saved.state.params.items()}
        checkpoint.save(folder / "checkpoint.npz", saved)
        explore.main([str(folder), "--out", str(folder / f"{cell}.html")])
        masks = {places: drawn(config, places.split("-"))[0] for places in PLACES}
        asked = {"name": cell, "words": WORDS, "zeroed": ZEROED, "masks": masks, "sentences": SENTENCES,
                 "typed": TYPED[cell]}
        add_checks(folder / f"{cell}.html", asked)
    frames = "".join(f'<iframe src="{cell}.html" width="800" height="600"></iframe>' for cell in CONFIGS)
    (folder / "all.html").write_text(f"<pre></pre>{frames}<script>const answers = {{}}; onmessage = ({{ data }}) => {{"
                                     "answers[data[0]] = data[1];"
                                     "document.querySelector('pre').textContent = JSON.stringify(answers); };</script>")
    text = re.search("<pre>(.*?)</pre>", browser.text_after(folder / "all.html", folder / "profile"), re.DOTALL)[1]
    answers = json.loads(html.unescape(text))
    return {cell: (params[cell], answers[cell]) for cell in CONFIGS}


def add_checks(path, asked):
    """Adds the script of the tests to a page, and what it is asked."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("<head>", "<head><script>window.errors = []; onerror = (text) => errors.push(text);</script>")
    checks = (ROOT / "tests/page/explore_checks.js").read_text(encoding="utf-8")
    asked = assembly.safe_json(asked)
    path.write_text(text.replace("</body>", f'<script type="application/json" id="asked">{asked}</script>'
                                 f"<script>{checks}</script></body>"), encoding="utf-8")


@pytest.fixture(params=CONFIGS)
def page(request, pages):
    return SimpleNamespace(config=CONFIGS[request.param], params=pages[request.param][0], **pages[request.param][1])


def check(reading, logs, layers):
    """Holds a reading of the page to NumPy's numbers."""
    np.testing.assert_allclose([step["logs"] for step in reading], logs, atol=1e-9)
    for layer, parts in enumerate(layers):
        assert set(parts) == set(reading[0]["parts"][layer])
        for name, values in parts.items():
            np.testing.assert_allclose([step["parts"][layer][name] for step in reading], values, atol=1e-9)


def test_probabilities_states_and_gates(page):
    check(page.read, *expected(page.params, drawn(page.config, [])[1]))


@pytest.mark.parametrize("places", PLACES)
def test_masks(page, places):
    check(page.masked[places], *expected(page.params, drawn(page.config, places.split("-"))[1]))


def test_cells_set_to_zero(page):
    np.testing.assert_allclose([step["logs"] for step in page.zeroed], without_cells(page.params), atol=1e-9)
    assert all(step["parts"][layer][part][unit] == 0 for step in page.zeroed for layer, unit in ZEROED
               for part in CELLS[page.config.cell].state)


def test_masks_are_counted(page):
    L, n = page.config.layers, np.arange(9)
    np.testing.assert_allclose(page.counts["up"], [L + 1] * 9, atol=1e-6)
    np.testing.assert_allclose(page.counts["all"], L + 1 + n, atol=1e-6)
    if page.config.cell == "lstm":  # c is a way past the masks on h, and h one past those on c
        for part in "hc":
            assert np.all(np.diff(page.counts[part]) > 0) and np.all(page.counts[part][1:] < (L + 1 + n)[1:] - 0.1)
    else:
        np.testing.assert_allclose(page.counts["h"], L + 1 + n, atol=1e-6)


def test_drawn_masks(page):
    mask = np.array(page.mask)
    assert set(mask) == {0, 4 / 3} and abs(mask.mean() - 1) < 0.02
    cell = CELLS[page.config.cell]
    after = [tuple(run[0]["parts"][0][cell.state[-1]]) for run in page.runs]
    assert len(set(after)) > 1 and page.read[0]["logs"] not in [run[0]["logs"] for run in page.runs]


def test_temperature(page):
    logs = np.array(page.read[0]["logs"])
    assert page.heat[0] == [float(n == logs.argmax()) for n in range(len(logs))]
    for temperature, shares in zip((0.5, 1, 2), page.heat[1:]):
        np.testing.assert_allclose(shares, np.exp(logs / temperature) / np.exp(logs / temperature).sum(), atol=1e-9)


def test_sentences_are_split_as_in_training(page):
    raw = page.config.cell == "lstm"
    assert page.split == [raw_words([text])[:-1] if raw else normalize("NFC", text).split() for text in SENTENCES]
    assert page.characters == [Reading("characters").split(text) for text in SENTENCES]


def test_the_page_is_used(page):
    assert page.errors == [] and page.stray == 0
    assert page.words == ["(start)", *TYPED[page.config.cell].replace("The", "the").split()]
    assert set(page.bars) <= {*VOCABULARY, "(end)"}
    assert "doesn\u2019t know ct. It reads <unk> in its place. Did you mean cat" in page.unknown
    assert len(page.surprises) == len(page.words) - 1 and all(0 < bits < 60 for bits in page.surprises)
    assert page.at == 1 and page.focused and page.written and page.found == 3
    assert len(page.strips) == {"lstm": 6, "gru": 4, "rnn": 1}[page.config.cell]
    assert page.changes != page.surprises and len(page.changes) == len(page.surprises)
    L = page.config.layers
    assert f"meets {L + 1} masks upward and 4 through time" in page.met
    assert page.counted == [f"{L + 1 + n:.1f}" for n in (0, 1, 2, 4, 8, 16)]
    assert "60 runs" in page.memoryText


# --- the file -------------------------------------------------------------------------------------

class Outline(HTMLParser):
    """What a page loads or links to, and its scripts by their id."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.scripts, self.script = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.loaded += [value for name, value in attributes if name in ("src", "href", "srcset", "action", "data")]
        self.script = dict(attributes) if tag == "script" else None

    def handle_endtag(self, tag):
        self.script = None

    def handle_data(self, data):
        if self.script is not None:
            self.scripts.append((self.script.get("id"), data))


def test_the_page_is_one_file_that_needs_nothing_else(in_tmp, capsys):
    checkpoint.save(in_tmp / "checkpoint.npz", network(CONFIGS["lstm"]))
    explore.main(["."])
    assert re.fullmatch(r"wrote explore\.html, \d\.\d MB: open it in a browser\n", capsys.readouterr().out)
    text = (in_tmp / "explore.html").read_text(encoding="utf-8")
    outline = Outline(text)
    assert outline.loaded == []
    assert re.findall(r"https?:[^\"]*", text) == ["http://www.w3.org/2000/svg"], "only the name of SVG's elements"
    assert not re.search(r"\burl\(|@import|\bimport\b|fetch\(|XMLHttpRequest|innerHTML", text)
    assert "default-src 'none'" in text
    data = dict(outline.scripts)
    assert json.loads(data["network"])["vocabulary"] == VOCABULARY
    assert len(data["numbers"]) == 4 * -(-4 * model.param_total(CONFIGS["lstm"], len(VOCABULARY)) // 3)
    scripts = {path.name: path.read_text("utf-8") for path in (ROOT / "numlstm/page").glob("*.js")}
    assert sorted(scripts.values()) == sorted(code.removeprefix("\n") for name, code in outline.scripts if name is None)
    assert "/home/x" not in text, "no folder of the computer"


def test_the_network_of_the_documentation_fits():
    words = grammar.vocabulary()
    assert 4 * model.param_total(Config(), len(words) + 2) * 4 / 3 < 4_900_000


def test_what_can_be_tried_with_the_built_in_language():
    saved = network(CONFIGS["rnn"], [*grammar.vocabulary(), "<eos>", "<unk>"], "grammar", raw=False)
    saved.settings["data"] = "grammar"
    found = description.describe(saved)
    assert found["examples"] == list(description.EXAMPLES)
    for sentence in found["examples"]:
        grammar.log_probability(sentence.split())  # raises if it is no sentence
    assert found["forms"][0] == ("verb", "is", "are") and ("pair", "or", "then") in found["forms"]
    pairs = {frozenset(pair[1:]) for pair in found["forms"]}
    assert {frozenset((case.right, case.wrong)) for case in agreement.agreements("valid")} <= pairs
    assert len(pairs) == len(found["forms"])


def test_forms_of_other_texts():
    assert description.pairs(VOCABULARY, False) == [("form", "is", "are")]
    assert description.pairs(["x", "<eos>", "<unk>"], False) == [("word", "x", "<eos>")]


def test_what_is_refused(in_tmp, monkeypatch):
    with pytest.raises(UserError, match="there is no checkpoint"):
        explore.main(["nowhere"])
    checkpoint.save(in_tmp / "checkpoint.npz", network(CONFIGS["gru"]))
    with pytest.raises(UserError, match="must end in .html, not 'checkpoint.npz'"):
        explore.main([".", "--out", "checkpoint.npz"])
    with pytest.raises(UserError, match="could not be written"):
        explore.main([".", "--out", "nowhere/x.html"])
    monkeypatch.setattr(description, "LARGEST", 1000)
    with pytest.raises(UserError, match="a browser is slow above .*: train a smaller network"):
        explore.main(["."])
    monkeypatch.setattr(description, "PORTED", ("lstm",))
    with pytest.raises(UserError, match="the page has no cell called gru, only lstm"):
        explore.main(["."])
    assert not list(in_tmp.glob("*.html"))
