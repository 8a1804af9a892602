"""Files that are written whole or not at all, and tables as CSV."""

import csv
import io
import os
import secrets
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import UserError

TEXT = ("arm", "title", "settings", "chosen", "version", "average")  # the columns of CSV files that hold words


def temporary_path(path: Path) -> Path:
    """A name beside `path` that no other writer uses, not even on another machine that shares the disk."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")


def write_whole(path: str | Path, *parts: bytes | memoryview) -> None:
    """Writes bytes to a temporary file beside `path`, flushes it to the disk, and renames it into place."""
    path = Path(path)
    temporary = temporary_path(path)
    try:
        with open(temporary, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise UserError(f"{path} could not be written ({error.strerror}); what was there before is untouched. "
                        "Free some space, or repair the folder, and run again") from None


def replace(temporary: Path, path: Path) -> None:
    """os.replace. Windows refuses it while another program reads `path`: then it is tried again for some seconds."""
    for _ in range(50 if os.name == "nt" else 0):
        with suppress(PermissionError):
            return os.replace(temporary, path)
        time.sleep(0.1)
    return os.replace(temporary, path)


def write_csv(path: str | Path, rows: Iterable[Mapping[str, Any]], columns: Collection[str]) -> None:
    """Writes dicts as the rows of a CSV file, whole or not at all."""
    text = io.StringIO()
    writer: csv.DictWriter = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue().encode())


def read_csv(path: str | Path) -> list[dict[str, Any]]:
    """The rows of a CSV file as dicts. Values are floats (None where empty), but strings in the columns TEXT."""
    with open(path, newline="", encoding="utf-8") as file:
        return [{key: value if key in TEXT else float(value) if value else None for key, value in row.items()}
                for row in csv.DictReader(file)]
