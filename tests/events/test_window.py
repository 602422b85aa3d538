"""The window of a plan: the last part of a log is read as if there were no more."""

import pandas as pd
import pytest

from microlift.errors import EventsError, PlanError
from microlift.events import read_events
from microlift.incremental.support import unkept
from microlift.quality import check_log

DAYS = 40
WINDOW = 10
FIRST = pd.Timestamp("2025-01-01", tz="UTC")
NEWEST = FIRST + pd.Timedelta(days=DAYS - 1, hours=20)


def visits() -> pd.DataFrame:
    """Three users who come on each day, one of whom buys on each fifth; a row is there twice."""
    rows = []
    for day in range(DAYS):
        for user in range(3):
            at = FIRST + pd.Timedelta(days=day, hours=18 + user)
            rows += [(f"u{user}", at, "view"), (f"u{user}", at + pd.Timedelta(minutes=5), "cart")]
            if (day + user) % 5 == 0:
                rows.append((f"u{user}", at + pd.Timedelta(minutes=9), "buy"))
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
    frame = frame[frame["timestamp"] <= NEWEST]
    return pd.concat([frame, frame.iloc[[0, -1]]], ignore_index=True)


@pytest.fixture
def windowed(make_plan):
    return make_plan(log={"window": f"{WINDOW}d"})


def in_folders(frame: pd.DataFrame, folder, key="dt"):
    """Write a log as a folder of days; return the files of the days that no window reaches."""
    days = frame["timestamp"].dt.strftime("%Y-%m-%d")
    for day, rows in frame.groupby(days):
        file = folder / f"{key}={day}" / "events.parquet"
        file.parent.mkdir(parents=True)
        rows.to_parquet(file)
    oldest = f"{NEWEST - pd.Timedelta(days=WINDOW + 7):%Y-%m-%d}"
    return [file for file in sorted(folder.rglob("*.parquet")) if file.parent.name < f"dt={oldest}"]


def expected(read, make_plan):
    frame = visits()
    return read(frame[frame["timestamp"] >= NEWEST - pd.Timedelta(days=WINDOW)])


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_window_reads_what_is_left_when_all_before_it_is_cut_off(
    read, make_plan, windowed, tmp_path, rows_of, suffix
):
    frame, file = visits(), tmp_path / f"whole.{suffix}"
    frame.to_parquet(file) if suffix == "parquet" else frame.to_csv(file, index=False)
    cut = expected(read, make_plan)
    with read_events(file, windowed) as log:
        assert log.facts.fingerprint == cut.facts.fingerprint
        assert rows_of(log, "user", "t", "mask") == rows_of(cut, "user", "t", "mask")
        before = int((frame["timestamp"] < NEWEST - pd.Timedelta(days=WINDOW)).sum())
        assert before > 100
        assert log.facts.rejected == {"before the window": before}
        assert log.facts.rows == len(frame)
        assert log.facts.duplicates == cut.facts.duplicates == 1
        assert "Of the log the last 10d are read (log.window), from 2025-01-30 20:00 UTC" in str(
            log
        )
        assert "not opened" not in str(log)
        found = {finding.name: finding.verdict for finding in check_log(log).findings}
        assert found == {finding.name: finding.verdict for finding in check_log(cut).findings}


def test_folders_of_days_before_the_window_are_not_opened(read, make_plan, windowed, tmp_path):
    older = in_folders(visits(), tmp_path / "days")
    assert len(older) > 15
    for file in older:  # whoever opened one of these would fail
        file.write_bytes(b"no Parquet")
    with read_events(tmp_path / "days", windowed) as log:
        assert log.facts.fingerprint == expected(read, make_plan).facts.fingerprint
        assert f"{len(older)} of {DAYS} files are of days before and were not opened" in str(log)


@pytest.mark.parametrize("events", [True, False])
def test_a_folder_of_the_year_9999_closes_nothing_in_silence(windowed, tmp_path, events):
    in_folders(visits(), tmp_path / "days")
    late = tmp_path / "days" / "dt=9999-12-31" / "events.parquet"
    late.parent.mkdir()
    visits().tail(9 * events).to_parquet(late)
    with pytest.raises(EventsError, match=r"of 9999-12-31, yet .* up to 2025-02-09 were passed"):
        read_events(tmp_path / "days", windowed)


def test_a_day_of_something_else_closes_no_folder(read, make_plan, windowed, tmp_path):
    frame = visits()
    for number, user in enumerate(sorted(set(frame["user_id"]))):
        file = tmp_path / "users" / f"first_visit=2020-01-0{number + 1}" / "events.parquet"
        file.parent.mkdir(parents=True)
        frame[frame["user_id"] == user].to_parquet(file)
    with read_events(tmp_path / "users", windowed) as log:
        assert log.facts.fingerprint == expected(read, make_plan).facts.fingerprint


def test_times_that_cannot_be_read_are_counted_with_a_window_too(windowed, tmp_path):
    frame = visits().astype({"timestamp": str})
    frame.loc[7, "timestamp"] = "yesterday"
    frame.to_csv(tmp_path / "log.csv", index=False)
    with read_events(tmp_path / "log.csv", windowed) as log:
        assert log.facts.rejected["unreadable time"] == 1


@pytest.mark.parametrize("window", ["1h", "30m"])
def test_a_window_no_longer_than_the_horizon_is_refused(make_plan, window):
    with pytest.raises(PlanError, match=f"log.window' is {window}, no longer than the horizon 1h"):
        make_plan(log={"window": window})


def test_no_state_is_kept_of_a_window(windowed):
    assert "log.window" in unkept(windowed)
