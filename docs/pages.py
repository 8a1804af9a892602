"""The pages of the documentation: the README, cut into several, and the tutorials, with links that lead to the code's.

The text is that of the repository. Here it is only put where Sphinx looks for it.
"""

import re
import shutil

from names import ROOT, meaning

FUNCTION = re.compile(r"\[`([\w.]+)`\]\((?:\.\./)*(numlstm/[\w/]+)\.py\)")
NAME = re.compile(r"(?<![`\w])`(\w+\.\w+)`(?!`)")
GROUPS = {  # page: title, sections of the README; those not named here are in the guide
    "index": ("", ("Two commands",)),
    "guide": ("Using numlstm", None),
    "results": ("What was measured", ("Results", "Where dropout goes, measured", "Many networks, averaged", "Speed")),
    "house": ("How it is built", ("The map", "Are the derivatives right?")),
    "questions": ("Questions", ("Questions that people really ask", "Licence and citation")),
}


def write(folder):
    """Writes all pages, and copies what they show, into a folder that doesn't exist yet."""
    for name, kinds in (("tutorials", ("*.md", "figures/*.png", "build/README.md")),
                        ("data", ("results/*.*",))):
        for path in (path for kind in kinds for path in (ROOT / name).glob(kind)):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    (folder / "tutorials/README.md").rename(folder / "tutorials/index.md")
    for path in (*(folder / "tutorials").rglob("*.md"), folder / "data/results/README.md"):
        path.write_text(linked(path.read_text(encoding="utf-8")), encoding="utf-8")
    own = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
    readme = from_readme((ROOT / "README.md").read_text(encoding="utf-8"))
    for name in own | readme:
        (folder / f"{name}.md").write_text(linked(readme.get(name, "") + own.get(name, "")), encoding="utf-8")


def from_readme(text):
    """{page: text} of GROUPS. The text before the README's first section begins the first page."""
    start, *rest = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    sections = {section.partition("\n")[0].removeprefix("## "): section for section in rest}
    named = [name for _, names in GROUPS.values() for name in names or ()]
    if missing := set(named) - set(sections):
        raise SystemExit(f"README.md has no section {missing}: change docs/pages.py")
    others = [name for name in sections if name not in named]
    return {page: (f"# {title}\n\n" if title else start)
            + "".join(sections[name] for name in (others if names is None else names))
            for page, (title, names) in GROUPS.items()}


def linked(text):
    """The text with links to the pages here, where it has links to files of the repository."""
    text = FUNCTION.sub(lambda found: f"{{py:obj}}`{found[1]} <{full_name(found[1], found[2])}>`", text)
    text = "\n".join(NAME.sub(link, line) if line.startswith("|") else line for line in text.split("\n"))
    text = text.replace("../README.md)", "../index.md)").replace("(tutorials/README.md)", "(tutorials/index.md)")
    return re.sub(r"\[([^]]*)\]\(\.\./tests/[\w/]+\.py\)", r"\1", text)  # the tests have no page


def link(found):
    """A link to what a name in a table means."""
    target = meaning(found[1])
    return f"{{py:obj}}`{found[1]} <{target}>`" if target else found[0]


def full_name(name, file):
    """'numlstm.corpus.data.load', for 'data.load' or 'load' in numlstm/corpus/data. 'data' is the module itself."""
    module = file.replace("/", ".")
    return module if name in file.split("/") else f"{module}.{name.removeprefix(module.rpartition('.')[2] + '.')}"
