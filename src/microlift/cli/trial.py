"""A trial without data of one's own: `demo` and `simulate`."""

import argparse
from pathlib import Path

from microlift.cli import values
from microlift.cli.report import report
from microlift.cli.telling import say
from microlift.cli.verbs import Verbs, add_verb, writes_folder

DEMO_SHOP = "channels"


def add(verbs: Verbs) -> None:
    """Add the verbs of a trial."""
    demo = add_verb(verbs, "demo", _demo, "simulate a shop, then the whole run")
    writes_folder(demo, "reports/demo")
    simulate = add_verb(verbs, "simulate", _simulate, "a log with known truth beside it")
    simulate.add_argument("--out", type=values.path, required=True, help="Parquet file to write")
    simulate.add_argument("--users", type=values.positive, default=20_000)
    simulate.add_argument("--seed", type=values.natural, default=0)
    simulate.add_argument("--shop", default=DEMO_SHOP, help="which shop")
    simulate.add_argument("--truth-users", type=values.positive, default=100_000)


def _demo(arguments: argparse.Namespace) -> int:
    out: Path = arguments.out
    arguments.out, arguments.shop = out / "events.parquet", DEMO_SHOP
    arguments.users, arguments.seed, arguments.truth_users = 50_000, 7, 100_000
    _simulate(arguments)
    arguments.events, arguments.plan, arguments.out = str(arguments.out), out / "plan.yaml", out
    arguments.timeout = arguments.memory = arguments.params = arguments.keep = None
    arguments.kind, arguments.parameters, arguments.if_new = "weekly", [], False
    return report(arguments)


def _simulate(arguments: argparse.Namespace) -> int:
    from microlift.folder import held
    from microlift.simulate import write_shop

    out: Path = arguments.out
    with held(out.parent, (out.name, "plan.yaml", "truth.csv")):
        written = write_shop(
            arguments.shop,
            out,
            users=arguments.users,
            seed=arguments.seed,
            truth_users=arguments.truth_users,
            quiet=arguments.quiet,
        )
    say(*(f"written: {path}" for path in written))
    return 0
