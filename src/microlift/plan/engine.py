"""What the engine may take of the machine that it runs on; no estimate hangs on it."""

import os
from typing import Annotated

from pydantic import AfterValidator, Field

from microlift.plan.quoting import short
from microlift.plan.sizes import Size
from microlift.plan.spec import Spec

MOST_THREADS = 1024


def _read_folder(path: str) -> str:
    if "\0" in path:
        raise ValueError(f"Got {short(path)}, which holds the character NUL: no path can.")
    if not os.path.isabs(os.path.expanduser(path)):
        raise ValueError(
            f"Got {short(path)}, which would be another folder wherever the plan is used. Write "
            "it from the root, such as /var/tmp."
        )
    return path


class EngineSpec(Spec):
    """What the engine may take of the machine.

    `memory` is what it may hold, such as ``4GB``, of which the rest waits on disk (default: half of
    the memory of the machine or container); the process holds 300 MB more, of many millions of
    events 1 GB, and what models need. `threads` (default: one a core) change no result. `temp_dir`
    is the folder in which what does not fit waits, each run in a private folder of its own
    (default: that of the system).

    Examples
    --------
    >>> EngineSpec(memory="4 gb", threads=2).memory
    '4GB'
    """

    place = "engine"

    memory: Size | None = None
    threads: int | None = Field(default=None, strict=True, ge=1, le=MOST_THREADS)
    temp_dir: Annotated[str, Field(min_length=1), AfterValidator(_read_folder)] | None = None
