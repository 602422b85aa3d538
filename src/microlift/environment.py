"""What one process tells another of the engine: the variables, and a report's share of memory."""

VARIABLES = {
    "memory": "MICROLIFT_MEMORY",
    "threads": "MICROLIFT_THREADS",
    "temp_dir": "MICROLIFT_TEMP_DIR",
}
MEMORY_SHARE = 0.5  # the rest is for the models, which run in the same process


def for_report(memory: int | None) -> dict[str, str]:
    """What a report's kernel that may hold so much tells its engine: its share of it.

    Examples
    --------
    >>> for_report(4_000_000_000), for_report(None)
    ({'MICROLIFT_MEMORY': '1907MiB'}, {})
    """
    if memory is None:
        return {}
    return {VARIABLES["memory"]: f"{max(2**20, int(memory * MEMORY_SHARE)) // 2**20}MiB"}
