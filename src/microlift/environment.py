"""What one process tells another of the engine: the variables, and a report's share of memory."""

import os
from pathlib import Path

VARIABLES = {
    "memory": "MICROLIFT_MEMORY",
    "threads": "MICROLIFT_THREADS",
    "temp_dir": "MICROLIFT_TEMP_DIR",
}
MEMORY_SHARE = 0.5  # the rest is for the models, which run in the same process
LEAST_SHARE = 16 * 2**20  # with less the engine does not start: a report that small is cut off


def for_report(memory: int | None) -> dict[str, str]:
    """What a report's kernel that may hold so much tells its engine: its share of it.

    Examples
    --------
    >>> for_report(1_000_000_000), for_report(None)
    ({'MICROLIFT_MEMORY': '476MiB'}, {})
    """
    if memory is None:
        return {}
    share = int(min(memory, memory_there()) * MEMORY_SHARE)
    return {VARIABLES["memory"]: f"{max(LEAST_SHARE, share) // 2**20}MiB"}


def memory_there() -> int:
    """Bytes of memory that the machine has, or the container, which may hold less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = Path(limit).read_text().strip() if Path(limit).is_file() else ""
        if text.isdigit():
            total = min(total, int(text))
    return total
