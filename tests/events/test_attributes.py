"""First-touch attributes: known before anything that is judged, and never of a handful of users."""

import pandas as pd
import pytest

from microlift.events.attributes import FEWEST, choose_labels

DAY = 24 * 60
UNKNOWN = [(0, "page", None), (DAY, "page", None)]


@pytest.fixture
def users_by_tier(read, rows_of):
    """Read journeys of (minute, event, tier), each gone by ten users; count users by label."""

    def count(*journeys, actions=None, **how):
        rows = [
            (f"user {user} of {number}", pd.Timestamp("2024-07-01", tz="UTC"), *step)
            for number, journey in enumerate(journeys)
            for user in range(FEWEST)
            for step in journey
        ]
        columns = ["user_id", "timestamp", "minute", "event", "tier"]
        frame = pd.DataFrame(rows, columns=columns)
        frame["timestamp"] += pd.to_timedelta(frame.pop("minute"), unit="min")
        changes = {"actions": actions} if actions else {}
        log = read(frame, log={"attributes": ["tier"]} | how, **changes)
        labels = log.facts.attributes["tier"]
        users = {(row["user"], row["a0"]) for row in rows_of(log, "user", "a0")}
        codes = [code for _, code in users]
        return {label: codes.count(code) for code, label in enumerate(labels)}, log

    return count


@pytest.mark.parametrize(
    ("journey", "label"),
    [
        ([(0, "page", "gold"), (5, "view", "tin"), (9, "buy", "tin")], "gold"),
        ([(0, "page", ""), (30, "page", "gold"), (40, "view", "tin")], "gold"),
        ([(0, "page", None), (31, "page", "gold"), (40, "view", "tin")], "(none)"),
        ([(0, "page", None), (5, "view", "gold"), (9, "page", "gold")], "(none)"),
        ([(0, "page", None), (5, "view", None), (9, "page", "gold")], "(none)"),
        ([(0, "view", "gold"), (9, "page", "tin")], "gold"),
        ([(0, "view", None), (0, "page", "gold")], "gold"),
        ([(0, "page", None), (DAY, "page", "gold")], "(none)"),
        ([(0, "page", None), (5, "buy", "gold"), (9, "page", "gold")], "(none)"),
        ([(0, "page", None), (5, "buy", None), (5, "page", "gold")], "(none)"),
    ],
)
def test_a_value_counts_at_the_first_time_or_within_a_gap_of_it_before_anything_planned(
    users_by_tier, journey, label
):
    rest = [(0, "page", "tin"), (5, "view", None), (9, "buy", None), (DAY, "page", None)]
    users, _ = users_by_tier(journey, rest)
    assert users == {"tin": FEWEST, label: FEWEST}


def test_a_value_that_comes_after_an_event_that_a_rule_looks_at_is_too_late(users_by_tier):
    journey = [(0, "zoom", None), (5, "page", None), (6, "zoom", "gold"), (9, "page", None)]
    rest = [(0, "page", "tin"), (5, "view", None), (9, "buy", None), (DAY, "page", None)]
    view = {"name": "view", "event": "view"}
    assert users_by_tier(journey, rest, actions=[view])[0] == {"gold": FEWEST, "tin": FEWEST}
    many = {"name": "many", "event": "page", "at_least": 2, "within": "session"}
    users, _ = users_by_tier(journey, rest, actions=[view, many])
    assert users == {"(none)": FEWEST, "tin": FEWEST}


def test_a_longer_gap_makes_a_longer_first_touch(users_by_tier):
    journey = [(0, "page", None), (45, "page", "gold"), (DAY, "view", None), (2 * DAY, "buy", None)]
    assert users_by_tier(journey)[0] == {"(none)": FEWEST}
    assert users_by_tier(journey, session_gap="1h")[0] == {"gold": FEWEST}


@pytest.mark.parametrize("minute", [0, 5, DAY])
def test_what_is_filled_in_at_or_after_the_macro_gives_nothing_away(users_by_tier, minute):
    buys = [(0, "page", None), (minute, "buy", "card"), (2 * DAY, "view", "card")]
    straight = [(0, "buy", "card"), (DAY, "page", "card")]
    leaves = [(0, "page", None), (DAY, "view", None)]
    users, log = users_by_tier(buys, straight, leaves)
    assert users == {"(none)": 3 * FEWEST}
    assert "card" not in repr(log)


def test_what_is_known_of_every_visit_is_known_of_those_who_begin_with_the_macro_too(
    users_by_tier,
):
    straight = [(0, "buy", "gold"), (DAY, "page", "gold")]
    others = [(0, "page", "tin"), (5, "view", "tin"), (DAY, "page", "tin")]
    assert users_by_tier(straight, others)[0] == {"gold": FEWEST, "tin": FEWEST}
    assert users_by_tier(straight, others, UNKNOWN)[0] == {
        "gold": FEWEST, "tin": FEWEST, "(none)": FEWEST,
    }  # fmt: skip
    # Known of the others half as often or less, it is taken to be known because of the macro.
    assert users_by_tier(straight, others, UNKNOWN, UNKNOWN)[0] == {"tin": FEWEST, "(none)": 30}


def test_an_attribute_that_many_users_get_too_late_is_noted(users_by_tier):
    late = [(0, "page", None), (5, "buy", "gold"), (DAY, "page", None)]
    early = [(0, "page", "tin"), (5, "view", "tin")]
    _, log = users_by_tier(late, early, UNKNOWN, UNKNOWN, UNKNOWN)
    assert (
        "Attribute 'tier' is known for 20% of users at their first touch and for 40% in the whole "
        "log: later values are not used, since they may be known because of what happened."
    ) in log.facts.notes


def test_an_attribute_that_few_users_get_too_late_is_not_noted(users_by_tier):
    late = [(0, "page", None), (5, "buy", "gold"), (DAY, "page", None)]
    early = [(0, "page", "tin"), (5, "view", "tin")]
    _, log = users_by_tier(late, *[early] * 9)
    assert not any("Attribute" in note for note in log.facts.notes)


def test_a_label_of_fewer_than_ten_users_is_not_shown(read, rows_of):
    tiers = ["gold"] * 10 + ["ann.smith@example.org"] * 9
    rows = {
        "user_id": [f"u{i}" for i in range(19)],
        "timestamp": pd.date_range("2024-07-01", periods=19, freq="h", tz="UTC"),
        "event": ["view", "buy"] + ["view"] * 17,
        "tier": tiers,
    }
    log = read(rows, log={"attributes": ["tier"]})
    assert log.facts.attributes == {"tier": ("gold", "(other)")}
    assert sorted(row["a0"] for row in rows_of(log, "a0")) == [0] * 10 + [1] * 9
    assert "ann" not in repr(log) + log._repr_html_()


@pytest.mark.parametrize(
    ("users", "labels"),
    [
        ({0: 10, 1: 10}, ("c00", "c01")),
        ({0: 10, 1: 9}, ("c00", "(other)")),
        ({0: 9, 1: 9, -1: 1}, ("(other)", "(none)")),
        ({-1: 1}, ("(none)",)),
        (dict.fromkeys(range(12), 10), tuple(f"c{code:02}" for code in range(12))),
        (dict.fromkeys(range(13), 10), (*(f"c{code:02}" for code in range(11)), "(other)")),
        (
            dict.fromkeys(range(-1, 12), 10),
            (*(f"c{code:02}" for code in range(10)), "(other)", "(none)"),
        ),
        ({0: 20, 1: 30, 20: 10, 21: 10}, ("c01", "c00", "(other)")),
    ],
)
def test_labels_are_those_of_most_users_and_at_most_twelve(users, labels):
    found, recode = choose_labels(users, [f"c{code:02}" for code in range(20)])
    assert found == labels
    assert recode.keys() == users.keys()
    for code, place in recode.items():
        own = f"c{code:02}" if code >= 0 else "(none)"
        assert found[place] == (own if own in found else "(other)")


def test_of_many_labels_the_commonest_keep_their_name_and_the_rest_are_other(read, rows_of):
    channels = [f"c{i:02}" for i in range(20)] * 10 + ["c19", "c19", "c05"]
    n = len(channels)
    rows = {
        "user_id": [f"u{i}" for i in range(n)],
        "timestamp": pd.date_range("2024-07-01", periods=n, freq="h", tz="UTC"),
        "event": ["view", "buy"] + ["view"] * (n - 2),
        "channel": channels,
    }
    log = read(rows, log={"attributes": ["channel"]})
    labels = log.facts.attributes["channel"]
    assert labels == ("c19", "c05", *(f"c{i:02}" for i in (0, 1, 2, 3, 4, 6, 7, 8, 9)), "(other)")
    codes = [row["a0"] for row in rows_of(log, "a0")]
    assert (codes.count(0), codes.count(labels.index("(other)"))) == (12, 90)
