"""Networks that somebody has published: downloaded once, if they have the checksum that their address names.

    https://example.org/ptb-large.npz#sha256=2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae

To publish one, make a file of it (`python -m numlstm.export runs/mine --to others`), put that where others can download
it, and tell them the address with the file's SHA-256.
"""

import re
import sys
from pathlib import Path

from ..errors import UserError, one_line

ADDRESS = re.compile(r"https?://\S+")
CHECKSUM = re.compile(r"#sha256=([0-9a-fA-F]{64})$")


def is_address(path: object) -> bool:
    """Whether the text is an address rather than a path."""
    return ADDRESS.match(str(path)) is not None


def download(address: str) -> Path:
    """The path of the network that was published at an address, in the user's cache folder.

    Raises UserError where the address has no checksum, where the file can't be had, and where it is another one.
    """
    import platformdirs  # here: only a download needs them
    import pooch

    match = CHECKSUM.search(address)
    if not match:
        raise UserError(f"{address} doesn't end with #sha256= and the file's SHA-256 (64 digits): without it, nobody "
                        "knows whether the right file arrives. Ask its publisher")
    checksum, folder = match[1].lower(), Path(platformdirs.user_cache_dir("numlstm")) / "networks"
    if not (folder / f"{checksum}.npz").exists():
        print(f"downloading {address[:match.start()]} to {folder}", file=sys.stderr)
    pooch.get_logger().setLevel("WARNING")
    try:
        return Path(pooch.retrieve(address[:match.start()], f"sha256:{checksum}", fname=f"{checksum}.npz", path=folder,
                                   progressbar=sys.stderr.isatty()))
    except Exception as error:  # no network, another file, a full disk, and so on
        reason = one_line(error)[:200]
        raise UserError(f"{address[:match.start()]} could not be downloaded ({reason}): check the address and its "
                        "checksum, and run again when you are online") from None
