"""Whose click an id is of: by the plan, by the name of its column, by how the id looks.

Sent to another platform than its own, an id is a row that nobody counts, and no error says so.
"""

import re
from typing import get_args

from microlift.plan import Plan
from microlift.plan.log import ClickKind

OF_GOOGLE: tuple[ClickKind, ...] = ("gclid", "gbraid", "wbraid")
OF_MICROSOFT: tuple[ClickKind, ...] = ("msclkid",)

# Forms that no other platform writes; an id of none of them may still be anybody's.
_FORMS: tuple[tuple[ClickKind, re.Pattern[str]], ...] = (
    ("gclid", re.compile(r"(Cj[a-zA-Z0-9]KC|EAIaIQ)[\w-]{20,}")),
    ("msclkid", re.compile(r"[0-9a-fA-F]{32}")),
    ("fbclid", re.compile(r"(Iw|PA)(AR|ZX|Y2)[\w-]{20,}")),
    ("ttclid", re.compile(r"E[._]C[._]P[._][\w.-]{10,}")),
    ("li_fat_id", re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
)


def looks_like(click_id: str) -> ClickKind | None:
    """Tell whose click an id is of by its form; None where the form is nobody's own.

    Examples
    --------
    >>> looks_like("0a1b2c3d" * 4), looks_like("Cj0KCQjw-abc123DEF456ghi789jkl")
    ('msclkid', 'gclid')
    >>> looks_like("click-17") is None
    True
    """
    return next((kind for kind, form in _FORMS if form.fullmatch(click_id)), None)


def kind_in(plan: Plan) -> ClickKind | None:
    """Tell whose clicks a plan says its ids are: in `click_kind`, else by the column's own name.

    Examples
    --------
    >>> plan = {"macro": {"event": "buy"}, "horizon": "1d",
    ...         "actions": [{"name": "view", "event": "view"}]}
    >>> kind_in(Plan.from_dict(plan | {"log": {"columns": {"click_id": "session.MSCLKID"}}}))
    'msclkid'
    >>> kind_in(Plan.from_dict(plan | {"log": {"columns": {"click_id": "ad_click"}}})) is None
    True
    """
    if plan.log.click_kind:
        return plan.log.click_kind
    columns = [plan.log.columns, *(source.columns for source in plan.log.sources)]
    named = {_named(each.click_id) for each in columns if each.click_id}
    return named.pop() if len(named) == 1 else None


def _named(column: str) -> ClickKind | None:
    found = [kind for kind in get_args(ClickKind) if _word(kind).search(column.lower())]
    kind: ClickKind | None = found[0] if len(found) == 1 else None
    return kind


def _word(kind: str) -> "re.Pattern[str]":
    return re.compile(rf"(?<![a-z0-9]){kind}(?![a-z0-9])")
