"""The simulated shops, as data: who comes, what they may do, and what each action truly changes.

A shop's *law* says how likely each next thing is; `microlift.simulate.visits` and
`microlift.simulate.letters` turn it into logs. The stories, one line each:

- ``plain``: channels and devices do not differ; effects range from lowering to doubling.
- ``channels``: channels differ in intent, so an action without effect looks like a strong one.
- ``intent``: as ``channels``, plus an intent of the user that the log does not show.
- ``null``: channels differ, and no action changes anything.
- ``null_intent``: no action changes anything, and part of the intent is not in the log.
- ``lowers``: a popular chat widget drives buyers away, while its users buy more than others.
- ``funnel``: cart, checkout and payment details are mandatory; two side actions matter little.
- ``letters``: no visits; letters, calls and reminders over months until a debt is paid.

Effects are written as ``{target: change}``. In a visit shop the change is added to a utility
(log scale): of the macro (``'macro'``), of leaving the visit (``'end'``), of another action (by
its name), or to the log-odds of coming back (``'return'``). In ``letters`` it is the log of a
hazard ratio. An action whose effects are empty leaves the law exactly as it was, so its true
lift is 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

CHANNELS = ("organic", "paid_search", "email", "direct", "social", "display")
DEVICES = ("mobile", "desktop", "tablet")

DAY = 86_400
"""Seconds in a day: every time inside the simulators is in whole seconds."""


@dataclass(frozen=True)
class Group:
    """One value of an attribute: its share of users, and how those users differ.

    ``intent`` shifts the macro, ``activity`` every action, ``leaving`` the end of a visit (all on
    the log scale), ``comeback`` the log-odds of coming back. ``tilt`` shifts single actions.
    """

    label: str
    share: float
    intent: float = 0.0
    activity: float = 0.0
    leaving: float = 0.0
    comeback: float = 0.0
    tilt: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SimAction:
    """One action: how common it is (``base``), what it changes, and what must come first.

    ``base`` is a utility (visit shops) or a hazard per day (letters). ``needs`` names the action
    without which this one cannot be done.
    """

    name: str
    kind: str
    base: float
    effects: Mapping[str, float] = field(default_factory=dict)
    needs: str | None = None


@dataclass(frozen=True)
class VisitShop:
    """A shop of visits: utilities of what comes next, and the chance of a next visit.

    ``trait`` is how strongly the unobserved intent u ~ N(0, 1) moves the macro, the actions,
    leaving and coming back, in that order (all 0: there is none). ``after_macro`` shifts the
    utilities of another macro and of leaving, once a user has converted.
    """

    story: str
    actions: tuple[SimAction, ...]
    macro: float
    end: float
    comeback: float
    gap_days: float
    channels: tuple[Group, ...]
    devices: tuple[Group, ...]
    trait: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    macro_needs: str | None = None
    after_macro: tuple[float, float] = (-1.0, 0.5)
    macro_event: str = "purchase"
    opening_event: str = "visit"

    @property
    def funnel(self) -> tuple[str, ...]:
        """The mandatory actions before the macro, first to last (empty: none is mandatory)."""
        needs = {action.name: action.needs for action in self.actions}
        chain: list[str] = []
        stage = self.macro_needs
        while stage is not None:
            chain.insert(0, stage)
            stage = needs[stage]
        return tuple(chain)


@dataclass(frozen=True)
class Burst:
    """After the trigger, the follower's hazard is multiplied by a factor for some hours."""

    trigger: str
    follower: str
    factor: float
    hours: float


@dataclass(frozen=True)
class ClockShop:
    """A sequence without visits: hazards per day that change at events and in steps of tenure.

    ``macro`` is its hazard per day, times a factor of ``macro_phases`` in each phase; phases
    change ``tenure_days`` after the first event. ``late`` actions happen in no phase but those
    after the first. ``quiet_days`` is the plan's `quiet`. ``after_macro`` multiplies every hazard
    once a user has converted.
    """

    story: str
    actions: tuple[SimAction, ...]
    macro: float
    tenure_days: tuple[int, ...]
    macro_phases: tuple[float, ...]
    late: tuple[str, ...]
    burst: Burst
    channels: tuple[Group, ...]
    devices: tuple[Group, ...]
    quiet_days: int = 60
    after_macro: float = 0.15
    macro_event: str = "paid"
    opening_event: str = "opened"
    funnel: tuple[str, ...] = ()


Shop = VisitShop | ClockShop


SHARES = (0.30, 0.22, 0.10, 0.14, 0.16, 0.08)
SAME_CHANNELS = tuple(Group(name, share) for name, share in zip(CHANNELS, SHARES, strict=True))
SAME_DEVICES = (Group("mobile", 0.6), Group("desktop", 0.32), Group("tablet", 0.08))

INTENT_CHANNELS = (
    Group("organic", 0.30, 0.0, 0.0, 0.0, 0.0),
    Group("paid_search", 0.22, 0.3, 0.2, -0.2, 0.2),
    Group("email", 0.10, 1.3, 0.9, -0.7, 0.9),
    Group("direct", 0.14, 0.9, 0.6, -0.5, 0.6),
    Group("social", 0.16, -1.2, -0.6, 0.4, -0.5),
    Group("display", 0.08, -1.8, -0.9, 0.6, -0.9),
)
INTENT_DEVICES = (
    Group("mobile", 0.6, -0.3, -0.2, 0.1, -0.1),
    Group("desktop", 0.32, 0.5, 0.4, -0.2, 0.2),
    Group("tablet", 0.08, 0.0, 0.0, 0.0, 0.0),
)
UNSEEN = (0.7, 0.4, -0.3, 0.3)

CHANNEL_ACTIONS = (
    SimAction("view_item", "milestone", -0.6, {"macro": 0.4}),
    SimAction("add_to_cart", "milestone", -1.8, {"macro": 1.0, "add_to_cart": -0.5}),
    SimAction("video", "engagement", -1.9),
    SimAction("chat", "friction", -2.0, {"macro": -0.7}),
    SimAction("wishlist", "secondary", -2.6, {"return": 0.7}),
)
NULL_ACTIONS = tuple(
    SimAction(name, kind, base)
    for name, kind, base in (
        ("view_item", "milestone", -0.6),
        ("add_to_cart", "milestone", -1.6),
        ("video", "engagement", -1.6),
        ("chat", "friction", -1.9),
        ("wishlist", "secondary", -2.3),
    )
)

PLAIN = VisitShop(
    story="no confounding: channels and devices do not differ",
    actions=(
        SimAction("view_item", "milestone", -0.3, {"macro": 0.35}),
        SimAction("add_to_cart", "milestone", -1.4, {"macro": 0.9, "add_to_cart": -0.5}),
        SimAction("pricing_page", "exploration", -1.4, {"macro": -0.5}),
        SimAction("video", "engagement", -1.5),
        SimAction("newsletter", "secondary", -2.2, {"return": 0.8, "newsletter": -3.0}),
    ),
    macro=-3.7,
    end=0.2,
    comeback=-0.4,
    gap_days=3.0,
    channels=SAME_CHANNELS,
    devices=SAME_DEVICES,
)

CONFOUNDED = VisitShop(
    story="channels and devices differ in intent, activity and length of visit",
    actions=CHANNEL_ACTIONS,
    macro=-4.8,
    end=0.2,
    comeback=-0.6,
    gap_days=3.0,
    channels=INTENT_CHANNELS,
    devices=INTENT_DEVICES,
)

NULL = replace(
    CONFOUNDED,
    story="channels differ, no action changes anything",
    actions=NULL_ACTIONS,
    macro=-4.2,
)

LOWERS = replace(
    CONFOUNDED,
    story="a popular chat widget drives buyers away, and its users buy more than others",
    actions=(
        SimAction("view_item", "milestone", -0.7, {"macro": 0.3}),
        SimAction("chat", "friction", -0.9, {"macro": -1.15, "chat": -0.7}),
        SimAction("share", "secondary", -2.4),
        SimAction("newsletter", "secondary", -2.4, {"return": 0.6, "newsletter": -3.0}),
        SimAction("add_to_cart", "milestone", -1.7, {"macro": 0.8}),
    ),
    macro=-4.3,
)

FUNNEL = VisitShop(
    story="cart, checkout and payment details are mandatory; two side actions matter little",
    actions=(
        SimAction("view_item", "milestone", 0.2, {"view_item": -0.4}),
        SimAction("wishlist", "secondary", -1.8, {"add_to_cart": 0.3}),
        SimAction("shipping_info", "exploration", -1.6, {"begin_checkout": -0.4}),
        SimAction("add_to_cart", "milestone", -2.0, {"add_to_cart": -0.5}, needs="view_item"),
        SimAction(
            "begin_checkout", "milestone", -1.1, {"begin_checkout": -1.0}, needs="add_to_cart"
        ),
        SimAction(
            "payment_details", "milestone", -0.6, {"payment_details": -2.0}, needs="begin_checkout"
        ),
    ),
    macro=-0.3,
    macro_needs="payment_details",
    end=0.2,
    comeback=-0.4,
    gap_days=2.5,
    channels=INTENT_CHANNELS,
    devices=INTENT_DEVICES,
)

LETTERS = ClockShop(
    story="no visits; letters, calls and reminders over months until a debt is paid",
    actions=(
        SimAction("letter", "milestone", 0.020, {"macro": 0.40}),
        SimAction("call", "milestone", 0.020, {"macro": -0.35}),
        SimAction("visit_agent", "secondary", 0.008, {"macro": 0.55}),
        SimAction("brochure", "engagement", 0.012),
        SimAction("reminder", "milestone", 0.015, {"macro": 0.47}),
        SimAction("portal_login", "exploration", 0.008, {"macro": 0.25}),
    ),
    macro=0.0025,
    tenure_days=(20, 40),
    macro_phases=(2.0, 0.7, 0.4),
    late=("reminder",),
    burst=Burst("letter", "call", 30.0, 8.0),
    channels=(
        Group("private", 0.45, 0.0, 0.0),
        Group("sole_trader", 0.25, -0.4, 0.2, tilt={"letter": 0.3, "call": 0.3}),
        Group("small_firm", 0.20, -0.9, 0.2, tilt={"letter": 0.5, "call": 0.4}),
        Group("public_body", 0.10, 0.7, -0.4, tilt={"letter": -0.5, "call": -0.5}),
    ),
    devices=(
        Group("north", 0.40, 0.2, -0.1),
        Group("middle", 0.35, 0.0, 0.0),
        Group("south", 0.25, -0.4, 0.2),
    ),
)

SHOPS: dict[str, Shop] = {
    "plain": PLAIN,
    "channels": CONFOUNDED,
    "intent": replace(
        CONFOUNDED,
        story="as channels, plus an intent that is not in the log",
        macro=-5.2,
        trait=UNSEEN,
    ),
    "null": NULL,
    "null_intent": replace(
        NULL,
        story="no action changes anything, part of the intent is not in the log",
        macro=-4.7,
        trait=UNSEEN,
    ),
    "lowers": LOWERS,
    "funnel": FUNNEL,
    "letters": LETTERS,
}
