"""Reading weights.json back: whole and unchanged, or one clear refusal."""

import json
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from microlift.errors import NewerWeightsError, WeightsError
from microlift.plan.quoting import short
from microlift.weights.content import SCHEMA_VERSION, WeightsFile, checksum

MOST_BYTES = 10_000_000  # thirty actions take some twenty kilobytes


def read_weights(
    path: str | PathLike[str], *, on: date | None = None, currency: str | None = None
) -> WeightsFile:
    """Read a weights file, and refuse one that must not reach an ad platform.

    Parameters
    ----------
    path
        The file, as a run wrote it.
    on
        The day on which the weights are to be used; none where their age does not matter.
    currency
        The currency they are to be used in, where it matters.

    Returns
    -------
    WeightsFile

    Raises
    ------
    WeightsError
        If it is missing, malformed, edited by hand, from a newer release, of another currency,
        or no longer valid.

    Examples
    --------
    >>> read_weights("nowhere.json")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    microlift.errors.WeightsError: Weights file 'nowhere.json' does not exist...
    """
    file = Path(path)
    content = parse_weights(_text(file), f"Weights file {short(str(file))}")
    if currency is not None and content.currency != currency:
        raise WeightsError(
            f"Weights file {short(str(file))} is in {content.currency or 'macros, not money'}, and "
            f"{short(currency)} was asked for: a value in the wrong currency misleads every bid. "
            "Make the weights in the currency of the account (macro.currency in the plan)."
        )
    if on is not None and on > content.valid_until:
        raise WeightsError(
            f"Weights file {short(str(file))} was valid until {content.valid_until}, and today is "
            f"{on}: visitors change, and old weights misprice them. Run 'microlift weights' again."
        )
    return content


def parse_weights(text: str, what: str) -> WeightsFile:
    """Read the text of a weights file; `what` is what messages call it.

    Raises
    ------
    WeightsError
        As `read_weights`.
    """
    data = _mapping(text, what)
    version = data.get("schema_version")
    if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA_VERSION:
        raise NewerWeightsError(
            f"{what} has schema version {version}, and this release reads up to {SCHEMA_VERSION}: "
            "fields it does not know could change what a weight means. Install the release that "
            f"wrote it ({short(data.get('package_version'))})."
        )
    if version == SCHEMA_VERSION and data.get("checksum") != checksum(data):
        raise WeightsError(
            f"{what} was changed after it was written (its checksum does not fit), so nothing "
            "vouches for its numbers. Take the last version as published (microlift history "
            "rollback), or run 'microlift weights' again; change weights through the plan."
        )
    try:
        return WeightsFile.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise WeightsError(
            f"{what} is not a weights file of schema version {SCHEMA_VERSION}: {short(place)} "
            f"({first['msg']}). Name a weights.json that 'microlift weights' wrote."
        ) from None


def _text(file: Path) -> str:
    what = f"Weights file {short(str(file))}"
    try:
        if file.stat().st_size > MOST_BYTES:
            raise WeightsError(
                f"{what} has {file.stat().st_size:,} bytes, far more than any weights.json: it is "
                "something else. Name a weights.json that 'microlift weights' wrote."
            )
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WeightsError(
            f"{what} does not exist, so there is nothing to read. Run 'microlift weights' first, "
            "or mend the path."
        ) from None
    except UnicodeDecodeError:
        raise WeightsError(
            f"{what} is not UTF-8 text. Name a weights.json that 'microlift weights' wrote."
        ) from None
    except OSError as error:
        raise WeightsError(f"{what} cannot be read ({error.strerror}). Mend the path.") from None


def _mapping(text: str, what: str) -> dict[str, Any]:
    def refuse(name: str) -> float:
        raise ValueError(f"{name} is no number")

    try:
        data = json.loads(text, parse_constant=refuse)
        json.dumps(data, ensure_ascii=False).encode()  # half a character reaches no file
    except (ValueError, RecursionError) as error:
        raise WeightsError(
            f"{what} is not JSON ({short(str(error))}): it may be cut short. Take the last version "
            "as published (microlift history rollback), or run 'microlift weights' again."
        ) from None
    if not isinstance(data, dict):
        raise WeightsError(
            f"{what} holds {type(data).__name__} and not a mapping. Name a weights.json that "
            "'microlift weights' wrote."
        )
    return data
