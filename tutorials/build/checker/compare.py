"""Whether a value is the right one, and in what it differs."""

from itertools import permutations

import numpy as np

from .reference import SIZES

BLOCKS = "ifog"


def leaves(value, name=""):
    """All (name, value) in lists, tuples and dicts within each other, such as ("[0][1]", an array)."""
    if isinstance(value, (list, tuple)):
        return [leaf for n, part in enumerate(value) for leaf in leaves(part, f"{name}[{n}]")]
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in leaves(part, f"{name}[{key!r}]")]
    return [(name, value)]


def same(one, other):
    """Whether two values are equal, apart from rounding. float32 is not float64, but 1 is 1.0."""
    pairs = leaves(one), leaves(other)
    return [name for name, _ in pairs[0]] == [name for name, _ in pairs[1]] and all(
        equal(a, b) for (_, a), (_, b) in zip(*pairs))


def equal(a, b):
    if a is None or isinstance(a, str):
        return type(a) is type(b) and a == b
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and (a.dtype == b.dtype or a.dtype.kind == "i") and near(a, b)


def near(a, b):
    return np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)


def difference(yours, right):
    """In what a value differs from the right one, as the end of a sentence."""
    own, wanted = leaves(yours), leaves(right)
    if len(own) != len(wanted):
        return f"it holds {len(own)} arrays, and should hold {len(wanted)}"
    for (name, a), (_, b) in zip(own, wanted):
        if not equal(a, b):
            return (f"{name}: " if name else "") + of_arrays(a, b)
    return "its parts have other names"


def of_arrays(yours, right):
    """The same for two arrays or numbers."""
    if not isinstance(yours, (np.ndarray, np.number, int, float)):
        return f"it is a {type(yours).__name__}, and should be {'an array' if np.ndim(right) else 'a number'}"
    a, b = np.asarray(yours), np.asarray(right)
    if a.shape != b.shape:
        turned = a.ndim == 2 and a.T.shape == b.shape and near(a.T, b)
        return f"its shape is {a.shape}, and should be {b.shape}" + ": it is the transpose" * turned
    if a.dtype != b.dtype and a.dtype.kind != "i":
        return f"it is {a.dtype}, and should be {b.dtype}"
    if not np.isfinite(a).all():
        return "it is not finite: something overflows, or divides by 0"
    return scaled(a, b) or ordered(a, b) or (
        f"{np.isclose(a, b).sum()} of {b.size} numbers are right. The largest error is {np.max(np.abs(a - b)):.2g}")


def scaled(a, b):
    """The factor between two arrays, if it is the same everywhere."""
    B, T, p = SIZES["B"], SIZES["T"], SIZES["P"]
    factors = {"-1": -1, "B": B, "T": T, "T * B": T * B, "1 - p": 1 - p, "p": p, "2": 2}
    for name, factor in factors.items():
        if near(a, factor * b):
            return f"it is {name} times as large as it should be"
        if near(a * factor, b):
            return f"it should be {name} times as large"
    return None


def ordered(a, b):
    """The order of four blocks, if that is all that differs."""
    if a.ndim and a.shape[-1] == 4 * SIZES["H"]:
        parts = np.split(b, 4, axis=-1)
        for order in permutations(range(4)):
            if near(a, np.concatenate([parts[n] for n in order], axis=-1)):
                return f"its blocks are in the order {', '.join(BLOCKS[n] for n in order)}, and should be i, f, o, g"
    return None
