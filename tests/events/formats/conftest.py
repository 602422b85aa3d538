"""A simulated shop as Google Analytics would export it, and the same shop as a flat log.

Both are written from the same frame. What an export has on top (ties, events without an id,
refunds, repeated transactions, days that are not final) is added to the nested rows, and its
effect is written into the flat ones by hand.
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from microlift.plan import Plan
from microlift.simulate import plan_for, simulate

ZONE = "Europe/Berlin"
HOSTILE = ["${jndi:dns://a.example/x}", '<img src=x onerror="x">', "a\nb\x1b[31m", "x" * 10_000]
SEQUENCE = ["batch_page_id", "batch_ordering_id", "batch_event_index"]


class Shop:
    """The flat twin, the nested rows, and what was done to them."""

    def __init__(self, users: int, seed: int) -> None:
        frame = simulate("channels", users, seed).sort_values(
            ["user_id", "timestamp", "event"], kind="stable", ignore_index=True
        )
        rng = np.random.default_rng(seed)
        again = frame["user_id"] == frame["user_id"].shift()
        gap = frame["timestamp"].diff()
        opens = ~again | (gap > pd.Timedelta("30min"))
        # One event in ten shares the microsecond of the one before; only batch ids tell the order.
        tied = ~opens & (rng.random(len(frame)) < 0.1)
        frame["timestamp"] = frame["timestamp"].mask(tied).ffill()
        visit = opens.cumsum()
        begun = frame.groupby(visit)["timestamp"].transform("first")
        frame["session_id"] = (begun.astype("int64") // 1_000_000).astype(str)
        frame["batch_page_id"] = begun.astype("int64") // 1_000
        frame["batch_ordering_id"] = 1 + frame.groupby(visit).cumcount() // 5
        frame["batch_event_index"] = 1 + frame.groupby(visit).cumcount()
        frame["percent"] = rng.integers(0, 101, len(frame))
        frame["channel"] = frame["channel"] + " / paid"
        number = frame["user_id"].str.slice(1).astype(int)
        frame["account"] = frame["user_id"].where(number % 3 == 0)
        frame["browser"] = ("b" + frame["user_id"]).where(
            frame["account"].notna(), frame["user_id"]
        )
        frame["consent"] = "Yes"
        frame["refund"] = np.nan
        frame["transaction"] = None
        bought = frame.index[frame["value"].notna()]
        frame.loc[bought, "transaction"] = [f"T{i}" for i in bought]
        frame.loc[frame.index % 7 == 0, "transaction"] = frame["transaction"].fillna("(not set)")
        days = frame["timestamp"].dt.tz_convert(ZONE).dt.strftime("%Y%m%d")
        self.edge = sorted(days.unique())[-3]
        early = bought[days[bought] < sorted(days.unique())[-8]]
        self.whole, self.part, self.twice = early[:12], early[12:30], early[30:45]
        nested = pd.concat([frame, *self._extra(frame)], ignore_index=True)
        local = nested["timestamp"].dt.tz_convert(ZONE)
        nested["day"] = local.dt.strftime("%Y%m%d")
        self.nested = nested.sample(frac=1, random_state=seed).reset_index(drop=True)
        self.flat = self._flat(nested, frame)

    def _extra(self, frame: pd.DataFrame) -> list[pd.DataFrame]:
        day = pd.Timedelta("1D")
        part = frame.loc[self.part]
        back = pd.concat([frame.loc[self.whole], part])
        refunds = back.assign(
            event="refund",
            timestamp=back["timestamp"] + day,
            refund=[*[np.nan] * 6, *back["value"][6:12], *(part["value"] / 2).round(2)],
            value=np.nan,
            session_id=None,
        )
        again = frame.loc[self.twice]
        again = again.assign(timestamp=again["timestamp"] + pd.Timedelta("7min"))
        nobody = frame.iloc[5:205].assign(account=None, browser=None, consent="No")
        unexplained = frame.iloc[5:8].assign(account=None, browser=None, consent="Unset")
        hostile = frame.iloc[: 3 * len(HOSTILE)].assign(event=HOSTILE * 3, value=np.nan)
        # A refund that was sent twice is one refund.
        return [refunds, refunds.tail(3), again, nobody, unexplained, hostile]

    def _flat(self, nested: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
        """The same shop as a careful analyst would have written it down."""
        flat = nested.drop(index=self.whole)
        half = (frame.loc[self.part, "value"] / 2).round(2)
        flat.loc[self.part, "value"] = (flat.loc[self.part, "value"] - half).round(2)
        flat = flat[(flat["day"] < self.edge) & flat["browser"].notna()]
        repeated = flat["transaction"].str.startswith("T", na=False) & (flat["event"] != "refund")
        repeated &= flat.sort_values("timestamp").duplicated(["transaction"]) & repeated
        return flat[~repeated.reindex(flat.index)].drop(columns=["account", "browser"])

    def records(self, day: str, nesting: bool = False, text: bool = True) -> list[dict[str, Any]]:
        rows = self.nested[self.nested["day"] == day]
        return [_record(row, nesting, text) for row in rows.to_dict("records")]

    @property
    def days(self) -> list[str]:
        return sorted(self.nested["day"].unique())


def _known(value: Any) -> Any:
    return None if value is None or value != value else value


def _record(row: dict[str, Any], nesting: bool, text: bool) -> dict[str, Any]:
    """One event as BigQuery has it; as JSON, integers are texts and what is null is left out."""
    whole = str if text else int
    empty = {} if text else dict.fromkeys(("string_value", "int_value", "float_value"))

    def param(name: str, kind: str, value: Any) -> dict[str, Any]:
        of = dict(empty) | {"double_value": None} if not text else {}
        return {"key": name, "value": of | {kind: value}}

    params = [param("percent", "int_value", whole(row["percent"]))]
    if _known(row["session_id"]):
        params.append(param("ga_session_id", "int_value", whole(row["session_id"])))
    if _known(row["currency"]):
        params.append(param("currency", "string_value", row["currency"]))
    if _known(row["value"]):
        params.append(param("value", "double_value", float(row["value"])))
    if nesting:
        params = {"list": [{"element": each} for each in params]}
    source, medium = row["channel"].split(" / ")
    named = row["percent"] > 10  # of the others only the first visit's source is known
    record = {
        "event_date": row["day"],
        "event_timestamp": whole(row["timestamp"].value // 1_000),
        "event_name": row["event"],
        "event_params": params,
        "user_id": _known(row["account"]),
        "user_pseudo_id": _known(row["browser"]),
        "privacy_info": {"analytics_storage": row["consent"]},
        "device": {"category": row["device"], "language": "de"},
        "traffic_source": {"source": "decoy" if named else source, "medium": medium},
        "session_traffic_source_last_click": {
            "manual_campaign": {"source": source if named else None, "medium": medium}
        },
        "ecommerce": {
            "transaction_id": _known(row["transaction"]),
            "purchase_revenue": _known(row["value"]),
            "refund_value": _known(row["refund"]),
        },
        **{name: whole(row[name]) for name in SEQUENCE},
    }
    if not text:
        return record
    return {name: value for name, value in record.items() if value is not None}


@pytest.fixture(scope="session")
def shop() -> Shop:
    return Shop(users=1_200, seed=3)


@pytest.fixture(scope="session")
def write_ga4(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write the shop as daily shards, in one of the encodings in which exports are found."""

    def write(encoding: str, days: list[str] | None = None) -> Path:
        folder = tmp_path_factory.mktemp(encoding)
        for number, day in enumerate(days or shop.days):
            wrapped = encoding == "wrapped" or (encoding == "mixed" and number % 2 == 0)
            if encoding in ("parquet", "wrapped", "mixed"):
                rows = shop.records(day, wrapped, text=False)
                pq.write_table(pa.Table.from_pylist(rows), folder / f"events_{day}.parquet")
                continue
            rows = shop.records(day, encoding == "wrapped_json")
            lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
            if encoding == "gzip":
                (folder / f"events_{day}.json.gz").write_bytes(gzip.compress(lines, 1))
            else:
                (folder / f"events_{day}.jsonl").write_bytes(lines)
        return folder

    return write


@pytest.fixture(scope="session")
def ga4_plan() -> Callable[..., Plan]:
    """The plan of the shop, for the export or for its flat twin."""

    def make(flat: bool = False, **log: Any) -> Plan:
        plan = plan_for("channels").to_dict()
        plan["log"] = {"attributes": ["channel", "device"], "timezone": ZONE}
        if flat:
            columns = {"session_id": "session_id", "value": "value", "currency": "currency"}
            plan["log"] |= {"columns": columns, "sequence": SEQUENCE}
        else:
            plan["log"]["format"] = "ga4"
        plan["log"] |= log
        plan["actions"][0]["where"] = "percent >= 20"
        return Plan.from_dict(plan)

    return make
