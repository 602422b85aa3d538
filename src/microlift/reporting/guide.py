"""How to read a weekly report, for a marketer; and how it was estimated, for a statistician."""

from typing import Any

from microlift.moments.space import BUCKETS
from microlift.reporting import numerals
from microlift.reporting.blocks import Block, bullets


def to_read(result: Any) -> Block:
    """Say what the words and the pictures of the page mean; folded."""
    macro, horizon = result.plan.macro.name, numerals.duration(result.plan.horizon)
    return _folded(
        "How to read this",
        [
            f"The macro is what you want in the end: {macro}. A micro action is a step on the way.",
            "Association is what a dashboard shows: how many times as often those who did "
            "something convert. People who buy anyway do more of everything, so it flatters.",
            f"Lift is what doing it changes: at the same moment, for users with the same history, "
            f"how many times as likely the macro is within {horizon} if it is done now. 1× is no "
            "effect, below 1× it does harm.",
            "The line beside a mark is the 95 % interval: with other visitors of the same kind, "
            "the figure would have come out somewhere on it. Where it crosses 1×, there may be no "
            "effect at all.",
            "Raises and lowers are shown; no evidence means that this log cannot tell; not "
            "identified means that there was nobody to compare with, or that a check failed.",
            "Credit is the part of the macros that an action earns, so that all parts add up to "
            "what happened. The weight is credit in money: what to tell the ad platform to book "
            "each time. All weights together book the revenue, no more and no less.",
            "A weight moves when visitors do: its lift, how often it is done, or the value of a "
            "macro. Guards of the plan keep it from jumping; they say so when they do.",
        ],
    )


def estimated(result: Any) -> Block:
    """Say how the figures were made, with formulae in words; folded."""
    plan, model = result.plan, result.model
    known = [*plan.log.attributes]
    traits = f" and {numerals.listing(known)} of the first touch" if known else ""
    kind = "a tick of the clock" if result.moments.kind == "clock" else "a step of a visit"
    judged = numerals.count(result.moments.mature)
    return _folded(
        "How it was estimated",
        [
            f"Unit: the moment, {kind}; {judged} of them lie a whole horizon before the end of the "
            "data. Its state is what is known by then: actions done, number and depth of the "
            f"session, recency, tenure{traits}. Outcome: the first macro after the moment, within "
            f"{numerals.duration(plan.horizon)}.",
            "Association = P(macro | did it before the first macro) / P(macro | did not), by user.",
            "Lift = P(macro | does it now, for the first time) / mean, over the states of those "
            "who do, of P(macro | same state, does something else or leaves). It is right if, "
            "given the state, what makes users act now has nothing else to do with the macro.",
            "Its denominator is doubly robust: the outcome predicted for the doers from the "
            "others, plus the residuals of the others weighted by e / (1 - e), e the propensity of "
            "the state. It holds if either of the two models does.",
            f"Both models are cross-fitted by user: {model.folds} folds of {BUCKETS} buckets of "
            f"users, averaged over {model.rotations} splits. Standard errors are those of the "
            "influence function summed by bucket, so that the moments of a user are no independent "
            "cases; intervals of the lift are symmetric in its logarithm, with t quantiles.",
            "Verdict: raises or lowers if the 95 % interval excludes 1 and q < 0.05, q by "
            "Benjamini and Hochberg over all actions; checks of the section on evidence may take "
            "it away.",
            "Ledger: V(state) is the chance of the macro, cross-fitted and calibrated. For each "
            "user, V(first state) + the sum of the changes of V from step to step + (outcome - "
            "V(last state)) = outcome, exactly; each change is booked to the step that brought it.",
            "Weight = c × max(0, credit for each occurrence) × mean value of a macro, for primary "
            "actions; c is the one constant that makes weights × occurrences add up to the "
            "revenue. Intervals of weights hold c fixed.",
        ],
    )


def _folded(title: str, lines: list[str]) -> Block:
    body = bullets(lines)
    html = f'<details class="guide"><summary>{title}</summary>{body.html}</details>'
    return Block(html, f"{title}\n{body.text}")
