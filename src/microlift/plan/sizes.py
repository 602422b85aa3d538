"""Sizes of memory: a number and a unit, in a plan, on the command line and in messages."""

import re
from typing import Annotated

from pydantic import BeforeValidator

from microlift.errors import PlanError
from microlift.plan.quoting import short

UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
LEAST = 15 * UNITS["MiB"]  # 16MB in whole MiB; in 8MB not even some hundred rows can be read


def parse_size(text: str) -> int:
    """Read a size of memory as bytes: a number and one unit of MB, GB, TB, MiB, GiB, TiB.

    Parameters
    ----------
    text : str
        For example ``4GB`` (decimal) or ``1.5 GiB``; at least ``16MB``.

    Returns
    -------
    int

    Raises
    ------
    PlanError
        If the text has no unit or another one, or is too little to start in.

    Examples
    --------
    >>> parse_size("4GB"), parse_size("1.5 gib")
    (4000000000, 1610612736)
    """
    found = re.fullmatch(r"([0-9]{1,7}(?:\.[0-9]{1,3})?) ?([A-Za-z]+)", text.strip())
    sizes = {unit.lower(): size for unit, size in UNITS.items()}
    if not found or found[2].lower() not in sizes:
        raise PlanError(f"not a size: {short(text)}; write 4GB (known: {', '.join(UNITS)})")
    count = int(float(found[1]) * sizes[found[2].lower()])
    if count < LEAST:
        raise PlanError(f"too little to start in: {short(text)}; at least 16MB, better 4GB")
    return count


def _read_size(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(
            f"Got {short(value)}, a size without a unit, which would be a guess. Write 4GB."
        )
    try:
        parse_size(value)
    except PlanError as error:
        raise ValueError(f"It is {error}.") from None
    unit = {unit.lower(): unit for unit in UNITS}[value.strip().lstrip("0123456789. ").lower()]
    return value.strip()[: -len(unit)].strip() + unit


# Kept as it was written, in one spelling.
Size = Annotated[str, BeforeValidator(_read_size)]
