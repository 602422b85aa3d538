"""What the weekly report records of itself: headline figures, weights, what needs a look."""

from collections.abc import Iterator
from typing import Any

from microlift.reporting import facts

_SHOWN = 60


def record(result: Any) -> dict[str, Any]:
    """Return the facts of a run for its manifest.

    Parameters
    ----------
    result
        What `microlift.run` returned.

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
        "attention": list(_attention(result)),
    }


def _attention(result: Any) -> Iterator[str]:
    for reason in result.weights.reasons if result.weights.withheld else ():
        yield f"Weights withheld: {reason}"
    for guard in result.weights.guards:
        if guard.state == "changed":
            yield f"Guard, {_name(guard.action or 'all')}: {guard.reason}"
    for found in result.quality.findings if result.quality else ():
        if found.verdict not in ("good", "not judged"):
            # What was found and what to do, as a message is read where no page is at hand.
            what = f"{found.example}. " if found.example else ""
            yield f"Data, {found.name}: {what}{found.remedy or found.effect}"
    for check in result.evidence.checks if result.evidence else ():
        if check.verdict is False:
            yield f"Evidence, {check.name}: {check.finding}"


def _in(label: str, unit: str | None) -> str:
    return f"{label}, {unit}" if unit else label


def _name(name: str) -> str:
    return name if len(name) <= _SHOWN else name[: _SHOWN - 1] + "…"
