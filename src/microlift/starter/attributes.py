"""Which columns say where a user came from, and so belong into every comparison."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from microlift.starter.columns import shown
from microlift.starter.traits import Trait

MOST = 4  # every attribute multiplies the states that have to be told apart
EARLY = 0.5  # share of users for whom it must be known at the start
AS_OFTEN = 0.8  # of those for whom it is known at all
ALONE = 5  # users a label below which it is an id by another name
MAILS = 0.01  # share of values that look like addresses, or records, from which on none is printed
STEADY = 0.5  # share of users for whom a label that no name speaks for must not change
FEW = 12  # labels that no small log makes an id of


@dataclass(frozen=True)
class AttributeChoice:
    """Attributes of a plan.

    Attributes
    ----------
    chosen : tuple of str
    reasons : tuple of str
        One a column that was looked at.
    unsure : tuple of str
    """

    chosen: tuple[str, ...]
    reasons: tuple[str, ...]
    unsure: tuple[str, ...]


def choose_attributes(traits: Sequence[Trait], named: Collection[str]) -> AttributeChoice:
    """Choose the attributes.

    Parameters
    ----------
    traits : sequence of Trait
    named : collection of str
        Those whose names are known for one.

    Returns
    -------
    AttributeChoice

    Examples
    --------
    >>> traits = [Trait("channel", 5, 1.0, 1.0, 1.0), Trait("payment", 3, 1.0, 0.02, 0.4)]
    >>> choice = choose_attributes(traits, ["channel", "payment"])
    >>> choice.chosen
    ('channel',)
    >>> choice.reasons[1]
    'payment (left out): known at the start for 2% of users, and for 40% in the whole log: what
    comes later may be known because of what happened'
    """
    chosen: list[str] = []
    reasons: list[str] = []
    possible: list[str] = []
    for trait in traits:
        figures = f"{trait.labels:,} labels, one and the same for {trait.steady:.0%} of users"
        if _names_people(trait):
            said = (
                f"(left out): {trait.labels:,} labels for {trait.users:,} users: it tells who "
                "somebody is, and an attribute is printed in reports"
            )
        elif trait.records > MAILS:
            said = "(left out): it holds records, not labels"
        elif trait.early < max(EARLY, AS_OFTEN * trait.ever):
            said = (
                f"(left out): known at the start for {trait.early:.0%} of users, and for "
                f"{trait.ever:.0%} in the whole log: what comes later may be known because of what "
                "happened"
            )
        elif trait.name in named and len(chosen) < MOST:
            chosen.append(trait.name)
            said = f"(by its name): {figures}"
        elif trait.steady < STEADY:
            said = f"(left out): {figures}: it changes with what users do"
        else:
            possible.append(trait.name)
            said = f"(possible): {figures}"
        reasons.append(f"{shown(trait.name)} {said}")
    unsure: tuple[str, ...] = ()
    if possible:
        names = ", ".join(map(shown, possible))
        unsure = (
            f"log.attributes: {names} may be added if known before users act; a label that was "
            "made from what they did would give the outcome away.",
        )
    if not chosen and not possible:
        unsure = (
            "log.attributes: the log has no channel, device or the like, so that users are "
            "compared by what they do alone.",
        )
    return AttributeChoice(tuple(chosen), tuple(reasons), unsure)


def _names_people(trait: Trait) -> bool:
    """Tell whether a label is an e-mail address, or stands for so few users that it names them."""
    return trait.mails >= MAILS or (trait.labels > FEW and trait.users < ALONE * trait.labels)
