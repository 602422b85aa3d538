"""The pictures of the site, drawn anew for each build from a simulated shop: `make docs` runs this.

Each is an SVG that stands inside its page and takes the page's colours, drawn twice where a phone
needs another shape. The log is that of `microlift simulate --out shop/events.parquet`.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

import microlift as ml
from microlift.reporting import figures, style, svg
from microlift.simulate import plan_for, simulate

USERS = 20_000
Drawn = tuple[str, str, Callable[[bool], Axes]]  # name, alternative text, and how to draw it


def main(folder: Path) -> None:
    """Draw all pictures into a folder."""
    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    for name, alt, draw in _drawn():
        (folder / f"{name}.html").write_text(_markup(name, alt, draw), encoding="utf-8")


def _drawn() -> Iterator[Drawn]:
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "events.parquet"
        simulate("channels", USERS, 0).to_parquet(path)
        plan = plan_for("channels").to_dict() | {"funnel": ["view_item", "add_to_cart"]}
        with ml.read_events(path, ml.Plan.from_dict(plan)) as log:
            yield from _looks(log)
            yield from _estimates(log)


def _looks(log: ml.EventLog) -> Iterator[Drawn]:
    looks = {
        "rates": ml.rates(log, by="channel"),
        "audience": ml.audience(log, by="channel"),
        "funnel": ml.funnel(log, within="7d", by="device"),
        "cohorts": ml.cohorts(
            log, ["wishlist AND video", "video THEN add_to_cart WITHIN 3d", "add_to_cart"]
        ),
        "paths": ml.paths(log),
        "flow": ml.flow(log),
        "trend": ml.trend(log),
        "readiness": ml.readiness(log, by="channel"),
    }
    for name, look in looks.items():
        yield name, look.finding, lambda narrow, look=look: look.plot(narrow=narrow)


def _estimates(log: ml.EventLog) -> Iterator[Drawn]:
    model = ml.LiftModel().fit(ml.moments(log))
    ledger = ml.Ledger.from_model(model)
    weights = ml.Weights.from_ledger(ledger, log.plan).to_dict()
    lifts = model.lift_.to_frame()
    yield (
        "lift",
        "Association and lift of five actions: each association lies far to the right of its lift.",
        lambda narrow: figures.forest(lifts, narrow=narrow),
    )
    yield (
        "ledger",
        "A waterfall from arrivals over actions and losses to the macros that happened.",
        lambda narrow: figures.waterfall(ledger.to_frame(), "USD", narrow=narrow),
    )
    yield (
        "weights",
        "The value to book for each primary action, with its interval.",
        lambda narrow: figures.weights_bars(weights, narrow=narrow),
    )
    check = ml.calibration(model)
    yield "calibration", check.finding, lambda narrow: check.plot(narrow=narrow)


def _markup(name: str, alt: str, draw: Callable[[bool], Axes]) -> str:
    shapes = (
        f'<div class="{shape}">{svg.inline(_svg(draw(narrow)), alt, f"{name}-{shape}")}</div>'
        for shape, narrow in (("wide", False), ("narrow", True))
    )
    return f'<figure class="picture">{"".join(shapes)}</figure>\n'


def _svg(axes: Axes) -> str:
    figure = axes.get_figure(root=True)
    assert figure is not None
    target = StringIO()
    with style.drawing():
        figure.savefig(target, format="svg", metadata={"Date": None})
    plt.close(figure)
    return target.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
