"""The pages of the documentation: docs/*.md and the tutorials, with links that lead to the code's.

The text is that of the repository. Here it is only put where Sphinx looks for it.
"""

import re
import shutil

from names import ROOT, meaning

FUNCTION = re.compile(r"\[`([\w.]+)`\]\((?:\.\./)*(numlstm/[\w/]+)\.py\)")
NAME = re.compile(r"(?<![`\w])`(\w+\.\w+)`(?!`)")
HERE = re.compile(r"^You are here: .*\*\*(\w+)\*\*.*(\[!\[.*)$", re.MULTILINE)
HOME = "https://github.com/numlstm/numlstm"
OTHER = re.compile(r"\]\((?:\.\./)+((?:tests/|numlstm/|CONTRIBUTING|CHANGELOG|LICENSE|CITATION)[\w./]*|"
                   r"data/[\w/-]+)\)")  # files without a page, and folders
SOURCES = (("tutorials", ("*.md", "figures/*.png", "build/README.md")), ("data", ("results/*.*",)),
           ("docs", ("*.md", "*.webp", "*.svg")))


def write(folder):
    """Writes all pages, and copies what they show, into a folder that doesn't exist yet."""
    for name, kinds in SOURCES:
        for path in (path for kind in kinds for path in (ROOT / name).glob(kind)):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    (folder / "tutorials/README.md").rename(folder / "tutorials/index.md")
    (folder / "docs/index.md").rename(folder / "index.md")
    for path in folder.rglob("*.md"):
        path.write_text(linked(found(path.read_text(encoding="utf-8"))), encoding="utf-8")


def found(text):
    """The text of a tutorial, which the search finds by its own name: all names stand in the contents."""
    return HERE.sub(r"```{index} ! \1\n```\n\n\2", text)


def linked(text):
    """The text with links to the pages here, where it has links to files of the repository."""
    text = FUNCTION.sub(lambda found: f"{{py:obj}}`{found[1]} <{full_name(found[1], found[2])}>`", text)
    text = "\n".join(NAME.sub(link, line) if line.startswith("|") else line for line in text.split("\n"))
    text = text.replace("](../../README.md)", "](../../index.md)").replace("](../README.md)", "](../index.md)")
    text = text.replace("](../tutorials/README.md)", "](../tutorials/index.md)")
    return OTHER.sub(rf"]({HOME}/blob/main/\1)", text)


def link(found):
    """A link to what a name in a table means."""
    target = meaning(found[1])
    return f"{{py:obj}}`{found[1]} <{target}>`" if target else found[0]


def full_name(name, file):
    """'numlstm.corpus.data.load', for 'data.load' or 'load' in numlstm/corpus/data. 'data' is the module itself."""
    module = file.replace("/", ".")
    return module if name in file.split("/") else f"{module}.{name.removeprefix(module.rpartition('.')[2] + '.')}"
