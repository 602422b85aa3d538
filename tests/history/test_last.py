"""Which weights are in force is found also where weights.json is damaged, edited or rolled back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from microlift.history import last_published, publish, rollback
from microlift.plan import Plan
from microlift.weights import Seen, WeightsFile, guarded
from microlift.weights.guards import withheld

Make = Callable[..., WeightsFile]


def cart(weight: float) -> dict[str, Any]:
    return {"name": "add_to_cart", "weight": weight}


@pytest.fixture
def out(tmp_path: Path, weights_file: Make) -> Path:
    for weight in (3.0, 3.3, 3.6):
        publish(weights_file(cart(weight)).to_json(), tmp_path)
    return tmp_path


def in_force(out: Path) -> float:
    content = last_published(out).content
    assert content is not None
    return content.actions[0].weight


def damage(out: Path) -> None:
    file = out / "weights.json"
    file.write_text(file.read_text()[:500])


def edit(out: Path) -> None:
    file = out / "weights.json"
    file.write_text(file.read_text().replace("3.0", "900.0").replace("3.6", "900.0"))


def delete(out: Path) -> None:
    (out / "weights.json").unlink()


@pytest.mark.parametrize("harm", [damage, edit, delete])
def test_after_a_rollback_steps_are_measured_from_what_was_rolled_back_to(
    out: Path, harm: Callable[[Path], None]
) -> None:
    rollback(1, out)
    harm(out)
    assert in_force(out) == 3.0
    assert last_published(out).unread.endswith("version 1 of the history")


@pytest.mark.parametrize("harm", [damage, edit, delete])
def test_without_a_rollback_it_is_the_last_version(out: Path, harm: Callable[[Path], None]) -> None:
    harm(out)
    assert in_force(out) == 3.6


def test_a_version_that_was_changed_is_passed_over(out: Path, weights_file: Make) -> None:
    damage(out)
    file = out / "history" / "000003.json"
    file.chmod(0o644)
    file.write_text(weights_file(cart(900.0)).to_json())  # sealed anew, but not what was published
    assert in_force(out) == 3.3


def test_a_rollback_is_known_until_the_next_publication(out: Path, weights_file: Make) -> None:
    assert last_published(out).rolled_back is None
    rollback(2, out)
    assert last_published(out).rolled_back is not None
    publish(weights_file(cart(3.4)).to_json(), out)
    assert last_published(out).rolled_back is None


def test_what_nobody_can_read_is_no_new_start(tmp_path: Path, weights_file: Make) -> None:
    (tmp_path / "weights.json").write_text("{")
    last = last_published(tmp_path)
    plan = Plan.from_dict(
        {"macro": {"event": "purchase"}, "horizon": "14d",
         "actions": [{"name": "add_to_cart", "event": "add_to_cart"}]}
    )  # fmt: skip
    after = guarded(weights_file(cart(3.0)), plan, Seen(last.content, unread=last.unread))
    assert "to start anew" in withheld(after)[0]
