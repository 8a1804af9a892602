"""Makes notebooks of the tutorials, to work in: for JupyterLab, VS Code or Colab.

    python tutorials/notebooks.py                         all of them
    python tutorials/notebooks.py 02_lstm_step.md         one

Each is written beside its tutorial, where links and data are found. It holds no outputs and no pictures, since its
cells will print and draw them: the first one sees to that, and installs numlstm where the notebook runs in Colab.
Below an exercise is an empty cell, and then the solution, folded, in a cell of text.
Answers to questions (`<details><summary>Answers</summary>`) are text, and stay where they are.
"""

import re

import jupytext
import nbformat
from execute import CHECK, asked_for

SOLUTION = re.compile(r"(<details><summary>Solution</summary>.*?</details>)", re.DOTALL)
CODE = re.compile(r"```python\n(.*?)```\n(?:\n```text[^\n]*\n.*?```\n)?", re.DOTALL)  # with what it has printed
SAVE = re.compile(r'^figure\.savefig\("(.*?)".*\n', re.MULTILINE)
HERE = re.compile(r"^You are here: (.*) · \[!\[.*$", re.MULTILINE)  # before the badge, which opens the notebook
FIRST = """\
import sys

if "google.colab" in sys.modules:  # Colab has neither numlstm nor the files beside this tutorial
    !git clone --quiet --depth 1 https://github.com/numlstm/numlstm
    %pip install --quiet ./numlstm
    %cd numlstm/tutorials
%matplotlib inline"""
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def notebook(path):
    """The notebook of a tutorial."""
    text = CHECK.sub("", path.read_text(encoding="utf-8"))
    parts = SOLUTION.split(text)  # every second one is a solution
    parts[::2] = map(without_results, parts[::2])
    parts[1::2] = [f"```python\n# Your answer\n```\n\n<!-- #region -->\n{part}\n<!-- #endregion -->"
                   for part in parts[1::2]]  # jupytext makes one cell of a region
    return beginning(jupytext.reads(HERE.sub(r"You are here: \1", "".join(parts)), "md"))


def beginning(made):
    """The notebook with its first cell of code before all others."""
    place = next(n for n, cell in enumerate(made.cells) if cell.cell_type == "code")
    made.cells.insert(place, nbformat.v4.new_code_cell(FIRST))
    made.metadata["kernelspec"] = KERNEL
    return made


def without_results(text):
    """The text without what its cells have printed and drawn. The cells show their pictures instead of saving them."""
    for picture in SAVE.findall(text):
        text = re.sub(rf"!\[[^\]]*\]\({re.escape(picture)}\)\n", "", text)
    return CODE.sub(lambda found: f"```python\n{showing(found[1])}```\n", text)


def showing(code):
    """A cell that shows its figure, instead of saving it."""
    drawn = SAVE.sub("", code)
    return drawn if drawn == code else drawn + "\nfigure\n"


def main():
    arguments = asked_for("notebooks.py", __doc__, out="a folder for them (default: beside the tutorials)")
    for path in arguments.tutorial:
        folder = arguments.out or path.parent
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(path), folder / f"{path.stem}.ipynb")
        print(folder / f"{path.stem}.ipynb")


if __name__ == "__main__":
    main()
