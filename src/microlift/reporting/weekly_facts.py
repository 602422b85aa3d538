"""What the weekly report records of itself: headline figures, weights, what needs a look."""

from typing import Any

from microlift.reporting import facts
from microlift.reporting.concerns import concerns

_SHOWN = 60


def record(result: Any, broken: Any = None) -> dict[str, Any]:
    """Return the facts of a run for its manifest.

    Parameters
    ----------
    result
        What `microlift.run` returned.
    broken
        What `microlift.diagnose` found, where it was asked.

    Returns
    -------
    `headline`, `weights` to publish by action, and `attention`: sentences.
    """
    frame, book = result.lift.to_frame(), result.weights.to_dict() or {}
    unit = book.get("currency") or ""
    figures = {
        "Macros": int(result.log.facts.macros),
        _in("Revenue booked", result.log.facts.currency): float(result.ledger.revenue),
        "Actions that raise": int((frame["verdict"] == "raises").sum()),
    }
    chosen = [action for action in book.get("actions", []) if action["primary"]]
    chosen.sort(key=lambda action: -float(action["weight"]))
    weights = {_name(action["name"]): float(action["weight"]) for action in chosen}
    if book.get("macro_weight"):
        weights[_name(", ".join(result.plan.macro.event))] = float(book["macro_weight"])
    figures |= {_in(f"Weight of {name}", unit): weight for name, weight in weights.items()}
    return {
        facts.HEADLINE: figures,
        "weights": {} if result.weights.withheld else weights,
        "currency": unit,
        "attention": list(map(str, concerns(result, broken))),
    }


def _in(label: str, unit: str | None) -> str:
    return f"{label}, {unit}" if unit else label


def _name(name: str) -> str:
    return name if len(name) <= _SHOWN else name[: _SHOWN - 1] + "…"
