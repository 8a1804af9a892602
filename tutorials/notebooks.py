"""Makes notebooks of the tutorials, to work in: for JupyterLab, VS Code or Colab.

    python tutorials/notebooks.py                         all of them
    python tutorials/notebooks.py 02_lstm_step.md         one

Each is written beside its tutorial, where links and data are found. It holds no outputs and no pictures, since its
cells will print and draw them. Below an exercise is an empty cell, and then the solution, folded, in a cell of text.
Answers to questions (`<details><summary>Answers</summary>`) are text, and stay where they are.
"""

import re

import jupytext
import nbformat
from execute import asked_for

SOLUTION = re.compile(r"(<details><summary>Solution</summary>.*?</details>)", re.DOTALL)
CODE = re.compile(r"```python\n(.*?)```\n(?:\n```text[^\n]*\n.*?```\n)?", re.DOTALL)  # with what it has printed
SAVE = re.compile(r'^figure\.savefig\("(.*?)".*\n', re.MULTILINE)
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def notebook(path):
    """The notebook of a tutorial."""
    parts = SOLUTION.split(path.read_text(encoding="utf-8"))  # every second one is a solution
    parts[::2] = map(without_results, parts[::2])
    parts[1::2] = [f"```python\n# Your answer\n```\n\n<!-- #region -->\n{part}\n<!-- #endregion -->"
                   for part in parts[1::2]]  # jupytext makes one cell of a region
    made = jupytext.reads("".join(parts), "md")
    made.metadata["kernelspec"] = KERNEL
    return made


def without_results(text):
    """The text without what its cells have printed and drawn. The cells show their pictures instead of saving them."""
    for picture in SAVE.findall(text):
        text = re.sub(rf"!\[[^\]]*\]\({re.escape(picture)}\)\n", "", text)
    return CODE.sub(lambda found: f"```python\n{showing(found[1])}```\n", text)


def showing(code):
    """A cell that shows its figure. Jupyter itself shows what was made by pyplot."""
    drawn = SAVE.sub("", code)
    return drawn if drawn == code or "plt." in code else drawn + "\nfigure\n"


def main():
    for path in asked_for("notebooks.py", __doc__):
        nbformat.write(notebook(path), path.with_suffix(".ipynb"))
        print(path.with_suffix(".ipynb"))


if __name__ == "__main__":
    main()
