"""Whether there are enough macros for any estimate, and how many more are needed."""

import math
from statistics import NormalDist

from microlift.events.times import DAY
from microlift.plan import micros
from microlift.quality.counts import Counts
from microlift.quality.finding import Finding, Verdict, part, things

SURE, POWER = 0.95, 0.8
DOUBLED, WORTHWHILE = 2.0, 1.5


def macros_needed(lift: float) -> int:
    """Tell how many users with a macro it takes to see a lift, in the best of cases.

    The best case: half of the users with a macro did the action, and the log shows everything that
    makes users differ. The log of a ratio of two counts m/2 has the variance 4/m.

    Examples
    --------
    >>> macros_needed(2.0), macros_needed(1.5)
    (66, 191)
    """
    normal = NormalDist()
    distance = normal.inv_cdf((1 + SURE) / 2) + normal.inv_cdf(POWER)
    return math.ceil(4 * (distance / math.log(lift)) ** 2)


def enough_macros(counts: Counts) -> Finding:
    """Users with a macro whose horizon lies inside the log, against how many it takes."""
    have = counts.doings.total("covered")
    doubled, worthwhile = macros_needed(DOUBLED), macros_needed(WORTHWHILE)
    verdict: Verdict = "refuse" if have < doubled else "look" if have < worthwhile else "good"
    example = ""
    if verdict != "good":
        aim = doubled if verdict == "refuse" else worthwhile
        example = f"{things(aim - have, 'more macro user')} needed"
        if have:
            # Those who came in the last horizon are not among them yet.
            window = counts.facts.last_us - counts.facts.first_us - micros(counts.plan.horizon)
            days = max(window, 0) / DAY
            example += f", at this pace {things(math.ceil(days * (aim - have) / have), 'more day')}"
    return Finding(
        "enough macros",
        verdict,
        have,
        part(have, counts.doings.total("macro_users")),
        example,
        f"Below {doubled} users with a macro (their horizon inside the log) not even an action "
        "that doubles the chance, done by half of them, is told from chance in 4 of 5 logs; for a "
        f"lift of 1.5 it takes {worthwhile}.",
        "Widen the log, shorten the horizon, or measure a macro that is reached more often.",
    )
