"""The whole plan: its parts, whether they agree, its file and its identity."""

import hashlib
import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from microlift.card import card_html, card_text, next_line
from microlift.errors import PlanError, nearest
from microlift.plan.actions import Action, Actions
from microlift.plan.durations import Duration, format_duration
from microlift.plan.editing import save, text_of, with_action, without_action
from microlift.plan.engine import EngineSpec
from microlift.plan.fields import Names
from microlift.plan.file import read_yaml
from microlift.plan.guards import Guards
from microlift.plan.log import LogSpec
from microlift.plan.macro import Macro
from microlift.plan.moments import Moments
from microlift.plan.quoting import listed, short
from microlift.plan.showing import NEXT, summary
from microlift.plan.spec import Spec
from microlift.plan.weights import BOTH, ONE_STAGE, WeightsSpec


def _read_export(value: object) -> object:
    if not isinstance(value, Mapping) or not all(
        isinstance(each, Mapping) and all(isinstance(key, str) for key in each)
        for each in value.values()
    ):
        raise ValueError(
            f"Got {short(value)}, not settings by the name of a target. Write for example "
            "'export: {google-ads: {customer_id: \"1234567890\"}}'."
        )
    try:
        return json.dumps(value, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Got {short(value)}, which is no plain data ({error}).") from None


# Kept as text, since a plan is a value: equal plans have equal hashes.
ExportSettings = Annotated[
    str,
    BeforeValidator(_read_export),
    PlainSerializer(json.loads, return_type=dict[str, Any]),
]


def _read_version(value: object) -> object:
    if value != 1 or isinstance(value, bool | float):
        raise ValueError(
            f"Got {short(value)}; this release reads version 1 only. Write version: 1, or install "
            "the release that wrote the plan."
        )
    return value


class Plan(Spec):
    """The whole measurement plan: macro, actions in their order, horizon, and how to read the log.

    The order of `actions` is part of the plan: it orders what happens at one time. `horizon` is
    how long after a moment a macro still counts. `funnel` names actions that end in the macro.
    `export` holds settings of ad platforms, by the name of the target, which alone knows them.
    `engine` is what the engine may take of the machine; like `export` it changes no estimate.

    Examples
    --------
    >>> plan = Plan.from_dict({
    ...     "macro": {"event": "purchase"},
    ...     "horizon": "14d",
    ...     "actions": [{"name": "add_to_cart", "event": "add_to_cart"}],
    ... })
    >>> plan.horizon.days, plan.actions[0].kind, plan.moments
    (14, 'milestone', 'visits')
    """

    place = ""

    version: Annotated[Literal[1], BeforeValidator(_read_version)] = 1
    log: LogSpec = LogSpec()
    macro: Macro = Field(examples=["{event: purchase}"])
    horizon: Duration = Field(examples=["14d"])
    moments: Moments = "visits"
    actions: Actions = Field(examples=["[{name: add_to_cart, event: add_to_cart}]"])
    funnel: Names = ()
    weights: WeightsSpec = WeightsSpec()
    guards: Guards = Guards()
    export: ExportSettings = Field(default="{}", examples=["{google-ads: {customer_id: '123'}}"])
    engine: EngineSpec = EngineSpec()

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        names = [action.name for action in self.actions]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(
                f"Got {listed(repeated)} as the name of more than one action; results are told "
                "apart by name. Rename all but one."
            )
        primary = () if self.weights.primary == "auto" else self.weights.primary
        for key, members in (("funnel", self.funnel), ("weights.primary", primary)):
            for member in members:
                if member not in names:
                    raise ValueError(
                        f"Key '{key}' names {short(member)}, which is none of the {len(names):,} "
                        f"actions (nearest: {nearest(member, names)}). Mend the name, or add it."
                    )
        return self

    @model_validator(mode="after")
    def _rules_agree(self) -> Self:
        friction = [action.name for action in self.actions if action.kind == "friction"]
        booked = sorted(set(friction) & set(self.weights.primary))
        if booked and self.weights.primary != "auto":
            raise ValueError(
                f"Key 'weights.primary' names {listed(booked)} of kind friction: an ad platform "
                "would be told to pay for what stands in the way. Remove it there, or mend its "
                "kind."
            )
        waiting = {action.name for action in self.actions if not self.takes_part(action)}
        for key, members in (("funnel", self.funnel), ("weights.primary", self.weights.primary)):
            late = sorted(waiting & set(members)) if members != "auto" else []
            if late:
                raise ValueError(
                    f"Key '{key}' names {listed(late)}, which comes after the macro and so leads "
                    "to no first one. Remove it there, or write 'macro: {repeat: true}', which "
                    "asks about the next one."
                )
        window = self.log.window
        if window is not None and window <= self.horizon:
            raise ValueError(
                f"Key 'log.window' is {format_duration(window)}, no longer than the horizon "
                f"{format_duration(self.horizon)}: of nobody in it would be known how it ended. "
                "Widen the window; several times the horizon is a good length."
            )
        gap = self.log.session_gap
        for action in self.actions:
            if action.dwell is not None and action.dwell > gap and not self.log.columns.session_id:
                raise ValueError(
                    f"Action {short(action.name)} has a dwell of {format_duration(action.dwell)}, "
                    f"longer than log.session_gap {format_duration(gap)}: the session would be "
                    "over before, so it could never be seen. Shorten the dwell."
                )
        return self

    def takes_part(self, action: Action) -> bool:
        """Tell whether an action is judged: not where it comes after the macro that is asked about.

        Parameters
        ----------
        action : Action

        Returns
        -------
        bool

        Examples
        --------
        >>> review = {"name": "review", "event": "review_written", "after": "macro"}
        >>> first = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
        ...                         "actions": [review]})
        >>> following = Plan.from_dict({"macro": {"event": "buy", "repeat": True},
        ...                             "horizon": "14d", "actions": [review]})
        >>> first.takes_part(first.actions[0]), following.takes_part(following.actions[0])
        (False, True)
        """
        return action.after is None or self.macro.repeat

    def in_mode(self, mode: str | None, stage: str = "") -> "Plan":
        """Return the same plan with its weights in a mode.

        Parameters
        ----------
        mode
            As under ``weights``; None leaves the plan as it is.
        stage
            The action that ``one stage`` is about; the one with the most value if empty.

        Examples
        --------
        >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
        ...                        "actions": [{"name": "cart", "event": "cart"}]})
        >>> plan.in_mode("macro and micro").weights.keep_macro_primary
        True
        >>> plan.in_mode("one stage", "cart").weights.primary
        ('cart',)
        """
        if mode is None:
            return self
        named: dict[str, object] = {"mode": mode, "keep_macro_primary": mode == BOTH}
        if mode == ONE_STAGE and stage:
            named["primary"] = (stage,)
        elif mode == ONE_STAGE and self.weights.primary == "auto":
            named["max_primary"] = 1
        return self.model_copy(update={"weights": self.weights.model_copy(update=named)})

    def export_settings(self, target: str) -> dict[str, Any]:
        """Return what the plan says of an ad platform, by the name of the target.

        Examples
        --------
        >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
        ...     "actions": [{"name": "cart", "event": "cart"}], "export": {"ga4": {"limit": 50}}})
        >>> plan.export_settings("ga4"), plan.export_settings("meta")
        ({'limit': 50}, {})
        """
        settings: dict[str, Any] = json.loads(self.export).get(target, {})
        return settings

    @property
    def labels(self) -> dict[str, str]:
        """What people call the actions and the macro, by the names that they stand for."""
        named = {action.name: action.label for action in self.actions if action.label}
        return named | ({self.macro.name: self.macro.label} if self.macro.label else {})

    @property
    def heard(self) -> "Plan":
        """The same plan, in which actions that take no part keep their place and match nothing."""
        heard = (each if self.takes_part(each) else each.unheard for each in self.actions)
        return self.model_copy(update={"actions": tuple(heard)})

    @property
    def of_the_log(self) -> "Plan":
        """The same plan for the whole log: the first macro, and actions before or after it."""
        actions = (each.model_copy(update={"after": None}) for each in self.actions)
        macro = self.macro.model_copy(update={"repeat": False})
        return self.model_copy(update={"macro": macro, "actions": tuple(actions)})

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "Plan":
        """Read a plan from a YAML file.

        Parameters
        ----------
        path : str or path-like
            A UTF-8 file that holds one mapping.

        Returns
        -------
        Plan

        Raises
        ------
        PlanError
            If the file is missing, is not YAML, gives a key twice, or is not a valid plan.

        Examples
        --------
        >>> Plan.load("nowhere.yaml")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        microlift.errors.PlanError: Plan file 'nowhere.yaml' does not exist...
        """
        return cls.from_dict(read_yaml(Path(path)))

    @classmethod
    def of(cls, plan: "str | PathLike[str] | Plan") -> "Plan":
        """A plan as it is, or as its file says.

        Examples
        --------
        >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
        ...                        "actions": [{"name": "view", "event": "view"}]})
        >>> Plan.of(plan) is plan
        True
        """
        return plan if isinstance(plan, Plan) else cls.load(plan)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "Plan":
        """Build a plan from a mapping as it stands in the YAML file.

        Parameters
        ----------
        given : mapping
            As returned by `to_dict`, or part of it: what has a default may be left out.

        Returns
        -------
        Plan

        Raises
        ------
        PlanError
            Naming the key, what it got, and what to write.

        Examples
        --------
        >>> Plan.from_dict({"horizn": "14d"})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        microlift.errors.PlanError: Plan key 'horizn': It is not known (nearest: 'horizon')...
        """
        if not isinstance(given, Mapping):
            raise PlanError(
                f"The plan is {short(given)}, not a mapping of keys, so nothing can be read from "
                "it. Write it as 'macro: {event: purchase}', 'horizon: 14d' and so on."
            )
        keyed: dict[str, Any] = {str(key): value for key, value in given.items()}
        return cls(**keyed)

    def to_dict(self) -> dict[str, Any]:
        """Write the plan as plain data for JSON or YAML, defaults included, durations as text.

        Returns
        -------
        dict

        Examples
        --------
        >>> action = {"name": "add_to_cart", "event": "add_to_cart"}
        >>> plan = Plan(macro=Macro(event="buy"), horizon="14d", actions=[action])
        >>> plan.to_dict()["horizon"], Plan.from_dict(plan.to_dict()) == plan
        ('2w', True)
        """
        return self.model_dump(mode="json")

    def with_action(self, name: str, *, before: str | None = None, **rule: Any) -> "Plan":
        """Return the plan with one action more; this one stays as it is.

        Parameters
        ----------
        name : str
            What the action is called.
        before : str, optional
            The action that it stands before; at the end by default. The order of actions orders
            what happens at one time.
        **rule
            The keys of an action as they stand in YAML: ``event``, ``where``, ``kind`` and so on.

        Raises
        ------
        PlanError
            As for the same action in YAML.

        Examples
        --------
        >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
        ...                        "actions": [{"name": "cart", "event": "cart"}]})
        >>> more = plan.with_action("newsletter", event="sign_up", kind="secondary")
        >>> [action.name for action in more.actions]
        ['cart', 'newsletter']
        """
        return Plan.from_dict(with_action(self.to_dict(), name, rule, before))

    def without_action(self, name: str) -> "Plan":
        """Return the plan with one action less, in its funnel and its primary actions too.

        Raises
        ------
        PlanError
            Where there is no such action, or none would be left.

        Examples
        --------
        >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
        ...     "actions": [{"name": n, "event": n} for n in ("view", "cart")], "funnel": ["view"]})
        >>> plan.without_action("view").funnel
        ()
        """
        return Plan.from_dict(without_action(self.to_dict(), name))

    def to_yaml(self) -> str:
        """Write the plan as the text of its file, without what is as by default.

        Examples
        --------
        >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
        ...                        "actions": [{"name": "cart", "event": "cart"}]})
        >>> print(plan.to_yaml(), end="")
        version: 1
        macro:
          event: [buy]
        horizon: 2w
        actions:
          - {name: cart, event: [cart]}
        """
        said = self.model_dump(mode="json", exclude_defaults=True)
        return text_of({"version": self.version, **said})

    def save(self, path: str | PathLike[str]) -> None:
        """Write the plan to a YAML file, which `load` reads back as an equal plan.

        A file of that name is replaced, comments and all.

        Raises
        ------
        PlanError
            If the file cannot be written; what was there stays.
        """
        save(self.to_yaml(), Path(path))

    def __str__(self) -> str:
        return card_text("Measurement plan", summary(self))

    def __repr__(self) -> str:
        return f"{self}\n{next_line(NEXT)}"

    def _repr_html_(self) -> str:
        return card_html("Measurement plan", summary(self), NEXT)

    @property
    def hash(self) -> str:
        """Identify the plan by 12 hexadecimal digits of a SHA-256.

        The order of keys, comments, the path of the file and defaults spelled out make no
        difference; the order of actions does. Defaults are left out of the digest, so a release
        that adds a key does not change the identity of plans written before it. Settings of ad
        platforms and what the engine may take change no weight and are left out too.

        Examples
        --------
        >>> action = {"name": "add_to_cart", "event": "add_to_cart"}
        >>> plan = Plan(macro=Macro(event="buy"), horizon="14d", actions=[action])
        >>> plan.hash
        'd8b021672ee6'
        """
        said = self.model_dump(mode="json", exclude_defaults=True, exclude={"export", "engine"})
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]
