"""Known exports: each becomes flat rows under the names that the plan uses."""

from ibis.backends.duckdb import Backend

from microlift.events.files import Source
from microlift.events.formats.flat import Flat
from microlift.events.formats.flat_export import read_export
from microlift.events.formats.ga4 import read_ga4
from microlift.events.formats.several import find_sources, read_sources
from microlift.plan import Plan

__all__ = ["Flat", "find_sources", "read_format", "read_ga4", "read_sources"]


def read_format(source: Source, con: Backend, plan: Plan) -> Flat:
    """Read a log as ``log.format`` of the plan says.

    Parameters
    ----------
    source : Source
    con : ibis.backends.duckdb.Backend
    plan : Plan

    Returns
    -------
    Flat

    Raises
    ------
    EventsError
        If the files are not of that format.
    """
    return (read_ga4 if plan.log.format == "ga4" else read_export)(source, con, plan)
