"""Whether progress is shown: to somebody who watches, and not into a page or a log file."""

import sys
from typing import Any


def shows_progress(quiet: bool | None = None) -> bool:
    """Tell whether bars are to be drawn.

    Parameters
    ----------
    quiet
        True or False settle it. None: there are bars where somebody watches, in a terminal and in a
        notebook that is open; none where papermill or nbconvert runs the notebook, since a page
        would keep them for ever.

    Examples
    --------
    >>> shows_progress(quiet=True), shows_progress(quiet=False)
    (False, True)
    """
    if quiet is not None:
        return not quiet
    if "IPython" in sys.modules:
        from IPython.core.getipython import get_ipython

        kernel = getattr(get_ipython(), "kernel", None)
        if kernel is not None:
            return _is_watched(kernel)
    return bool(sys.stderr is not None and sys.stderr.isatty())


def _is_watched(kernel: object) -> bool:
    """Whether who asked for the cell could be asked back: a person could, a runner could not."""
    parent: dict[str, Any] = getattr(kernel, "get_parent", dict)() or {}
    return bool(parent.get("content", {}).get("allow_stdin", False))
