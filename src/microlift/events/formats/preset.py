"""Presets: what the columns of known flat exports mean, as data in `presets/`, one file each."""

from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import yaml

Paths = tuple[str, ...]


@dataclass(frozen=True)
class Preset:
    """The columns of a known export.

    Attributes
    ----------
    name, title : str
    columns, names : dict of str to tuple of str
        For each key of ``log.columns``, and for further words of ours (channel, campaign, device),
        the columns that may hold it, the best first: in each row the first that has a value. A
        path with dots leads into a record, or into the JSON text of one.
    properties : tuple of str
        Records in which a name of the plan is looked for that is no column.
    each : str or None
        A list of records, each of which is a row.
    only : tuple of str
        Rows in which all of these are empty are no events.
    event_is : str or None
        The event of every row, where a row is an event by being there.
    no_session : str or None
        The session id that stands for none.
    utc : bool
        Whether times without a zone are in UTC, whatever the plan's zone.
    hints : tuple of str
        What a reader of the results should know about every such export.
    """

    name: str
    title: str
    columns: dict[str, Paths]
    names: dict[str, Paths] = field(default_factory=dict)
    properties: Paths = ()
    each: str | None = None
    only: Paths = ()
    event_is: str | None = None
    no_session: str | None = None
    utc: bool = False
    hints: tuple[str, ...] = ()


@cache
def load_preset(name: str) -> Preset:
    """Read a preset from its file.

    Parameters
    ----------
    name : str
        One of `microlift.plan.log.FORMATS`, but for ``ga4``.

    Returns
    -------
    Preset

    Examples
    --------
    >>> load_preset("snowplow").columns["timestamp"]
    ('derived_tstamp', 'collector_tstamp')
    """
    file = resources.files("microlift.events.formats") / "presets" / f"{name}.yaml"
    read = yaml.safe_load(file.read_text(encoding="utf-8"))
    for key in ("properties", "only", "hints"):
        read[key] = tuple(read.get(key, ()))
    for key in ("columns", "names"):
        read[key] = {word: tuple(paths) for word, paths in read.get(key, {}).items()}
    return Preset(name=name, **read)
