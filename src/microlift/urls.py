"""URLs where a path is asked for, and what in them nobody may read."""

import re

_MASK = "***"
# The word before the first @ may hold anything, an @ or a slash included.
_USERINFO = re.compile(r"(?<=://)([^/\s@:]*):\S*(?=@)")


def is_url(text: str) -> bool:
    """Tell a URL from a path.

    Examples
    --------
    >>> is_url("bigquery://shop/web#events"), is_url("C://events.parquet"), is_url("events.parquet")
    (True, False, False)
    """
    return re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", text) is not None


def masked(text: str) -> str:
    """Replace what may be a secret in a URL, or in a message that holds one.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> masked("trino://ann:hunter2@host/shop?auth=abc&http_scheme=https#events")
    'trino://ann:***@host/shop?auth=***&http_scheme=https#events'
    """
    text = _USERINFO.sub(rf"\1:{_MASK}", text)
    word = r"(?i)([?&;][^=&;#\s]*(?:pass|pwd|secret|token|key|credential|auth)[^=&;#\s]*)=[^&;#\s]*"
    return re.sub(word, rf"\1={_MASK}", text)


def not_a_path(text: str) -> str:
    """Say why a URL is not read as a log, without the secret that it may hold.

    Examples
    --------
    >>> not_a_path("https://ann:hunter2@host/log.csv")[:45]
    "The log 'https://ann:***@host/log.csv' is a U"
    """
    return (
        f"The log {masked(text)[:300]!r} is a URL. Only files are read, so that a run reaches no "
        "network on its own. Copy the files here first; for a table of Spark or a warehouse "
        "there is `microlift cells`."
    )
