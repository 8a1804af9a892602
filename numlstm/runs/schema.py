"""What a file from outside may say: declared as a schema, and checked here, before anything uses it.

A checksum shows that a file is whole. It doesn't show who wrote it, because anybody can compute it again. So files that
people pass each other are compared with a schema: `contents` declares a checkpoint's, `report` those of results.
A schema is made of

    Field     a number, a text or a flag; it declares limits as the fields of `config.Config` do
    Record    named values, each with a schema of its own
    Each      a list, all of whose elements have the same schema
"""

import re
import reprlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from csv import Error as CsvError
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import UserError, one_line
from ..network.config import wrong_choice, wrong_number

LONGEST = 4096  # characters of a text, such as a path
# Halves of UTF-16 pairs, which JSON may hold, but no text. Python reads a byte of a path that isn't UTF-8 as one of the
# others, DC80 to DCFF.
HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")


class Field(NamedTuple):
    """A single value. `metadata` is as in Config's fields: at least, above, at most, below, among; or longest."""

    type: Any
    metadata: Mapping[str, Any] = {}
    needed: bool = True     # whether it must be there
    empty: bool = False     # whether it may be None


class Record(NamedTuple):
    """A dict with these keys. Other keys need the schema `others`; None: there may be no others."""

    fields: dict
    others: Any = None
    needed: bool = True


class Each(NamedTuple):
    """A list of at least `least` elements."""

    element: Any
    least: int = 0
    needed: bool = True


def number_field(kind: Any = float, needed: bool = True, empty: bool = False, **limits: Any) -> Field:
    """A Field for a finite number. Limits are given as in number_field(at_least=0)."""
    limits = {name.replace("_", " "): limit for name, limit in limits.items()}
    return Field(kind, ({"below": float("inf")} if "at most" not in limits else {}) | limits, needed, empty)


TEXT, FLAG, ANYTHING = Field(str), Field(bool), Field(object)
SHARE = number_field(at_least=0, at_most=1)


def check(schema: Any, value: Any, name: str = "") -> Any:
    """Returns the value, if it is as the schema says. Raises ValueError otherwise, and says where: log[2].epoch."""
    if isinstance(schema, Record):
        check_record(schema, value, name)
    elif isinstance(schema, Each):
        if not isinstance(value, list) or len(value) < schema.least:
            raise ValueError(f"{name} must be a list" + f" of at least {schema.least}" * (schema.least > 0))
        for n, element in enumerate(value):
            check(schema.element, element, f"{name}[{n}]")
    elif wanted := wrong(schema, value):
        raise ValueError(f"{name} must be {wanted}, not {reprlib.repr(value)}")
    return value


def check_record(schema: Record, value: Any, name: str) -> None:
    """`check` for a Record."""
    if not isinstance(value, dict):
        raise ValueError(f"{name or 'the text'} must be an object with names and values")
    inside = f"{name}." if name else ""
    for key, field in schema.fields.items():
        if key in value:
            check(field, value[key], inside + key)
        elif field.needed:
            raise ValueError(f"{inside}{key} is missing")
    for key in sorted(value.keys() - schema.fields.keys()):
        if schema.others is None:
            raise ValueError(f"{inside}{reprlib.repr(key)} is unknown here")
        check(schema.others, value[key], inside + reprlib.repr(key))


def wrong(field: Field, value: Any) -> str | None:
    """What a Field's value must be, for an error message; None if the value is right."""
    if value is None and field.empty:
        return None
    if field.type in (bool, object):
        return None if isinstance(value, field.type) else "true or false"
    if field.type is not str:
        return wrong_number(field, value)
    if "among" in field.metadata:
        return wrong_choice(field, value)
    longest = field.metadata.get("longest", LONGEST)
    right = isinstance(value, str) and 1 <= len(value) <= longest and not HALF.search(value)
    return None if right else f"a text of 1 to {longest:,} characters"


@contextmanager
def reading(path: str | Path, what: str, advice: str = "repair or remove it") -> Iterator[None]:
    """Turns what is wrong with a file's content into a UserError, which says that the file is not `what`."""
    try:
        yield
    except (ValueError, TypeError, CsvError, RecursionError) as error:  # RecursionError: JSON nested without end
        raise UserError(f"{path} is no {what} ({one_line(error)[:300]}): {advice}") from None
