"""A plan changed from Python: an action more or less, and the plan as the text of its file.

Everything goes through plain data and back in by the door, so that the refusals are those of YAML.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import yaml

from microlift.errors import PlanError, nearest
from microlift.plan.quoting import short

_WIDTH = 100


def with_action(
    plan: Mapping[str, Any], name: str, rule: Mapping[str, Any], before: str | None
) -> dict[str, Any]:
    """Plain data of a plan with one action more: the last, or the one before another.

    Examples
    --------
    >>> with_action({"actions": [{"name": "cart"}]}, "view", {"event": "view"}, "cart")["actions"]
    [{'name': 'view', 'event': 'view'}, {'name': 'cart'}]
    """
    actions = list(plan["actions"])
    place = len(actions) if before is None else _place(actions, before, "before")
    return {**plan, "actions": [*actions[:place], {"name": name, **rule}, *actions[place:]]}


def without_action(plan: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Plain data of a plan with one action less, also where others of its keys name it."""
    actions = list(plan["actions"])
    place = _place(actions, name, "name")
    weights = dict(plan["weights"])
    if weights["primary"] != "auto":
        weights["primary"] = [each for each in weights["primary"] if each != name]
    return {
        **plan,
        "actions": actions[:place] + actions[place + 1 :],
        "funnel": [each for each in plan["funnel"] if each != name],
        "weights": weights,
    }


def _place(actions: list[dict[str, Any]], name: object, argument: str) -> int:
    names = [action["name"] for action in actions]
    if name not in names:
        raise PlanError(
            f"Argument {argument}: got {short(name)}, which is none of the {len(names):,} actions "
            f"of the plan (nearest: {nearest(str(name), names)}). Mend the name."
        )
    return names.index(name)


def text_of(plan: Mapping[str, Any]) -> str:
    """Text of a plan's YAML file, an action a line.

    Examples
    --------
    >>> print(text_of({"horizon": "2w", "actions": [{"name": "cart", "event": ["cart"]}]}), end="")
    horizon: 2w
    actions:
      - {name: cart, event: [cart]}
    """
    lines = []
    for key, value in plan.items():
        if key == "actions":
            lines += ["actions:\n", *(f"  - {_flow(action)}" for action in value)]
        else:
            flow = None if isinstance(value, list | dict) else False
            look = {**_LOOK, "default_flow_style": flow, "width": _WIDTH}
            lines.append(yaml.dump({key: value}, Dumper=_Dumper, **look))
    return "".join(lines)


_LOOK: dict[str, Any] = {"sort_keys": False, "allow_unicode": True}


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, which a person would have to look up."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _flow(action: Mapping[str, Any]) -> str:
    # As wide as it has to be: a broken line would stand where the list has its dashes.
    look = {**_LOOK, "default_flow_style": True}
    return str(yaml.dump(dict(action), Dumper=_Dumper, **look, width=2**31))


def save(text: str, path: Path) -> None:
    """Write a plan's file as a whole, or refuse and leave what was there."""
    part = None
    try:
        with NamedTemporaryFile("wb", dir=path.parent, prefix=".plan-", delete=False) as file:
            part = Path(file.name)
            file.write(text.encode("utf-8"))
        # A temporary file is for its owner alone; a plan is as readable as any new file.
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)
        part.replace(path)
    except OSError as error:
        if part is not None:
            with suppress(OSError):
                part.unlink()
        raise PlanError(
            f"Plan file {str(path)!r} cannot be written: {error.strerror}. Nothing was changed. "
            "Name a file in a folder that exists and may be written to."
        ) from None
