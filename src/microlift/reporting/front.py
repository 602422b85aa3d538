"""The first screen of the weekly page: what to do, what to publish, what moved, what needs a look.

Whoever reads no further has to leave with the right numbers and the right doubts.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from microlift.diagnosis import Diagnosis
from microlift.grammars import leave_out_iris
from microlift.history.diff import compare
from microlift.reporting import differences, numerals, words
from microlift.reporting.blocks import Block, cards, section
from microlift.reporting.concerns import concerns, is_first
from microlift.reporting.plainly import capital, sentence
from microlift.reporting.tables import breakable

leave_out_iris()  # the process is a report's: nothing else opens a page
MOST = 9  # things to attend to: a longer list is read by nobody, and its sections have them all


def opening(result: Any) -> Block:
    """Say what to do, in two sentences or three.

    Parameters
    ----------
    result
        What `microlift.run` returned.
    """
    macro = numerals.listing(result.plan.macro.event)
    lead = words.headline(
        result.weights.to_dict(), result.lift.to_frame(), macro, first=is_first(result)
    )
    return Block(f'<p class="lead">{breakable(lead)}</p>', lead)


def publish(result: Any) -> Block:
    """Show the weights to publish, large; or the banner that they are withheld, and why."""
    book, withheld = result.weights.to_dict(), result.weights.withheld
    heading = words.weights_heading(book, withheld)
    if withheld:
        reasons = "".join(f"<li>{breakable(reason)}</li>" for reason in result.weights.reasons)
        html = (
            f'<div class="banner"><h2 id="publish"><span class="topic">Weights withheld</span> '
            f"{breakable(heading)}</h2><ul>{reasons}</ul></div>"
        )
        return Block(html, "\n".join([heading, *result.weights.reasons]))
    head = section("publish", "Weights to publish", heading)
    shown = _weight_cards(book, numerals.listing(result.plan.macro.event), _before(result))
    return Block(f"{head.html}\n{shown.html}", f"{head.text}\n{shown.text}")


def _before(result: Any) -> dict[str, float]:
    """Weights of the version before by action; none where they are in another currency."""
    previous = result.previous
    if previous is None or previous.currency != result.weights.to_dict().get("currency"):
        return {}
    return {action.name: action.weight for action in previous.actions}


def _weight_cards(book: Mapping[str, Any], macro: str, before: Mapping[str, float]) -> Block:
    chosen = sorted((a for a in book["actions"] if a["primary"]), key=lambda a: -a["weight"])
    places, currency = numerals.cents([a["weight"] for a in chosen]), book.get("currency") or ""
    entries = []
    for a in chosen:
        weight, low, high = numerals.column([a["weight"], a["low"], a["high"]], places)
        times = a["occurrences"]
        often = {
            "click": f"the first time in each of {numerals.count(times)} clicks or visits",
            "every": f"each of {numerals.plural(times, 'occurrence')}",
        }.get(a.get("count", "user"), f"the first time of {numerals.plural(times, 'user')}")
        remark = f"95 % interval {low} to {high}; booked at {often}"
        if not a["low"] <= a["weight"] <= a["high"]:
            remark = f"held by a guard, its {remark}"
        if before:
            moved = differences.share(before.get(a["name"], 0.0), a["weight"])
            remark = f"{capital(moved)} since the last run; {remark}"
        entries.append((a["name"], f"{weight} {currency}".strip(), remark))
    if book["macro_weight"]:
        worth = numerals.money(book["macro_weight"], currency)
        entries.append((macro, worth, "the macro itself: send this in place of the order value"))
    body = cards(entries)
    return Block(body.html.replace('class="cards"', 'class="cards weights"', 1), body.text)


def monday(result: Any, broken: Diagnosis) -> Block:
    """Show side by side what moved since the last run and what needs attention."""
    parts = [changes(result), attention(result, broken)]
    html = "\n".join(f'<div class="part">{part.html}</div>' for part in parts)
    return Block(f'<div class="two">{html}</div>', "\n".join(part.text for part in parts))


def changes(result: Any) -> Block:
    """Show what moved since the weights that were published last, and the main cause of each."""
    topic = "Since the last run"
    if result.previous is None:
        heading = "There is nothing to compare with yet"
        told = [sentence(result.unread) if result.unread else _FIRST]
        return _listed(section("changes", topic, heading), told)
    day = numerals.day(result.previous.created_at)
    if result.weights.withheld:
        heading = f"What was published on {day} stays in force"
        unit = result.previous.currency
        kept = [
            f"{action.name} {differences.amount(action.weight, unit)} {unit or 'macros'}."
            for action in sorted(result.previous.primary, key=lambda action: -action.weight)
        ]
        return _listed(section("changes", topic, heading), kept)
    found = compare(
        result.previous.model_dump(mode="json"), result.weights.to_dict(), ("before", "now")
    )
    rows = differences.records(differences.booked(found.frame))
    if not rows or rows[0]["change"] != rows[0]["change"]:  # other currencies have no difference
        return _listed(section("changes", topic, f"No weight moved since {day}"), found.notes)
    moved = [row for row in rows if row["change"]]
    heading = f"No weight moved since {day}"
    if moved:
        heading = f"{len(moved)} of {numerals.plural(len(rows), 'weight')} moved since {day}"
    told = [f"{differences.moved(row, found.currency)}{differences.mainly(row)}." for row in moved]
    return _listed(section("changes", topic, heading), [*told, *found.notes])


_FIRST = (
    "This is the first run with this folder. From the next one on, this is the place that says "
    "which weight moved, how far, and why."
)


def attention(result: Any, broken: Diagnosis) -> Block:
    """Show what somebody has to look at, a sentence each, with the way to its section."""
    found = list(concerns(result, broken))
    topic = "What needs attention"
    if not found:
        told = "No weight is withheld or cut, no check failed, and nothing broke."
        return _listed(section("attention", topic, "Nothing this time"), [told])
    heading = numerals.plural(len(found), "thing") + " to look at"
    head = section("attention", topic, heading)
    lines = "".join(
        f'<li><a href="#{escape(one.anchor)}">{escape(one.topic)}</a>: '
        f"{breakable(sentence(one.sentence))}</li>"
        for one in found[:MOST]
    )
    text = [f"- {one.topic}: {sentence(one.sentence)}" for one in found[:MOST]]
    if len(found) > MOST:
        rest = f"{numerals.count(len(found) - MOST)} more are in the sections below."
        lines, text = f"{lines}<li>{rest}</li>", [*text, f"- {rest}"]
    return Block(f"{head.html}\n<ul>{lines}</ul>", "\n".join([head.text, *text]))


def figures(result: Any) -> Block:
    """Show what the report was made from, in numbers: macros, revenue, verdicts, inflation."""
    facts, lifts, totals = result.log.facts, result.lift.to_frame(), result.moments.totals
    book, macro = result.weights.to_dict(), numerals.listing(result.plan.macro.event)
    lines = [
        words.data(facts, macro, result.moments.kind),
        words.booked(facts.macros, totals, result.plan.horizon, repeat=facts.whole is not None),
    ]
    fourth = ("Weights", "withheld", "the reasons are above")
    if book:
        times = f"{numerals.decimal(book['inflation_factor'])}×"
        what = "the macros there were: it counts each once for every action before it"
        fourth = ("The usual recipe books", times, what)
    revenue = numerals.brief(result.ledger.revenue, facts.currency)
    raising = f"{words.verdicts(lifts)['raises']} of {len(lifts)}"
    booked = numerals.plural(totals.macros, "macro")
    name = "Macros after a first" if facts.whole else "Macros in the log"
    shown = cards(
        [
            (name, numerals.count(facts.macros), f"{booked} booked"),
            ("Revenue booked", revenue, f"of these {booked}"),
            ("Actions that raise", raising, words.verdict_line(lifts)),
            fourth,
        ]
    )
    html = f"<p>{breakable(' '.join(lines))}</p>\n{shown.html}"
    return Block(html, "\n".join([*lines, shown.text]))


def _listed(head: Block, lines: Any) -> Block:
    told = list(lines)
    html = "".join(f"<li>{breakable(line)}</li>" for line in told)
    body = f"<ul>{html}</ul>" if len(told) > 1 else "".join(f"<p>{breakable(t)}</p>" for t in told)
    return Block(f"{head.html}\n{body}", "\n".join([head.text, *told]))
