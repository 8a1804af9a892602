"""The tutorials run, print what stands in them, and every link and name in them exists."""

import ast
import importlib
import re
import shutil
import sys

import pytest
from helpers import ROOT

pytest.importorskip("jupytext", reason="needs jupytext and nbclient: pip install -e '.[test]'")
pytest.importorskip("nbclient", reason="needs jupytext and nbclient: pip install -e '.[test]'")
sys.path.insert(0, str(ROOT / "tutorials"))
import execute
import notebooks
from nbclient.exceptions import CellExecutionError

PAGES = sorted((ROOT / "tutorials").glob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]+)\)|src=\"([^\"]+)\"")
SOLUTION = "<details><summary>Solution</summary>"
FUNCTION = re.compile(r"\[`(\w+)\.([\w.]+)`\]\(\.\./numlstm/([\w/]+)\.py\)")


@pytest.mark.long
@pytest.mark.parametrize("path", execute.tutorials(), ids=lambda path: path.stem)
def test_it_runs_and_prints_what_stands_in_it(path, tmp_path):
    """In a copy, so that the pictures in the project stay as they are. Solutions of exercises are cells, too."""
    folder = tmp_path / "tutorials"
    (folder / "figures").mkdir(parents=True)
    shutil.copytree(ROOT / "tutorials/pictures", folder / "pictures")
    shutil.copytree(ROOT / "data", tmp_path / "data")
    notebook = execute.read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code" and "figure.savefig(" in cell.source:
            cell.source += "\nfigure"  # as the notebook for readers shows it
    execute.run(notebooks.beginning(notebook), folder)
    assert not execute.differences(notebook), "\n".join(execute.differences(notebook))
    pictures = [data for cell in notebook.cells for output in cell.get("outputs", ())
                if (data := output.get("data", {}).get("image/png"))]
    warnings = [output.text for cell in notebook.cells for output in cell.get("outputs", ())
                if output.get("name") == "stderr" and "Warning" in output.text]
    assert len(pictures) == len(list((folder / "figures").iterdir())) and not warnings
    own = {name for name in re.findall(r"\]\(figures/([\w.]+)\)", path.read_text(encoding="utf-8"))
           if name.startswith(path.name[:3])}
    assert own == {picture.name for picture in (folder / "figures").iterdir()}, "a picture is not shown, or not drawn"


def test_outputs_are_compared():
    assert execute.alike("loss 5.31, 1,200 words", "loss 5.29, 1,201  words")
    assert execute.alike("0.01", "0.02"), "one in the last place"
    assert not execute.alike("loss 5.31", "loss 6.31")
    assert not execute.alike("loss 5.31", "cost 5.31")
    assert not execute.alike("3.0e-05", "3.0e-07")


def test_printed_outputs_are_written_below_their_cells(tmp_path):
    path = tmp_path / "00_try.md"
    path.write_text("# Try\n\n```python\nprint(1 / 3)\n```\n\n```text\n7\n```\n\nMore.\n\n```python\n'a' + 'b'\n```\n")
    notebook = execute.execute(path, tmp_path)
    assert len(execute.differences(notebook)) == 2
    execute.write_outputs(notebook, path)
    text = path.read_text()
    assert "```\n\n```text\n0.3333333333333333\n```\n\nMore." in text and "```text\n'ab'\n```" in text
    again = execute.execute(path, tmp_path)
    assert not execute.differences(again)


def test_a_check_is_run_and_only_a_test_sees_it(tmp_path):
    """It follows the cell above it, and survives the writing. One that fails is an error."""
    path = tmp_path / "00_try.md"
    text = "# Try\n\n```python\nx = 2\nprint(x)\n```\n\n```text\n2\n```\n\n" \
           "<!-- check\nassert x {} 2\n\nx = 3\n-->\n\nMore.\n\n```python\nx + 1\n```\n\n```text\n4\n```\n"
    path.write_text(text.format("=="))
    notebook = execute.execute(path, tmp_path)
    assert not execute.differences(notebook)
    execute.write_outputs(notebook, path)
    assert text.format("==") in path.read_text()
    code = [cell.source for cell in notebooks.notebook(path).cells if cell.cell_type == "code"]
    assert code[1:] == ["x = 2\nprint(x)", "x + 1"] and "assert" not in str(notebooks.notebook(path).cells)
    path.write_text(text.format("<"))
    with pytest.raises(CellExecutionError):
        execute.execute(path, tmp_path)


@pytest.mark.parametrize("path", execute.tutorials(), ids=lambda path: path.stem)
def test_a_notebook_has_no_results_and_folded_solutions(path):
    """All code of the tutorial is there: in cells or, of solutions, folded. Its pictures are not linked but drawn."""
    made, text = notebooks.notebook(path), path.read_text(encoding="utf-8")
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    prose = [cell.source for cell in made.cells if cell.cell_type == "markdown"]
    folded = [cell for cell in prose if cell.startswith(SOLUTION) and cell.endswith("</details>")]
    assert code.count("# Your answer") == len(folded) == text.count(SOLUTION) > 0
    assert code.pop(0) == notebooks.FIRST and "pip install" in notebooks.FIRST
    assert len(code) - len(folded) + "".join(folded).count("```python") == text.count("```python")
    assert sum(cell.endswith("\nfigure") for cell in code) == len(notebooks.SAVE.findall(text))
    assert not [cell for cell in prose if cell not in folded and "```text" in cell]
    for cell in code:
        ast.parse(cell)
        assert "savefig" not in cell
    assert f"(figures/{path.name[:3]}" not in "".join(prose)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_link_and_name_exists(path):
    text = path.read_text(encoding="utf-8")
    for link in ("".join(found) for found in LINK.findall(text)):
        assert link.startswith("https://") or (path.parent / link).exists(), link
    for module, names, file in FUNCTION.findall(text):
        assert module == file.split("/")[-1], f"{module}.{names} is said to be in {file}.py"
        found = importlib.import_module(f"numlstm.{file.replace('/', '.')}")
        for name in names.split("."):
            assert hasattr(found, name), f"{module}.{names}"
            found = getattr(found, name)


def test_tutorials_and_code_lead_to_each_other():
    mentioned = set()
    for path in (ROOT / "numlstm").rglob("*.py"):
        mentioned |= set(re.findall(r"tutorials/(\w+\.md)", path.read_text(encoding="utf-8")))
    assert mentioned >= {path.name for path in execute.tutorials()}, "from every docstring that a tutorial explains"
    assert mentioned <= {path.name for path in PAGES}


@pytest.mark.parametrize("path", execute.tutorials(), ids=lambda path: path.stem)
def test_a_tutorial_says_where_the_reader_is(path):
    """Below its title are the names of all tutorials, from the contents, as links, and its own in bold."""
    contents = (ROOT / "tutorials/README.md").read_text(encoding="utf-8")
    assert [file for file, _ in execute.NAMED.findall(contents)] == [other.name for other in execute.tutorials()]
    assert path.read_text(encoding="utf-8").split("\n\n")[1] == execute.here(path)


def test_every_equation_of_the_map_is_in_a_tutorial():
    page = (ROOT / "docs/map.md").read_text(encoding="utf-8")
    table = page.split("| equation |")[1].split("\n\n")[0]
    wanted = set(re.findall(r"`(\w+\.\w+)`", table))
    linked = {f"{module}.{name}" for path in PAGES for module, name, _ in FUNCTION.findall(path.read_text("utf-8"))}
    assert len(wanted) > 20 and not wanted - linked
