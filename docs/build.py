"""Builds the documentation, build/docs/html/index.html, and checks its links.

    pip install -e '.[docs]'
    python docs/build.py [RUN]

A warning is an error.
The tutorials' notebooks lie in build/docs/html/notebooks, from where Colab opens them.
The pages need no network connection. docs/index.md is the first page, and lists all of them.

The page that moves, explore.html, shows the network of RUN. Without it, `small` is trained on the built-in language,
into build/runs/small. That takes a minute, and only the first time: later builds find it there.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import links
import pages
from sphinx.cmd.build import main as sphinx

BUILD = pages.ROOT / "build/docs"


def numlstm(command, *arguments):
    """Runs a command of numlstm in the folder build/. Exits if it fails; the command has said why."""
    done = subprocess.run([sys.executable, "-m", f"numlstm.{command}", *map(str, arguments)], cwd=BUILD.parent,
                          env=os.environ | {"PYTHONPATH": str(pages.ROOT)}, stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(done.returncode)


def trained():
    """The run of `small` that belongs to the documentation, trained to its end."""
    run = BUILD.parent / "runs/small"
    numlstm("train", *(["--resume", run] if run.exists() else ["--size", "small", "--name", "small"]))
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, nargs="?", help="the folder of the run that explore.html shows")
    run = parser.parse_args().run
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    moving = BUILD / "explore.html"
    numlstm("explore", run.resolve() if run else trained(), "--out", moving)
    pages.write(BUILD / "pages")
    options = ["-W", "--keep-going", "-q", "-n", "-c", str(pages.ROOT / "docs"), "-d", str(BUILD / "cache")]
    code = sphinx([*options, str(BUILD / "pages"), str(BUILD / "html")])
    if code:
        return code
    moving.rename(BUILD / "html/explore.html")
    notebooks = [sys.executable, pages.ROOT / "tutorials/notebooks.py", "--out", BUILD / "html/notebooks"]
    subprocess.run(notebooks, check=True, stdout=subprocess.DEVNULL)
    broken = links.broken(BUILD / "html")
    print("\n".join(broken) or f"{BUILD / 'html/index.html'}", file=sys.stderr if broken else sys.stdout)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
