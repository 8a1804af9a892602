"""Runs tutorials, each in a fresh kernel, and writes below every cell what it printed.

    python tutorials/execute.py                         all of them
    python tutorials/execute.py 02_lstm_step.md         one

The pictures go to tutorials/figures. What a cell printed stands below it as a block ```text. The tests run the
tutorials too, and compare: words must be the same, and numbers nearly (other processors round otherwise). A block
```text varies holds what another machine would print otherwise, such as times: it is not compared.

A comment holds what only a test needs to know, such as that a printed difference is small enough. It is run as a cell
after the one above it, and prints nothing. Readers and notebooks don't see it:

    <!-- check
    assert loss < 2
    -->
"""

import argparse
import re
import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
BLOCK = re.compile(r"\A```text( varies)?\n(.*?)\n?```(?:\n|\Z)", re.DOTALL)
CHECK = re.compile(r"^<!-- check\n(.*?)\n-->$", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"^\| \*\*\[\d+\. [^]]+\]\((\w+\.md)\)\*\*, \*([^*]+)\*", re.MULTILINE)  # in README.md's table
COLAB = "https://colab.research.google.com/github/numlstm/numlstm/blob/gh-pages/notebooks"
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
TOLERANCE = 0.1  # of a number, or else one unit in its last place


def tutorials():
    """The paths of all tutorials, in their order."""
    return sorted(HERE.glob("[0-9][0-9]_*.md"))


def here(path):
    """The line below a tutorial's title: where the reader is, among the names that README.md gives to all of them."""
    names = NAMED.findall((HERE / "README.md").read_text(encoding="utf-8"))
    places = " · ".join(f"**{name}**" if file == path.name else f"[{name}]({file})" for file, name in names)
    return f"You are here: {places} · [![Open in Colab](../docs/colab.svg)]({COLAB}/{path.stem}.ipynb)"


def execute(path, folder):
    """The tutorial as a notebook, run in `folder`. Raises nbclient's CellExecutionError where a cell fails."""
    return run(read(path), folder)


def read(path):
    """The tutorial as a notebook. Each of its checks is a cell of code with `check` in its metadata."""
    notebook, cells = jupytext.read(path), []
    for cell in notebook.cells:
        parts = CHECK.split(cell.source) if cell.cell_type == "markdown" else []  # every second one is a check
        for n, part in enumerate(map(str.strip, parts)):
            if n % 2:
                cells.append(nbformat.v4.new_code_cell(part, metadata={"check": True}))
            elif part:
                cells.append(nbformat.v4.new_markdown_cell(part))
        if not parts:
            cells.append(cell)
    notebook.cells = cells
    return notebook


def run(notebook, folder):
    """The notebook, run in `folder`."""
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where).execute()
    return notebook


def printed(cell):
    """What a cell that was run printed, the value of its last line included."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs
             if output.get("name") != "stderr" and "image/png" not in output.get("data", {})]
    return "\n".join(line.rstrip() for line in "".join(texts).rstrip().splitlines())


def recorded(notebook):
    """For every code cell: (cell, index of the cell below it, match of the block ```text that begins that, or None)."""
    for n, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            below = notebook.cells[n + 1].source if n + 1 < len(notebook.cells) else ""
            yield cell, n + 1, BLOCK.match(below)


def differences(notebook):
    """What the run notebook's cells print otherwise than recorded: a list of messages."""
    found = []
    for cell, _, block in recorded(notebook):
        now, then = printed(cell), block[2] if block else ""
        if not (block and block[1]) and not alike(now, then):
            found.append(f"this cell:\n{cell.source}\n\nprinted:\n{now}\n\nbut below it stands:\n{then}\n")
    return found


def alike(now, then):
    """Whether two texts have the same words, and numbers that are nearly the same."""
    if NUMBER.sub("0", now).split() != NUMBER.sub("0", then).split():
        return False
    return all(near(a, b) for a, b in zip(NUMBER.findall(now), NUMBER.findall(then)))


def near(a, b):
    """Whether two printed numbers differ by at most a tenth, or by one in the last place that is printed."""
    unit = 10.0 ** -max(len(text.partition("e")[0].partition(".")[2]) for text in (a, b)) if "e" not in a + b else 0.0
    a, b = (float(text.replace(",", "")) for text in (a, b))
    return abs(a - b) <= max(TOLERANCE * max(a, b), 1.001 * unit)


def write_outputs(notebook, path):
    """Writes the tutorial anew, with what its cells have printed now, and where the reader is."""
    for cell, below, block in reversed(list(recorded(notebook))):
        text = printed(cell)
        new = f"```text{block[1] or '' if block else ''}\n{text}\n```" if text else ""
        if block:
            rest = notebook.cells[below].source[block.end():].lstrip("\n")
            notebook.cells[below].source = "\n\n".join(filter(None, (new, rest)))
        elif new and below < len(notebook.cells) and notebook.cells[below].cell_type == "markdown":
            notebook.cells[below].source = new + "\n\n" + notebook.cells[below].source
        elif new:
            notebook.cells.insert(below, nbformat.v4.new_markdown_cell(new))
    for n, cell in enumerate(notebook.cells):
        if "check" in cell.metadata:
            notebook.cells[n] = nbformat.v4.new_markdown_cell(f"<!-- check\n{cell.source}\n-->")
    text = re.sub(r"^You are here: .*$", lambda _: here(path), jupytext.writes(notebook, "md"), flags=re.MULTILINE)
    path.write_text(re.sub(r"\n{3,}", "\n\n", text), encoding="utf-8")


def asked_for(script, doc, **options):
    """The arguments of a command line. `tutorial` holds the paths of those that it names, or of all."""
    parser = argparse.ArgumentParser(prog=f"tutorials/{script}", description=doc,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tutorial", nargs="*", help="01_....md and so on (default: all)")
    for name, meaning in options.items():
        parser.add_argument(f"--{name}", type=Path, help=meaning)
    arguments = parser.parse_args()
    arguments.tutorial = [HERE / Path(name).name for name in arguments.tutorial] or tutorials()
    return arguments


def main():
    for path in asked_for("execute.py", __doc__).tutorial:
        began = time.perf_counter()
        notebook = execute(path, HERE)
        for message in differences(notebook):
            print(message, file=sys.stderr)
        write_outputs(notebook, path)
        print(f"{path.name}: {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
