"""A shop in which every name is a hostile one: events, channels, names and labels of its plan."""

from typing import Any

import numpy as np
import pandas as pd
import yaml

from microlift.simulate import plan_for, simulate

LOOKUP = "${jndi:dns://a.example/x}"
SCRIPT = "<script>alert(1)</script>"
LONG = "x" * 10_000
TURNED = "\u202eabc\u2066def"
NUL = "vi\0ew"
OF_THE_PLAN = {
    "add_to_cart": LOOKUP,
    "newsletter": SCRIPT,
    "pricing_page": "a\nb\r\n\tc",
    "purchase": "\"quoted\", 'single'; DROP TABLE events;--",
    "video": LONG,
    "view_item": TURNED,
    "visit": '=HYPERLINK("a")',
}
OTHERS = [
    '<img src=x onerror="alert(1)">',
    NUL,
    "\x1b[2J\x1b[31mred",
    "カート 🏳️‍🌈",
    "+1+1",
    "@SUM(A1)",
    "{{ 7*7 }} {0} %s %d",
    " lead and trail ",
    "\\",
    "../../etc/passwd",
    "null",
    "NaN",
    "a|b`c`",
    "]]>&amp;<!--",
]
# A plan lets a label be 100 characters long, and hold no control character.
CALLED = [
    '<img src=x onerror="alert(1)">',
    "$price_5$",
    "_x",
    "\u202eשלום",
    "🏳️‍🌈",
    "W" * 100,
    "a\\b",
]
LABELS = [SCRIPT, "\x1b[2Jads\n", "-2+3", TURNED, LONG]


def rows() -> pd.DataFrame:
    """A shop in which every name is a hostile one; some visits hold all the others."""
    frame = simulate("plain", 4_000, 3)
    frame["event"] = frame["event"].map(OF_THE_PLAN)
    number = frame["user_id"].str.slice(1).astype(int)
    # The long one is rare: it is to be read, not to fill a disk.
    frame["channel"] = np.array(LABELS, dtype=object)[number % (len(LABELS) - 1)]
    frame.loc[number % 50 == 0, "channel"] = LABELS[-1]
    more = frame.iloc[: 4 * len(OTHERS)].assign(event=OTHERS * 4, value=np.nan)
    return pd.concat([frame, more], ignore_index=True)


def plan_text(parts: Any = None, **log: Any) -> str:
    """Write a plan of it, with other settings in some of its parts and in how its log is read."""
    plan = plan_for("plain").to_dict()
    plan["macro"]["event"] = OF_THE_PLAN["purchase"]
    plan["log"] |= {"attributes": ["channel"], **log}
    plan["weights"]["calibration_range"] = [0.01, 100.0]
    for action in plan["actions"]:
        action["event"] = [OF_THE_PLAN[name] for name in action["event"]]
        name = action["event"][0]
        # A plan refuses names of actions that are long or hold control characters.
        action["name"] = name if name.isascii() and len(name) < 100 else action["name"]
    plan["actions"][0]["name"], plan["actions"][1]["name"] = TURNED, '=cmd()|"x"'
    for action in plan["actions"]:
        action["name"] = "".join(c for c in action["name"] if c.isprintable() or c in TURNED)
    for action, label in zip(plan["actions"], CALLED, strict=False):
        action["label"] = label
    plan["macro"]["label"] = "<b>sale</b>"
    plan.pop("funnel", None)
    for name, settings in (parts or {}).items():
        plan[name] |= settings
    return yaml.safe_dump(plan, sort_keys=False, allow_unicode=True)
