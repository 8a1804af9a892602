"""Builds the documentation, build/docs/html/index.html, and checks its links.

    pip install -e '.[docs]'
    python docs/build.py

A warning is an error. The pages need no network connection. A file docs/NAME.md is a page of its own, or is added
to the page NAME that `pages` makes of the README; docs/index.md lists all of them.
"""

import shutil
import sys

import links
import pages
from sphinx.cmd.build import main as sphinx

BUILD = pages.ROOT / "build/docs"


def main():
    shutil.rmtree(BUILD, ignore_errors=True)
    pages.write(BUILD / "pages")
    options = ["-W", "--keep-going", "-q", "-n", "-c", str(pages.ROOT / "docs"), "-d", str(BUILD / "cache")]
    code = sphinx([*options, str(BUILD / "pages"), str(BUILD / "html")])
    if code:
        return code
    broken = links.broken(BUILD / "html")
    print("\n".join(broken) or f"{BUILD / 'html/index.html'}", file=sys.stderr if broken else sys.stdout)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
