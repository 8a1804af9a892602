"""Where a text comes from: a file, a folder, a pipe or standard input; and its lines."""

import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from .. import machine
from ..errors import UserError
from .decoding import decode

STDIN = "-"
NAMED = {"train": ("train",), "valid": ("valid", "val", "dev"), "test": ("test",)}  # what their files' names contain
TIMES = 3        # the memory that a text takes with its lines, in times its size, at least
PIECE = 1 << 20  # bytes read at a time
TEXTS = (".txt", ".text", ".md", ".gz", "")  # the endings of a folder's text files


def read_lines(path: str | Path) -> list[str]:
    """The lines of a text file (see `decoding`), without line ends (Unix, Windows or old Mac) or byte-order mark.

    "-" is standard input. Raises UserError where the file is missing, a folder, unreadable, blank, or no text.
    """
    name = "standard input" if str(path) == STDIN else str(path)
    lines = decode(read_bytes(path), name).split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def read_bytes(path: str | Path) -> bytes:
    """All bytes of a file, or of standard input."""
    if str(path) == STDIN:
        if sys.stdin is None:
            raise UserError("there is no standard input to read a text from: name a file with --data")
        return read_all(sys.stdin.buffer, "standard input")
    try:
        with open(path, "rb", opener=without_waiting) as file:
            return read_all(file, str(path))
    except FileNotFoundError:
        raise UserError(f"there is no file {path}") from None
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}") from None


def read_all(file: BinaryIO, name: str) -> bytes:
    """All bytes of an open file. Raises UserError where they would never end, or don't fit into the memory."""
    check_end(file, name)
    found, most = bytearray(), (machine.memory() or sys.maxsize) // TIMES
    while piece := file.read(PIECE):
        found += piece
        if len(found) > most:
            raise UserError(f"{name} holds more than {most:,} bytes: that doesn't fit into this machine's memory with "
                            "its words. Use a part of it")
    return bytes(found)


def check_end(file: BinaryIO, name: str) -> None:
    """Raises UserError where an open file is a device, such as /dev/zero. A terminal ends with Ctrl-D."""
    with suppress(OSError):  # a file within the program has no number
        if stat.S_ISCHR(os.fstat(file.fileno()).st_mode) and not file.isatty():
            raise UserError(f"{name} is a device, and no text: name a file, or pipe a text in")


def without_waiting(path: str, flags: int) -> int:
    """os.open. A file of the system that has nothing to say at the moment, such as /proc/kmsg, ends there."""
    number = os.open(path, flags)
    if stat.S_ISREG(os.fstat(number).st_mode) and hasattr(os, "set_blocking"):
        os.set_blocking(number, False)
    return number


def is_pipe(path: Path) -> bool:
    """Whether a path is that of a pipe: <(command) of a shell, /dev/stdin, or mkfifo's."""
    return path.exists() and stat.S_ISFIFO(path.stat().st_mode)


def check_source(path: Path) -> None:
    """Raises UserError where there is nothing at a path that a text could be read from."""
    if path.is_symlink() and not path.exists():
        raise UserError(f"{path} is a broken link: {os.readlink(path)} is not there. Repair it, or name another file")
    if not path.exists():
        raise UserError(f"there is no corpus, folder or file called {path}: --data takes grammar, ptb, a path, or - "
                        "for standard input")
    if not (path.is_file() or path.is_dir() or is_pipe(path)):
        raise UserError(f"{path} is neither a file nor a folder, so no text can be read from it")


def split_files(folder: Path) -> dict[str, Path] | None:
    """{split: its file}, of the folder of a prepared corpus: Penn Treebank's files, or those with the split's name.

    Returns None where no file is named for validation, or only one of the others is there: the folder is one text.
    Raises UserError where some of the three are missing, or several could be meant.
    """
    files = {split: folder / f"ptb.{split}.txt" for split in NAMED}
    if all(file.is_file() for file in files.values()):
        return files  # whatever else is there: the usual archive also has ptb.char.train.txt ...
    by_split = {split: named(folder, words) for split, words in NAMED.items()}
    if not by_split["valid"] and not (by_split["train"] and by_split["test"]):
        return None
    for split, some in by_split.items():
        if len(some) != 1:
            names = " or ".join(f"'{word}'" for word in NAMED[split])
            raise UserError(f"{folder} must hold exactly one file with {names} in its name; found: "
                            f"{', '.join(file.name for file in some) or 'none'}")
    return {split: some[0] for split, some in by_split.items()}


def named(folder: Path, words: tuple[str, ...]) -> list[Path]:
    """The folder's files with the first of these words that any file has in its name.

    The short ones, such as "val" and "dev", must stand by themselves, as in my.val.txt.
    """
    for word in words:
        pattern = word if len(word) > 3 else rf"(?<![a-z]){word}(?![a-z])"
        if some := [file for file in plain_files(folder) if re.search(pattern, file.name.lower())]:
            return some
    return []


def plain_files(folder: Path) -> list[Path]:
    """The folder's files, without hidden ones, in the order in which people count: chapter2 before chapter10."""
    def order(file: Path) -> list[tuple[int, str]]:
        return [(int(piece) if piece.isdecimal() else -1, piece) for piece in re.split(r"(\d+)", file.name.lower())]

    return sorted((file for file in folder.iterdir() if file.is_file() and not file.name.startswith(".")), key=order)


def folder_lines(folder: Path) -> list[str]:
    """The lines of all text files of a folder, one after the other. Raises UserError where it holds none."""
    files = [file for file in plain_files(folder) if file.suffix.lower() in TEXTS]
    if not files:
        raise UserError(f"{folder} holds no text: put a train, a valid and a test file into it, or text files "
                        "(.txt, .md, .gz), which are read as one text")
    return [line for file in files for line in read_lines(file)]
