"""Compiles functions, and keeps their machine code on disk until the source changes.

numba's own cache checks only the file in which a function is defined. But a kernel has other functions compiled into
it: the time loops contain the steps of `kernels` and the tiles that `registers` writes. If one of those were edited,
numba would go on running the old code. So the cache folder is named after numba's version and settings and the content
of all files that are compiled together, and the folders for older content are removed.

A function's files lie in a folder of their own, with their checksums. What is damaged, or was another function's, is
removed before numba can read it, and the function is compiled again.

numba documents how to compile, and how to choose the folder. It offers no way to survive a damaged file or a full disk,
so `Cache` also wraps the two methods in which numba reads and writes. Where a later numba has them no more, functions
are compiled at every start.

Tutorial: tutorials/12_fast.md
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FunctionType
from typing import Any

import numba as nb
import numba.core

try:
    from numba.core.caching import FunctionCache
except ImportError:  # a later numba has another cache: then nothing is kept
    FunctionCache = object  # type: ignore[assignment, misc]

config: Any = numba.core.config  # whose settings mypy doesn't see

# Sums may be reordered, which vectorising them needs, and a product may be fused with a sum. But NaN and inf must
# behave as always, so that a diverging network is noticed.
FAST = {"reassoc", "contract", "arcp", "nsz"}
ORDERED = FAST - {"reassoc"}  # sums stay in the order in which they are written


if config.DISABLE_JIT:
    raise ImportError("NUMBA_DISABLE_JIT is set")

# numba's other settings, such as NUMBA_OPT, decide on the machine code. "" where none is set.
SETTINGS = ",".join(f"{name}={value}" for name, value in sorted(os.environ.items())
                    if name.startswith("NUMBA_") and name not in ("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS"))


def cache_folder() -> Path:
    """The cache folder for exactly this code and these settings. Folders for other code are removed.

    It lies in $NUMBA_CACHE_DIR if that is set, else beside the source, or in the user's cache folder where the source
    can't be written to.
    """
    here = Path(__file__).resolve().parent
    files = [path.read_bytes() for path in sorted(here.rglob("*.py"))]
    content = hashlib.sha256(b"\0".join([nb.__version__.encode(), *files])).hexdigest()
    parent = Path(config.CACHE_DIR) if config.CACHE_DIR else here / "__pycache__"
    if not config.CACHE_DIR and not os.access(parent if parent.exists() else here, os.W_OK):
        import platformdirs
        parent = Path(platformdirs.user_cache_dir("numlstm"))
    place = hashlib.sha256(os.fsencode(here)).hexdigest()[:8]  # several copies of numlstm may share the parent
    code = parent / f"numlstm-{place}-{content[:16]}"
    for other in parent.glob(f"numlstm-{place}-*"):
        if not other.name.startswith(code.name):
            shutil.rmtree(other, ignore_errors=True)
    return code.with_name(f"{code.name}-{hashlib.sha256(SETTINGS.encode()).hexdigest()[:8]}" if SETTINGS else code.name)


FOLDER = cache_folder()


class Cache(FunctionCache):
    """numba's cache of a function, in a folder of its own in FOLDER, with checksums."""

    def __init__(self, function: Callable) -> None:
        name = f"{function.__module__}.{function.__qualname__}"
        before, config.CACHE_DIR = config.CACHE_DIR, str(FOLDER / hashlib.sha256(name.encode()).hexdigest()[:8])
        try:
            super().__init__(function)
        finally:
            config.CACHE_DIR = before
        self.checksums = Checksums(Path(self.cache_path), name)
        self.checksums.remove_damaged()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever the file holds: it is compiled again
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):  # such as a full disk: then it is compiled again next time
            super().save_overload(sig, data)
            self.checksums.write()


class Checksums:
    """The checksums of a function's files, in a file beside them."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.path = folder, name, folder / "sha256.json"

    def now(self) -> dict[str, str]:
        """Those of the files that are there. The function's name counts, so that a copied folder doesn't pass."""
        return {path.name: hashlib.sha256(self.name.encode() + path.read_bytes()).hexdigest()
                for path in self.folder.glob("*.nb?") if path.is_file()}  # a pipe would never end

    def write(self) -> None:
        new = self.path.with_name(f"{os.getpid()}.tmp")
        new.write_text(json.dumps(self.now()), encoding="utf-8")
        os.replace(new, self.path)

    def remove_damaged(self) -> None:
        """Removes all files where one isn't as it was written. Raises OSError where that isn't possible."""
        try:
            written = json.loads(self.path.read_bytes()) if self.path.is_file() else {}
        except ValueError:
            written = {}
        if set(os.listdir(self.folder)) - {self.path.name} != set(written) or self.now() != written:
            shutil.rmtree(self.folder)
            self.folder.mkdir(exist_ok=True)  # another process may be doing the same


def with_own(function: Any, **steps: Callable) -> FunctionType:
    """The function, as if its module's globals of these names were `steps`. numba caches it under a name of its own.

    A closure would do the same, but numba's cache takes the functions in a closure for new ones at every start.
    """
    own = FunctionType(function.__code__, function.__globals__ | steps, function.__name__)
    owner = next(iter(steps.values())).__module__.rpartition(".")[2]
    own.__module__, own.__qualname__ = function.__module__, f"{owner}.{function.__qualname__}"
    return own


def step_kernel(function: Callable) -> Callable:
    """As `kernel`, for a cell's step. Sums keep their order, so results are the same bits alone and inside a loop."""
    return kernel(function, flags=ORDERED)


def kernel(function: Callable, signature: Any = None, flags: set[str] = FAST) -> Callable:
    """The function, compiled. It runs without Python's global lock, and 1 / 0 is what it is in NumPy.

    It is compiled when it is first called. With a signature, it is compiled at once, for that signature only.
    """
    compiled: Any = nb.njit(nogil=True, fastmath=flags, error_model="numpy")(function)
    with suppress(RuntimeError, OSError, AttributeError, TypeError):  # numba can't keep it: see above
        compiled._cache = Cache(function)
    if signature is not None:
        compiled.compile(signature)
        compiled.disable_compile()
    return compiled
