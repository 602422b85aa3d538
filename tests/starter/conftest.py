"""What the tests of starting plans share: small logs, written down as what each user does."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

START = pd.Timestamp("2024-07-01T10:00:00Z")


def log_of(*groups: tuple[int, str], **columns: object) -> pd.DataFrame:
    """Write a log: so many users do these things, a minute apart; `|` is a night, `&` no time."""
    rows, user = [], 0
    for count, journey in groups:
        for _ in range(count):
            user, minute, day = user + 1, 0, user % 20
            for word in journey.replace("&", " & ").replace("|", " | ").split():
                if word == "|":
                    minute, day = 0, day + 2
                elif word == "&":
                    minute -= 1
                else:
                    time = START + pd.Timedelta(days=day, minutes=minute)
                    rows.append((f"u{user}", time, word))
                    minute += 1
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
    return frame.assign(**columns)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[pd.DataFrame, str], Path]:
    """Write a frame as a log of the kind that its suffix says."""

    def go(frame: pd.DataFrame, name: str = "log.parquet") -> Path:
        path = tmp_path / name
        if name.endswith(".csv"):
            frame.to_csv(path, index=False)
        elif name.endswith(".jsonl"):
            frame.to_json(path, orient="records", lines=True, date_format="iso")
        else:
            frame.to_parquet(path, index=False)
        return path

    return go
