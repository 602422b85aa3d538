"""Data quality: what a log can and cannot carry, as a table of verdicts.

`check_log` counts in the engine (`counts`, `doings`, `door`) and hands the counted tables to the
checks, which are pure functions: each looks at one thing and returns one `Finding`. A refusal here
stops nothing; what makes a log unreadable is refused in `microlift.events`.
"""

from microlift.quality.finding import Finding
from microlift.quality.result import Quality, check_log

__all__ = ["Finding", "Quality", "check_log"]
