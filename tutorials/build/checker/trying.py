"""Calls a function of the course, and sees the values of its variables."""

import copy
import re
import sys
import traceback
from functools import cache

import numpy as np
from gaps import SOLUTION, gaps

from .reference import SIZES, trials

GAPS = {gap.function: gap for gap in gaps()}
RIGHT = SOLUTION.read_text(encoding="utf-8")


def load(text, path=SOLUTION):
    """{name: object} of everything that the text of a file defines, with the small sizes of `reference`."""
    found = {"__name__": "network", "__file__": str(path)}
    exec(compile(text, str(path), "exec"), found)
    found.update(SIZES)
    return found


SOLVED = load(RIGHT)
TRIALS = trials(SOLVED)


def written(function, text, path, alone=True):
    """A function of the reader's file, or None. If it is `alone`, what else it calls comes from the solution."""
    found = load(text, path)
    if alone:
        found.update({name: SOLVED[name] for name in GAPS if name != function})
    return found.get(function)


@cache
def with_mistakes(function, mistakes):
    """The `outcome` of a function of the solution in which a tuple of mistakes was made."""
    code = GAPS[function].code
    for mistake in mistakes:
        code = code.replace(mistake.right, mistake.wrong)
    return outcome(load(RIGHT.replace(GAPS[function].code, code))[function], function)


@cache
def expected(function):
    """The right `outcome` of a function. What numlstm computes, too, comes from there."""
    found = outcome(SOLVED[function], function)
    for trial in TRIALS[function]:
        found |= keyed(trial.package, trial.of)
    return found


def outcome(called, function):
    """{name: value} after each trial of a function: its variables, in the order of the solution, and its result.

    If it raises an exception, this ends with "error", the message, and "line", where it was.
    """
    found = {}
    for trial in TRIALS[function]:
        seen = call(called, copy.deepcopy(trial.arguments))
        names = [*variables(GAPS[function].code), *trial.package, "result"]
        found |= keyed({name: seen[name] for name in names if name in seen}, trial.of)
        if "error" in seen:
            return found | {"error": seen["error"], "line": seen["line"]}
    return found


def keyed(values, of):
    """{name: value}, with grads and the blocks of da one by one, and each name followed by which trial it is `of`."""
    found = {}
    for name, value in values.items():
        if name == "grads":
            found |= {f"grads[{key!r}]": grad for key, grad in value.items()}
        elif name == "da" and np.shape(value)[-1:] == (4 * SIZES["H"],):
            found |= {f"block {block} of da": part for block, part in zip("ifog", np.split(value, 4, axis=-1))}
        found[name] = value
    return {name + of: value for name, value in found.items()}


def variables(code):
    """The names of the variables that code assigns, fills or appends to, in its order."""
    targets = re.findall(r"^ *(?!for )(.+?)(?: [-+*/|]?= |\.append\()", code, re.MULTILINE)
    names = [name for target in targets for name in re.findall(r"\w+", re.sub(r"\[.*\]", "", target))]
    return list(dict.fromkeys(names))


def call(function, arguments):
    """{name: value} of a function's variables at its end, its result, and its arguments as the caller has them then."""
    code, seen = function.__code__, {}

    def look(frame, event, _):
        if event == "return" and frame.f_code is code:
            seen.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        with np.errstate(all="ignore"):
            seen["result"] = function(*arguments)
    except Exception as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == code.co_filename]
        where = f"line {frames[-1].lineno}: {frames[-1].line}" if frames else "it can't be called as the course does"
        seen |= {"error": f"{type(error).__name__}: {error}", "line": where}
    finally:
        sys.setprofile(before)
    return seen | dict(zip(code.co_varnames, arguments))
