"""Compiles functions, and keeps their machine code on disk until the source changes.

numba's own cache checks only the file in which a function is defined. But a kernel has other functions compiled into
it: the time loops contain the steps of `kernels` and the tiles that `registers` writes. If one of those were edited,
numba would go on running the old code. So the cache folder is named after numba's version and settings and the content
of all files that are compiled together, and the folders for older content are removed.

Every file of the cache carries a checksum. A function is compiled again if its file is damaged or can't be read.

Tutorial: tutorials/12_fast.md
"""

import hashlib
import os
import pickle
import shutil
from contextlib import suppress
from pathlib import Path

import numba as nb
from numba.core import config
from numba.core.caching import FunctionCache, IndexDataCacheFile

DIGEST_BYTES = 32

# Sums may be reordered, which vectorising them needs, and a product may be fused with a sum. But NaN and inf must
# behave as always, so that a diverging network is noticed.
FAST = {"reassoc", "contract", "arcp", "nsz"}
ORDERED = FAST - {"reassoc"}  # sums stay in the order in which they are written


if vars(config)["DISABLE_JIT"]:
    raise ImportError("NUMBA_DISABLE_JIT is set")

# numba's other settings, such as NUMBA_OPT, decide on the machine code. "" where none is set.
SETTINGS = ",".join(f"{name}={value}" for name, value in sorted(os.environ.items())
                    if name.startswith("NUMBA_") and name not in ("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS"))


def cache_folder():
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


class CheckedFile(IndexDataCacheFile):
    """numba's files for a function, each with the SHA-256 of its content in front."""

    def _load_index(self):
        try:
            stamp, overloads = pickle.loads(read_checked(self._index_path))
        except Exception:  # damaged, or of another version: pickle raises errors of any kind
            return {}
        return overloads if stamp == self._source_stamp else {}

    def _save_index(self, overloads):
        self._write(self._index_path, (self._source_stamp, overloads))

    def _load_data(self, name):
        try:
            return pickle.loads(read_checked(self._data_path(name)))
        except ValueError as error:
            raise OSError(*error.args) from None  # which numba takes to mean that there is no file

    def _save_data(self, name, data):
        self._write(self._data_path(name), data)

    def _write(self, path, content):
        data = self._dump(content)
        with self._open_for_write(path) as file:
            file.write(hashlib.sha256(data).digest() + data)


def read_checked(path):
    """The bytes of a CheckedFile without the checksum. Raises ValueError where it is wrong, OSError for no file."""
    if not os.path.isfile(path):  # a pipe would never end
        raise FileNotFoundError(path)
    data = Path(path).read_bytes()
    if hashlib.sha256(data[DIGEST_BYTES:]).digest() != data[:DIGEST_BYTES]:
        raise ValueError(f"{path} is damaged")
    return data[DIGEST_BYTES:]


class Cache(FunctionCache):
    """numba's cache of a function, in FOLDER and with checked files."""

    def __init__(self, function):
        before, config.CACHE_DIR = config.CACHE_DIR, str(FOLDER)
        try:
            super().__init__(function)
        finally:
            config.CACHE_DIR = before
        self._cache_file = CheckedFile(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp())

    def _index_key(self, sig, codegen):
        """As numba's, but functions in the closure count by name, because numba would take them for new objects."""
        functions = [cell.cell_contents.py_func for cell in self._py_func.__closure__ or ()]
        return sig, codegen.magic_tuple(), tuple(f"{f.__module__}.{f.__qualname__}" for f in functions)

    def load_overload(self, sig, target_context):
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever the file holds: it is compiled again
            return None

    def save_overload(self, sig, data):
        with suppress(OSError):  # such as a full disk: then it is compiled again next time
            super().save_overload(sig, data)


def step_kernel(function):
    """As `kernel`, for a cell's step. Sums keep their order, so results are the same bits alone and inside a loop."""
    return kernel(function, flags=ORDERED)


def kernel(function, signature=None, flags=FAST):
    """The function, compiled. It runs without Python's global lock, and 1 / 0 is what it is in NumPy.

    It is compiled when it is first called. With a signature, it is compiled at once, for that signature only.
    """
    compiled = nb.njit(nogil=True, fastmath=flags, error_model="numpy")(function)
    with suppress(RuntimeError):  # no folder can be written to: the machine code is not kept
        compiled._cache = Cache(function)
    if signature is not None:
        compiled.compile(signature)
        compiled.disable_compile()
    return compiled
