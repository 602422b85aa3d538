"""Whenever `microlift weights` is killed, its folder is whole, and the next run succeeds."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from microlift.history import verify
from microlift.simulate import plan_for, simulate
from microlift.weights import read_weights

WARM = Path(__file__).parents[1] / "reporting" / "failures" / "warm.py"
FILES = ("lift.csv", "ledger.csv", "weights.json")
KILLS = int(os.environ.get("MICROLIFT_KILLS", "25"))  # by hand: 200
USERS = 1_000


@dataclass
class Shop:
    """A folder with two logs and the outputs of a run on each; runs write into `out`."""

    folder: Path
    warm: subprocess.Popen[str]

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def start(self, log: str, out: Path | None = None) -> int:
        """Start a run; return the number of its process."""
        (self.folder / "tmp").mkdir(exist_ok=True)
        given = {"plan": self.folder / "plan.yaml", "events": self.folder / log}
        given["out"] = out or self.out
        words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
        asked: dict[str, Any] = {"arguments": ["weights", "--quiet", "--no-checks", *words]}
        asked |= {"environment": {"TMPDIR": str(self.folder / "tmp")}, "largest": 0}
        asked["log"] = str(self.folder / "said.txt")
        assert self.warm.stdin
        assert self.warm.stdout
        print(json.dumps(asked), file=self.warm.stdin, flush=True)
        return int(self.warm.stdout.readline())

    def end(self) -> int:
        assert self.warm.stdout
        return int(self.warm.stdout.readline())

    def run(self, log: str, out: Path | None = None) -> float:
        began = time.monotonic()
        self.start(log, out)
        assert self.end() == 0, (self.folder / "said.txt").read_text()
        return time.monotonic() - began


def outputs(out: Path) -> dict[str, str]:
    """What readers find; of weights, what does not hang on the time of the run."""
    found = {name: (out / name).read_text() for name in FILES}
    weights = json.loads(found["weights.json"])
    found["weights.json"] = weights["data_fingerprint"]
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("kills")
    plan = plan_for("plain").to_dict()
    # A log so small shows nothing, and what a run writes must not hang on the run before.
    plan["weights"] |= {"primary": ["add_to_cart", "view_item"], "max_step": 1e9}
    plan["weights"]["calibration_range"] = [1e-6, 1e6]
    plan["guards"] |= {"least_occurrences": 1, "widest_interval": 1e6, "largest_gap": 1.0}
    plan["guards"] |= {"largest_share": 1.0, "largest_value_change": 1e9, "hold": "off"}
    plan["guards"] |= {"unproven": "accept", "older_data": "accept", "bad_data": "accept"}
    (folder / "plan.yaml").write_text(yaml.safe_dump(plan))
    for seed, log in enumerate(("old.parquet", "new.parquet"), 1):
        simulate("plain", USERS, seed).to_parquet(folder / log)
    command = [sys.executable, str(WARM), "microlift.run", "microlift.models", "duckdb"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as server:
        yield Shop(folder, server)
        assert server.stdin
        server.stdin.close()


@pytest.mark.slow
def test_kills_at_random_moments_leave_a_whole_folder_and_the_next_run_succeeds(shop: Shop) -> None:
    chance = random.Random(1)
    shop.run("new.parquet", shop.folder / "known")
    known = {"new.parquet": outputs(shop.folder / "known")}
    takes = shop.run("old.parquet")
    known["old.parquet"] = outputs(shop.out)
    old, new = "old.parquet", "new.parquet"
    killed = 0
    for number in range(KILLS):
        process = psutil.Process(shop.start(new))
        time.sleep(takes * (number + chance.random()) / KILLS)
        process.send_signal(signal.SIGKILL)
        killed += shop.end() == -signal.SIGKILL
        found = outputs(shop.out)
        for name, text in found.items():
            assert text in (known[old][name], known[new][name]), (number, name)
        if found["weights.json"] == known[new]["weights.json"]:
            assert found == known[new], "weights come last"
        assert read_weights(shop.out / "weights.json").actions
        assert verify(shop.out).whole, repr(verify(shop.out))
        takes = shop.run(new)
        assert outputs(shop.out) == known[new]
        assert verify(shop.out).traces == ()
        assert not [path.name for path in shop.out.iterdir() if path.name.startswith(".")]
        old, new = new, old
    assert killed > KILLS / 2, "the kills came too late to tell anything"
