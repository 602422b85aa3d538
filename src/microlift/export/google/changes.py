"""The change list of google-ads: what a person reads, or does by hand."""

from microlift.export.google.lines import Line
from microlift.export.google.settings import GoogleAdsSettings
from microlift.export.markdown import text
from microlift.weights import WeightsFile


def change_list(
    weights: WeightsFile, settings: GoogleAdsSettings, found: list[Line], notes: tuple[str, ...]
) -> str:
    """Text of changes.md."""
    unit = weights.currency
    head = [
        "# Google Ads: what changes",
        "",
        f"From weights made {weights.created_at:%Y-%m-%d}, to be used until {weights.valid_until}; "
        f"mode: {weights.mode}{_until(weights)}. A new value applies to later conversions only, "
        "within a few hours.",
        "",
        f"| action | conversion action | bidding | value ({unit}) | counts | category | why |",
        "|---|---|---|---:|---|---|---|",
    ]
    rows = [_row(line) for line in found]
    steps = ["", "## Steps", "", *_steps(settings, found)]
    said = ["", "## Notes", "", *(f"- {text(note)}" for note in notes)]
    return "\n".join([*head, *rows, *steps, *said]) + "\n"


def _until(weights: WeightsFile) -> str:
    """The day on which micro actions are to go, where one is planned."""
    day = weights.micro_until
    return f", micro actions to be removed on {day}" if day else ""


def _row(line: Line) -> str:
    where = _target(line)
    state = "primary" if line.value is not None else "secondary"
    cells = (
        text(line.name),
        where,
        state,
        line.value or "",
        ((line.value and line.counting) or "as it is").lower().replace("_", " "),
        text(line.category or "as it is") if not line.id else "as it is",
        text(line.why),
    )
    return "| " + " | ".join(cells) + " |"


def _target(line: Line) -> str:
    if line.id:
        return f"{line.id} (update.json)"
    if line.is_macro:
        return "by hand"
    return f"new: {text(line.title)} (create.json)" if line.value is not None else "none"


def _steps(settings: GoogleAdsSettings, found: list[Line]) -> list[str]:
    path = (
        f"https://googleads.googleapis.com/{settings.api_version}"
        f"/customers/{settings.customer or 'CUSTOMER_ID'}/conversionActions:mutate"
    )
    made = []
    if any(line.id for line in found):
        made.append("update")
    if any(line.value is not None and not line.id and not line.is_macro for line in found):
        made.append("create")
    steps = [f"POST to `{path}`:"] if made else ["Nothing to send; do by hand what stands above."]
    if any(line.is_macro and not line.id and line.value is None for line in found):
        # The one step whose omission books the revenue twice.
        steps.insert(0, "First, by hand: make the conversion action of the macro secondary.\n")
    for name in made:
        steps += [
            f"- `{name}.validate.json`: changes nothing, and answers with what would be refused.",
            f"- `{name}.json`: the same, in earnest.",
        ]
    return steps
