"""Settings of Sphinx for docs/build.py, which makes the pages that it reads."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import docstrings
import formulas

ROOT = Path(__file__).resolve().parents[1]

project, author, html_title = "numlstm", "the authors of numlstm", "numlstm"
html_theme = "furo"
html_static_path = [str(ROOT / "docs/style.css")]
html_css_files = ["style.css"]
html_show_copyright = html_copy_source = False
html_theme_options = {"footer_icons": [{"name": "GitHub", "url": "https://github.com/numlstm/numlstm",
                                        "html": "repository", "class": ""}]}
extensions = ["myst_parser", "autoapi.extension", "sphinx.ext.napoleon", "sphinx_copybutton"]
myst_enable_extensions = ["dollarmath", "html_image"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

# The reference: a page for each module, by rooms, from the docstrings. Nothing is imported.
autoapi_dirs = [str(ROOT / "numlstm")]
autoapi_root = "code"
autoapi_own_page_level = "module"
autoapi_options = ["members", "undoc-members"]  # none that are private
autoapi_template_dir = str(ROOT / "docs/templates")
autoapi_add_toctree_entry = False
autoapi_python_class_content = "class"
suppress_warnings = ["autoapi.python_import_resolution",  # it doesn't see names that are assigned in a tuple
                     "ref.python"]  # it takes the builtin `type` of an annotation for fields of that name
default_role = "literal"
add_module_names = False
nitpick_ignore_regex = [("py:class", ".*"),  # annotations name classes of other libraries, or by another module's name
                        ("py:.*", r"(?!numlstm\.).*")]
pygments_dark_style = "github-dark"


def setup(app):
    app.connect("autodoc-process-docstring", docstrings.to_rest, priority=400)  # before napoleon
    app.add_html_math_renderer("mathml", (formulas.inline, None), (formulas.block, None))
