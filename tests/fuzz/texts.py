"""Targets that are small texts: plans, conditions, weights, experiments, parameters, histories.

Each takes a source of chance and a folder, makes one case, and says how it ended: ``refused``, or
``taken`` where what was read is right. Anything else is an error.
"""

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import yaml

import microlift as ml
from microlift.errors import InputError, PlanError, WeightsError
from microlift.evidence.experiments.file import read_experiments
from microlift.export import validators
from microlift.history import compare, publish, rollback, verify
from microlift.plan import Plan
from microlift.reporting import arguments
from microlift.reporting.parameters import Parameter
from microlift.weights import read_weights
from microlift.weights.content import WeightsFile, checksum
from microlift.where import columns_of, parse_where

from .mutate import of_bytes, of_data

REFUSED, TAKEN = "refused", "taken"
MOST_SAID = 3_000  # characters of a refusal
GOLDEN = Path(__file__).parents[1] / "export" / "golden"

SMALL: dict[str, Any] = {
    "macro": {"event": "buy", "value": "price", "currency": "EUR"},
    "horizon": "14d",
    "actions": [{"name": "cart", "event": ["cart"], "where": "n >= 2"}],
}
WHOLE: dict[str, Any] = {
    "version": 1,
    "log": {
        "columns": {"user_id": "uid", "timestamp": "ts", "event": "name", "value": "revenue"},
        "attributes": ["channel", "device"], "timezone": "Europe/Berlin", "session_gap": "30m",
        "max_rejected": 0.01, "sequence": ["n"],
    },
    "macro": {"event": "buy", "where": "state = 'paid'", "value": 20.0, "currency": "EUR"},
    "horizon": "14d",
    "moments": {"clock": "1d", "quiet": "30d"},
    "actions": [
        {"name": "scroll", "event": "scroll", "where": "p >= 75 AND NOT x LIKE '%a'"},
        {"name": "heavy", "event": "view", "at_least": 5, "within": "session", "kind": "engagement"},
        {"name": "read", "event": "view", "dwell": "60s", "kind": "engagement"},
        {"name": "back", "returns_within": "7d", "kind": "engagement"},
        {"name": "left", "event": "form", "without": "sent", "within": "session", "kind": "friction"},
    ],
    "funnel": ["scroll", "read"],
    "weights": {"primary": ["scroll"], "mode": "micro"},
    "guards": {"max_step": 2.0},
    "export": {"ga4": {"limit": 50}},
}  # fmt: skip
PLANS = [Plan.from_dict(SMALL).to_yaml().encode(), yaml.safe_dump(WHOLE).encode()]
CONDITIONS = [
    "percent_scrolled >= 75 AND page_path LIKE '/pricing%'",
    "\"page path\" = 'it''s' OR NOT (member IS TRUE AND n IN (1, -2.5, 3e2))",
    "n BETWEEN 1 AND 5 AND x IS NOT NULL AND y NOT LIKE 'a_b' AND z <> 'ü'",
]
ENTRIES: list[dict[str, Any]] = [
    {"action": "cart", "name": "spring", "effect": 0.91, "low": 0.84, "high": 0.99, "users": 48200,
     "dates": "2026-03-02 to 2026-03-29", "note": "half"},
    {"action": "cart", "name": "b", "effect": 1.1, "low": 1.0, "high": 1.21, "measure": "ratio"},
]  # fmt: skip
TABLE = b"action,effect,low,high,name,users\ncart,0.91,0.84,0.99,a,48200\ncart,1.1,1.0,1.21,b,\n"
DECLARED = {
    "weekly": {
        name: Parameter(name, kind, optional, None)
        for name, kind, optional in [
            ("weeks", "int", False), ("since", "str", True), ("least", "float", False),
            ("by", "list[str]", False), ("all", "bool", False),
        ]
    }
}  # fmt: skip
ASKED: dict[str, Any] = {"weeks": 8, "since": None, "least": 0.5, "by": ["a", "b"], "all": True}


def refusal(error: InputError) -> str:
    """Hold a refusal to what every message has to be."""
    said = str(error)
    assert 10 < len(said) < MOST_SAID, len(said)
    assert said.encode("utf-8", "backslashreplace").decode().strip(), said
    return REFUSED


def plan(chance: Random, folder: Path) -> str:
    """A plan's file; what is taken is the same plan after its own file."""
    file = folder / "plan.yaml"
    if chance.random() < 0.6:
        file.write_bytes(of_bytes(chance, chance.choice((PLANS[0], *PLANS))))
    try:
        if file.exists():
            found = Plan.load(file)
        else:
            found = Plan.from_dict(of_data(chance, chance.choice((SMALL, WHOLE))))
    except PlanError as error:
        return refusal(error)
    finally:
        file.unlink(missing_ok=True)
    if chance.random() < 0.05:
        found.save(file)
        assert Plan.load(file) == found
        file.unlink()
    assert Plan.from_dict(found.to_dict()).hash == found.hash
    assert str(found)
    return TAKEN


def condition(chance: Random, folder: Path) -> str:
    """A condition; what is taken is read the same once more, and from its columns alone."""
    text = of_bytes(chance, chance.choice(CONDITIONS).encode()).decode("utf-8", "replace")
    try:
        tree = parse_where(text)
    except PlanError as error:
        return refusal(error)
    again = tree.sql(dialect="duckdb")
    assert parse_where(again).sql(dialect="duckdb") == again
    assert all(name and name in text.replace('""', '"') for name in columns_of(text))
    return TAKEN


@cache
def _weights() -> dict[str, Any]:
    text = (Path(__file__).parent / "files" / "weights.json").read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def weights(chance: Random, folder: Path) -> str:
    """A weights file, sealed anew or not; what is taken can be shown, compared and exported."""
    file = folder / "weights.json"
    if chance.random() < 0.3:
        file.write_bytes(of_bytes(chance, json.dumps(_weights()).encode()))
    else:
        data = of_data(chance, _weights())
        with_seal = isinstance(data, dict) and chance.random() < 0.9
        try:
            file.write_text(json.dumps(data | {"checksum": checksum(data)} if with_seal else data))
        except (TypeError, ValueError, UnicodeEncodeError):
            return "no case"
    try:
        found = read_weights(file)
    except WeightsError as error:
        return refusal(error)
    numbers = [x for each in found.actions for x in (each.weight, each.low, each.high, each.credit)]
    assert all(math.isfinite(number) for number in numbers)
    assert all(number >= 0 for each in found.actions for number in (each.weight, each.low))
    if chance.random() < 0.2:
        _use(found, chance)
    return TAKEN


def _use(found: Any, chance: Random) -> None:
    base = WeightsFile.model_validate(_weights())
    assert repr(compare(base.to_dict(), found.to_dict()))
    target = chance.choice(["csv", "json", "yaml", "sql", "dbt", "ga4", "gtm", "meta", "tiktok"])
    try:
        ml.export(found, target)
    except InputError as error:
        refusal(error)


def experiments(chance: Random, folder: Path) -> str:
    """A file of experiments; what is taken is a ratio inside its interval."""
    form = chance.choice(("yaml", "csv", "data"))
    file = folder / f"e.{'csv' if form == 'csv' else 'yaml'}"
    if form == "data":
        try:
            file.write_text(yaml.safe_dump(of_data(chance, ENTRIES)))
        except (yaml.YAMLError, UnicodeEncodeError, ValueError):
            return "no case"
    else:
        file.write_bytes(
            of_bytes(chance, TABLE if form == "csv" else yaml.safe_dump(ENTRIES).encode())
        )
    try:
        found = read_experiments(file, Plan.from_dict(SMALL))
    except InputError as error:
        return refusal(error)
    for each in found:
        assert 0 < each.low <= each.effect <= each.high < math.inf
        assert 0 <= each.log_error < math.inf
    return TAKEN


def parameters(chance: Random, folder: Path) -> str:
    """A file of parameters; what is taken is of the declared types."""
    ending = chance.choice((".json", ".yaml"))
    file = folder / f"p{ending}"
    written = json.dumps(ASKED) if ending == ".json" else yaml.safe_dump(ASKED)
    if chance.random() < 0.5:
        file.write_bytes(of_bytes(chance, written.encode()))
    else:
        data = of_data(chance, ASKED)
        try:
            file.write_text(json.dumps(data) if ending == ".json" else yaml.safe_dump(data))
        except (yaml.YAMLError, TypeError, ValueError):
            return "no case"
    try:
        found = arguments.settle(DECLARED, arguments.of_file(file))["weekly"]
    except InputError as error:
        return refusal(error)
    kinds = {"weeks": int, "since": str | None, "least": float, "by": list, "all": bool}
    assert all(isinstance(value, kinds[name]) for name, value in found.items())
    json.dumps(found, allow_nan=False)
    return TAKEN


@cache
def _validators() -> dict[str, Any]:
    return dict(validators())  # to find them takes longer than to ask them


@cache
def _golden() -> list[tuple[str, bytes]]:
    kinds = {"key_events.json": "ga4", "container.json": "gtm", "bulk.csv": "microsoft-bulk",
             "conversions.csv": "microsoft-conversions"}  # fmt: skip
    named = [(kinds[f.name], f.read_bytes()) for f in GOLDEN.rglob("*.*") if f.name in kinds]
    for each in ("meta", "linkedin", "tiktok"):
        named.append((each, (GOLDEN / each / "template.json").read_bytes()))
    return sorted([*named, ("weights", json.dumps(_weights()).encode())])


def files_of_platforms(chance: Random, folder: Path) -> str:
    """A file for an ad platform; it is judged, whatever it holds."""
    kind, content = chance.choice(_golden())
    if kind in ("meta", "linkedin", "tiktok", "ga4", "gtm", "weights") and chance.random() < 0.5:
        data = of_data(chance, json.loads(content))
        try:
            content = json.dumps(data).encode()
        except (TypeError, ValueError):
            return "no case"
    else:
        content = of_bytes(chance, content)
    faults = _validators()[kind].check(content)
    assert all(isinstance(fault, str) or str(fault) for fault in faults)
    return REFUSED if faults else TAKEN


@cache
def _history() -> dict[str, bytes]:
    """Three publications and a rollback, as files."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for revenue in (5_000.0, 6_000.0, 7_000.0):
            content = _weights() | {"revenue": revenue}
            publish(content | {"checksum": checksum(content)}, root)
        rollback(2, root)
        found = [file for file in sorted(root.rglob("*")) if file.is_file()]
        return {str(file.relative_to(root)): file.read_bytes() for file in found}


def history(chance: Random, folder: Path) -> str:
    """A history of which one file was changed; weights that were changed are never whole."""
    files = dict(_history())
    name = chance.choice(sorted(files))
    files[name] = of_bytes(chance, files[name])
    root = folder / "published"
    (root / "history").mkdir(parents=True, exist_ok=True)
    for each, content in files.items():
        (root / each).unlink(missing_ok=True)  # a version is read-only
        (root / each).write_bytes(content)
    verdict = verify(root)
    assert repr(verdict)
    if name.endswith(".json") and files[name] != _history()[name]:
        assert not verdict.whole
    return TAKEN if verdict.whole else REFUSED


TARGETS: dict[str, Callable[[Random, Path], str]] = {
    "plan": plan,
    "condition": condition,
    "weights": weights,
    "experiments": experiments,
    "parameters": parameters,
    "platforms": files_of_platforms,
    "history": history,
}
