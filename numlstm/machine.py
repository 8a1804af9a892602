"""What this process may use of the machine: cores and memory, also in a container that may use only a part of both."""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

OWN_GROUPS = Path("/proc/self/cgroup")  # Linux: the control groups that this process belongs to
GROUPS = Path("/sys/fs/cgroup")         # and their limits


def cores() -> int:
    """How many cores this process may use. A quota of 1.5 cores is 2, so that nothing is left unused."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota(folder) for folder in folders("cpu")]
    return max(1, min([usable, *(math.ceil(share) for share in quotas if share is not None)]))


def memory() -> int | None:
    """How many bytes of memory this process may use at most; None where that is not known."""
    limits = [limit for folder in folders("memory") for name in ("memory.max", "memory.limit_in_bytes")
              if (limit := first_number(folder / name)) is not None]
    with suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf, other systems other names
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return min(limits, default=None)


def quota(folder: Path) -> float | None:
    """The cores that a control group may use, such as 1.5; None for no limit."""
    with suppress(OSError, ValueError):  # ValueError: "max 100000"
        used, period = map(int, (folder / "cpu.max").read_text().split())
        return used / period
    spent, whole = (first_number(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period"))  # groups of version 1
    return spent / whole if spent and whole and spent > 0 else None


def first_number(path: Path) -> int | None:
    """The whole number that a file holds; None where there is none."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def folders(controller: str) -> Iterator[Path]:
    """The folders of the control groups that limit this process: its own, the one around that, and so on."""
    try:
        lines = OWN_GROUPS.read_text().splitlines()  # such as 0::/docker/1f or, in version 1, 4:cpu,cpuacct:/docker/1f
    except OSError:
        return
    for line in lines:
        _, names, path = line.split(":", 2)
        if names == "" or controller in names.split(","):
            own = PurePosixPath(path.lstrip("/"))
            for group in (own, *own.parents):
                yield GROUPS / (controller if names else "") / group
