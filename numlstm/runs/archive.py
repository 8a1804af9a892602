"""An .npz archive from outside: its checksum, and its arrays, none of them read before its size is known to be right.

An .npz file is a zip archive of .npy files, and a zip archive may end in a comment. Here the comment is the SHA-256 of
all bytes before it, so that a file with a single wrong bit is refused. np.load would believe what the files' headers
say about themselves, and would unpack a small file into a large memory.
"""

import hashlib
import io
import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike

from .files import write_whole

DIGEST_BYTES = 64  # a SHA-256 in hexadecimal
HEADER_BYTES = 128  # of a .npy file, as NumPy writes it
PIECE = 1 << 20


def write_archive(path: Path, arrays: dict[str, Any]) -> None:
    """Writes arrays, {name: array}, as such an archive, whole or not at all. Raises UserError where it can't."""
    archive = io.BytesIO()
    np.savez(archive, **arrays)
    with zipfile.ZipFile(archive, "a") as file:
        file.comment = b"0" * DIGEST_BYTES
    data = archive.getbuffer()[:-DIGEST_BYTES]
    write_whole(path, data, hashlib.sha256(data).hexdigest().encode())


def check_finite(name: str, array: np.ndarray) -> None:
    """Raises ValueError where a number of an array is not finite."""
    if not np.isfinite(array).all():
        raise ValueError(f"{name} has numbers that are not finite: the network has diverged")


def digest_of(path: Path) -> str:
    """The SHA-256 at the end of an archive: its name for itself. It isn't checked here."""
    with open(path, "rb") as file:
        file.seek(-DIGEST_BYTES, 2)
        return file.read().decode("ascii", "replace")


def check_digest(file: BinaryIO) -> None:
    """Raises ValueError where an open file doesn't end in the SHA-256 of all before it."""
    left = file.seek(0, 2) - DIGEST_BYTES
    file.seek(0)
    digest = hashlib.sha256()
    while left > 0:
        piece = file.read(min(PIECE, left))
        digest.update(piece)
        left -= len(piece) or left  # nothing: the file has become shorter
    if file.read() != digest.hexdigest().encode():
        raise ValueError("its checksum is wrong")


class Archive:
    """The arrays in an open file. Raises ValueError where they are compressed, or share names or bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self.zip = zipfile.ZipFile(file)
        members = self.zip.infolist()
        self.sizes = {member.filename.removesuffix(".npy"): member.file_size for member in members}
        if len(self.sizes) < len(members):
            raise ValueError("two of its arrays have the same name")
        if any(member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size
               for member in members):
            raise ValueError("its arrays are compressed, as those of a checkpoint never are")
        if sum(self.sizes.values()) > file.seek(0, 2):
            raise ValueError("its arrays overlap")

    def expect(self, shapes: dict[str, tuple[int, ...]]) -> None:
        """Raises ValueError unless the archive has float32 arrays of these shapes, {name: shape}, and "meta"."""
        wanted = {name: HEADER_BYTES + 4 * math.prod(shape) for name, shape in shapes.items()}
        sizes = {name: size for name, size in self.sizes.items() if name != "meta"}
        for name in sorted(wanted.keys() | sizes.keys()):
            if wanted.get(name) != sizes.get(name):
                raise ValueError(f"the array {name} has {sizes.get(name, 0):,} bytes, but the config wants "
                                 f"{wanted.get(name, 0):,}")

    def read(self, name: str, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> np.ndarray:
        """The array of that name. Raises ValueError unless it has this shape and type."""
        with self.zip.open(f"{name}.npy") as member:
            np.lib.format.read_magic(member)
            header = np.lib.format.read_array_header_1_0(member)
            if header != (shape, False, np.dtype(dtype)):
                raise ValueError(f"{name} is {header[2]}{header[0]}, but the config wants {np.dtype(dtype)}{shape}")
            return np.frombuffer(member.read(), dtype).reshape(shape).copy()

    def read_finite(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """`read` for float32. Raises ValueError where a number is not finite."""
        array = self.read(name, shape)
        check_finite(name, array)
        return array
