"""A state that is damaged, or of another release, is refused or read anew; never read wrong."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from microlift.errors import InputError, MicroliftError
from microlift.incremental import forget, read_and_count
from microlift.incremental.store import FORGOTTEN, MANIFEST, SALT, Store, _digest
from microlift.plan import Plan

from ..reporting.failures.conftest import small_disk
from .conftest import check, place

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kept(
    days: Callable[[int], list[pd.DataFrame]],
    shop_plan: Plan,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A log of forty days and a state of it, in which somebody is forgotten."""
    folder, frames = tmp_path_factory.mktemp("kept"), days(80)
    forget(["nobody", "no one"], folder / "state")
    for day in range(40):
        place(folder / "log", day, frames[day])
    read_and_count(folder / "log", shop_plan, folder / "state")[0].close()
    place(folder / "log", 40, frames[40])
    return folder


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept, tmp_path / "copy", copy_function=shutil.copy2)
    return tmp_path / "copy"


def flipped(file: Path, step: int = 1) -> Iterator[int]:
    """Have a file with one bit of another byte turned over each time."""
    whole = file.read_bytes()
    for at in range(0, len(whole), step):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        yield at
    file.write_bytes(whole)


def test_a_bit_of_a_state_that_is_turned_over_is_found(copy: Path) -> None:
    store = Store(copy / "state")
    whole, reason = store.load(None)
    assert whole is not None, reason
    for at in flipped(store.folder / MANIFEST, step=3):
        found, reason = store.load(None)
        assert found is None, at
        assert reason
    for at in flipped(store.folder / SALT):
        assert store.load(None) == (None, "it was written under another salt"), at
        with pytest.raises(InputError, match="or its salt is another"):
            store.forgotten()
    forgotten = store.forgotten()
    for at in flipped(store.folder / FORGOTTEN):
        with suppress(InputError):  # a line break that is another blank
            assert store.forgotten() == forgotten, at
    for name, digest in (pair for pairs in whole.tables.values() for pair in pairs):
        assert digest
        for at in flipped(store.folder / name, step=1 + (store.folder / name).stat().st_size // 5):
            assert store.load(None)[0] is None, (name, at)
    again, reason = store.load(None)
    assert again is not None, reason
    assert asdict(again) == asdict(whole)


def test_another_salt_or_a_newer_release_is_read_anew_and_counts_nobody_twice(
    copy: Path, shop_plan: Plan
) -> None:
    store = Store(copy / "state")
    told = json.loads((store.folder / MANIFEST).read_text())
    told |= {"schema": told["schema"] + 1, "something": "new"}
    told["seal"] = _digest({name: of for name, of in told.items() if name != "seal"})
    (store.folder / MANIFEST).write_text(json.dumps(told))
    log, _, said = read_and_count(copy / "log", shop_plan, store.folder)
    log.close()
    assert "it was written by another release of microlift" in str(said)
    (store.folder / FORGOTTEN).unlink()
    (store.folder / SALT).write_bytes(bytes(32))
    assert "it was written under another salt" in check(copy / "log", shop_plan, store.folder)


def test_a_full_disk_is_said_and_leaves_the_state_as_it_was(copy: Path, shop_plan: Plan) -> None:
    state = copy / "state"
    with small_disk(state, "600k") as mounted:
        if not mounted:
            pytest.skip("nobody may mount a disk here")
        with suppress(OSError), (state / "full").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
        with pytest.raises(MicroliftError, match=r"cannot hold what was read|No space left"):
            read_and_count(copy / "log", shop_plan, state)
        assert before == {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
        assert Store(state).load(None)[0] is not None
        (state / "full").unlink()
        log, _, said = read_and_count(copy / "log", shop_plan, state)
        log.close()
        assert "the rest was known" in str(said)
