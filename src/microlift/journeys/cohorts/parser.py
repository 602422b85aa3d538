"""Reading the expression of a cohort: a small language, and refusals that point at the place.

    expression := all (OR all)*
    all        := [NOT] chain (AND [NOT] chain)* [WITHIN time]
    chain      := absence (THEN absence)* [WITHIN time]
    absence    := counted [WITHOUT counted [WITHIN time or session]]
    counted    := single [TWICE or n TIMES [WITHIN time]]
    single     := name, or an expression in brackets [WITHIN time]

WITHIN limits what stands directly before it. Where that could be a part or the whole of what it
ends, as in ``a THEN b TWICE WITHIN 3d``, it is refused until brackets say which.
"""

from dataclasses import replace
from difflib import get_close_matches

from microlift.errors import InputError, PlanError, nearest
from microlift.journeys.cohorts.language import (
    SESSION,
    Both,
    Did,
    Either,
    Node,
    Then,
    Times,
    Wait,
    Without,
)
from microlift.journeys.cohorts.tokens import END, KEYWORDS, Expression, Token
from microlift.plan import Plan, micros, parse_duration
from microlift.plan.quoting import printable, short

MAX_NAMES = 30  # in one expression: more cannot be read by people
MAX_DEPTH = 10
MAX_TIMES = 1_000
_MEND = (
    "A cohort can look only at what the log was read for. Mend the name, or add the action to the "
    "plan."
)


def parse_cohort(text: str, plan: Plan) -> Node:
    """Read an expression in the words of a plan.

    Parameters
    ----------
    text
        For example ``video THEN pricing WITHIN 3d``.
    plan
        Its actions are the names that an expression may use.

    Raises
    ------
    InputError
        With the expression on a line of its own, and a mark under the place that is wrong.

    Examples
    --------
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "7d", "actions": [
    ...     {"name": "video", "event": "video"}, {"name": "pricing", "event": "pricing"}]})
    >>> parse_cohort("video then pricing within 3d", plan)
    Then(parts=(Did(actions=1), Did(actions=2)), within=259200000000)
    >>> parse_cohort("video THEN pricng", plan)
    Traceback (most recent call last):
    microlift.errors.InputError: cohorts: 'pricng' is no action of the plan (nearest: 'pricing').
        video THEN pricng
                   ^^^^^^
    A cohort can look only at what the log was read for. Mend the name, or add the action to the \
plan.
    """
    return _Reader(Expression(text), plan).whole()


class _Reader:
    """Recursive descent, one method a line of the grammar."""

    def __init__(self, expression: Expression, plan: Plan) -> None:
        self.said = expression
        self.plan = plan
        self.at = 0
        self.depth = 0
        self.names = 0

    @property
    def next(self) -> Token:
        return self.said.tokens[self.at]

    def take(self, *kinds: str) -> Token | None:
        """Step over the next word if it is one of these."""
        token = self.next
        if token.kind not in kinds:
            return None
        self.at += 1
        return token

    def whole(self) -> Node:
        node = self.expression()
        token = self.next
        if token.kind == END:
            return node
        if token.kind == "WITHIN":
            raise self.timeless(token, node)
        if token.kind == ")":
            raise self.said.refuse(token, "a bracket closes here that none opened.", "Remove it.")
        near = get_close_matches(token.text.upper(), KEYWORDS, n=1)
        meant = f" (nearest: {near[0]})" if near else ""
        raise self.said.refuse(
            token,
            f"{short(token.text)} stands here without a word that joins it to what is before"
            f"{meant}.",
            "Write AND, OR, THEN or WITHOUT between, or put a name of several words in quotes.",
        )

    def expression(self) -> Node:
        parts = [self.all()]
        while self.take("OR"):
            parts.append(self.all())
        if len(parts) == 1:
            return parts[0]
        bits = [part.actions for part in parts if isinstance(part, Did)]
        if len(bits) == len(parts):
            return Did(_joined(bits))
        return Either(tuple(parts))

    def all(self) -> Node:
        parts: list[Node] = []
        nots: list[Node] = []
        first: Token | None = None
        while True:
            denied = self.take("NOT")
            first = first or denied
            (nots if denied else parts).append(self.chain())
            if not self.take("AND"):
                break
        if not parts and first:
            raise self.said.refuse(
                first,
                "NOT stands alone, and whoever has only just come has done nothing yet: all would "
                "be members from their first event on.",
                "Say what members did do, as in 'cart AND NOT checkout' (no checkout up to then) "
                "or 'cart WITHOUT checkout WITHIN 1d' (none in the time after it).",
            )
        if nots and self.next.kind == "WITHIN":
            raise self.said.refuse(
                self.next,
                "WITHIN stands behind AND NOT, which asks about all the time up to then.",
                "For a time after the action write 'cart WITHOUT checkout WITHIN 1d'.",
            )
        if nots:
            return Both(tuple(parts), tuple(nots))
        return self.whole_of(Both(tuple(parts)))

    def chain(self) -> Node:
        parts = [self.absence()]
        while self.take("THEN"):
            parts.append(self.absence())
        return self.whole_of(Then(tuple(parts)))

    def whole_of(self, node: Both | Then) -> Node:
        """Give a time limit to several parts together, unless the last has taken it."""
        last = node.parts[-1]
        if len(node.parts) == 1:
            return last
        word = self.said.tokens[self.at - 2]
        if word.kind == "WITHIN" and not isinstance(last, Without):
            raise self.said.refuse(
                word,
                "WITHIN may limit the last part or the whole, which are different cohorts.",
                "Put brackets around what it limits, with WITHIN inside: 'a THEN (b TWICE WITHIN "
                "3d)' or '((a THEN b TWICE) WITHIN 3d)'.",
            )
        return self.limited(node)

    def absence(self) -> Node:
        begin = self.next
        node = self.counted()
        word = self.take("WITHOUT")
        if not word:
            return node
        other = self.next
        missing = self.counted()
        for part, token in ((node, begin), (missing, other)):
            if not isinstance(part, Did):
                raise self.said.refuse(
                    token,
                    "WITHOUT stands between two actions (or an OR of some, in brackets), and this "
                    "is more.",
                    "Write for example 'cart WITHOUT (checkout OR payment) WITHIN 1d'.",
                )
        assert isinstance(node, Did)
        assert isinstance(missing, Did)
        return Without(node, missing, self.limit(True) if self.take("WITHIN") else SESSION)

    def counted(self) -> Node:
        begin = self.next
        node = self.single()
        number = 2
        word = self.take("TWICE")
        if not word:
            if self.next.kind != "name" or not self.next.text.isdecimal():
                return node
            if self.said.tokens[self.at + 1].kind != "TIMES":
                return node
            word = self.take("name")
            assert word is not None
            number = self.number(word)
            self.take("TIMES")
        if not isinstance(node, Did):
            raise self.said.refuse(
                begin,
                f"{word.text} counts an action (or an OR of some, in brackets), and this is more.",
                "Write for example '(pricing OR demo) TWICE'.",
            )
        return self.limited(Times(node, number)) if number > 1 else node

    def number(self, word: Token) -> int:
        number = int(word.text) if len(word.text) <= 9 else MAX_TIMES + 1
        if not 1 <= number <= MAX_TIMES:
            raise self.said.refuse(
                word,
                f"{short(word.text)} TIMES: a cohort counts from 1 to {MAX_TIMES:,}.",
                "Write a number in between; for none at all write NOT or WITHOUT.",
            )
        return number

    def single(self) -> Node:
        opened = self.take("(")
        if not opened:
            return self.name()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.said.refuse(
                opened,
                f"more than {MAX_DEPTH} brackets are open here, which nobody can read.",
                "Write several cohorts.",
            )
        node = self.expression()
        if not self.take(")"):
            if self.next.kind == "WITHIN":
                raise self.timeless(self.next, node)
            raise self.said.refuse(
                self.next, "the bracket is not closed here.", "Write ) where it ends."
            )
        self.depth -= 1
        return self.limited(node)

    def name(self) -> Node:
        token = self.take("name")
        if not token:
            here = self.next
            what = here.text if here.kind == END else short(here.text)
            if here.kind == "NOT":
                raise self.said.refuse(
                    here,
                    "NOT stands where it cannot be known in time; it goes with AND.",
                    "Write 'a AND NOT b' (no b up to then) or 'a WITHOUT b WITHIN 1d'.",
                )
            raise self.said.refuse(
                here,
                f"the name of an action is missing before {what}.",
                "Name one; a name that is also a word of this language stands in quotes.",
            )
        self.names += 1
        if self.names > MAX_NAMES:
            raise self.said.refuse(
                token, f"these are more than {MAX_NAMES} names.", "Write several cohorts."
            )
        return Did(1 << self.bit(token))

    def bit(self, token: Token) -> int:
        names = [action.name for action in self.plan.actions]
        if token.text in names:
            if self.plan.takes_part(self.plan.actions[names.index(token.text)]):
                return names.index(token.text)
            raise self.said.refuse(
                token,
                f"{short(token.text)} comes after the macro, and a cohort is about what comes "
                "before it.",
                "Leave it out, or write 'macro: {repeat: true}' in the plan.",
            )
        if token.text in (self.plan.macro.name, *self.plan.macro.event):
            raise self.said.refuse(
                token,
                f"{short(token.text)} is the macro, and a cohort is about what comes before it: "
                "how often it follows is what is counted.",
                "Leave it out.",
            )
        begun = [name for name in names if name.split()[0] == token.text]
        raise self.said.refuse(
            token,
            f"{short(token.text)} is no action of the plan (nearest: "
            f"{nearest(token.text, begun or names)}).",
            "A name of several words stands in quotes." if begun else _MEND,
        )

    def limited(self, node: Node) -> Node:
        """Give a time limit to what takes time, where one follows."""
        word = self.next
        if word.kind != "WITHIN":
            return node
        timed = isinstance(node, Then | Times) or (isinstance(node, Both) and not node.nots)
        if not timed or getattr(node, "within", None) is not None:
            return node
        assert isinstance(node, Then | Times | Both)
        self.at += 1
        limit = self.limit()
        assert isinstance(limit, int)  # the type of a session is refused
        return replace(node, within=limit)

    def limit(self, session: bool = False) -> Wait:
        token = self.next
        self.at += token.kind == "name"
        if token.kind == "name" and token.text.lower() == SESSION:
            if session:
                return SESSION
            raise self.said.refuse(
                token,
                "WITHIN session goes with WITHOUT alone.",
                f"Write a time, such as the session gap, WITHIN {self.gap}.",
            )
        if token.kind != "name":
            raise self.said.refuse(token, "the time of WITHIN is missing.", "Write such as 7d.")
        try:
            span = micros(parse_duration(token.text))
        except PlanError as error:
            raise self.said.refuse(token, "WITHIN needs a time.", str(error)) from None
        if span == 0:
            raise self.said.refuse(
                token, f"WITHIN {token.text} leaves no time at all.", "Write a longer one."
            )
        return span

    @property
    def gap(self) -> str:
        return f"{int(self.plan.log.session_gap.total_seconds())}s"

    def timeless(self, word: Token, node: Node) -> InputError:
        what = "what stands before it has its time already"
        if isinstance(node, Did | Either):
            what = "what stands before it is done by a single event and takes none"
        return self.said.refuse(
            word,
            f"WITHIN limits a time, and {what}.",
            "Put it behind THEN, AND, TWICE, TIMES or WITHOUT, as in 'video THEN pricing WITHIN "
            "3d'.",
        )


def _joined(bits: list[int]) -> int:
    together = 0
    for bit in bits:
        together |= bit
    return together


def named(text: str) -> str:
    """The name of a cohort that has none: its expression, with single spaces.

    >>> named(" cart   WITHOUT checkout ")
    'cart WITHOUT checkout'
    """
    return printable(" ".join(text.split()))
