"""Every result draws into axes that are given, and into a figure of its own without them."""

import importlib
import inspect
import pkgutil

import matplotlib.pyplot as plt
import pytest

import microlift as ml
from microlift.errors import InputError
from microlift.history import compare, publish
from microlift.models.table import LiftTable
from microlift.result import Result
from microlift.simulate import plan_for, simulate

for module in pkgutil.walk_packages(ml.__path__, "microlift."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)


def kin(cls):
    return [cls, *(each for child in cls.__subclasses__() for each in kin(child))]


def fit(log):
    return ml.LiftModel(rotations=1).fit(ml.moments(log))


PICTURES = [*kin(Result), ml.Ledger, ml.Weights, LiftTable]


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "events.parquet"
    simulate("funnel", 2_500, 1).to_parquet(path)
    with ml.read_events(path, plan_for("funnel")) as opened:
        yield opened


@pytest.fixture(scope="module")
def model(fitted):
    return fitted("channels", 3_000, 1, 2, 1)


OF_LOG = {
    "funnel by segment": lambda log: ml.funnel(log, by="device"),
    "rates": ml.rates,
    "trend in panels": lambda log: ml.trend(log, by="device"),
}
SLOWER_OF_LOG = {
    "assists": ml.assists,
    "audience": ml.audience,
    "backtest": lambda log: ml.backtest(log, methods=["macros only"]),
    "backlog": lambda log: ml.backlog(ml.Ledger.from_model(fit(log))),
    "before and after": lambda log: ml.before_after(log, "2025-02-10"),
    "before and after by segment": lambda log: ml.before_after(log, "2025-02-10", by="device"),
    "cohorts": lambda log: ml.cohorts(log, ["view_item THEN add_to_cart"]),
    "diagnosis": ml.diagnose,
    "flow": ml.flow,
    "hazards": ml.hazards,
    "lags": ml.lags,
    "leads": ml.score_leads,
    "paths": ml.paths,
    "primary metric": ml.primary_metric,
    "readiness": ml.readiness,
    "shortlist": lambda log: ml.shortlist(fit(log)),
    "time to macro": ml.time_to_macro,
    "transitions": ml.transitions,
    "trend": ml.trend,
}
OF_MODEL = {
    "ledger": ml.Ledger.from_model,
    "weights": lambda model: ml.Weights.from_ledger(
        ml.Ledger.from_model(model), model.moments_.log.plan
    ),
    "overlap": ml.overlap,
    "lift": lambda model: model.lift_,
    "evidence": lambda model: ml.run_checks(model, [ml.overlap]),
    "experiments": lambda model: ml.combine(
        model, [ml.Experiment(action="chat", effect=0.8, low=0.7, high=0.9)]
    ),
}
SLOWER_OF_MODEL = {
    "balance": ml.balance,
    "calibration": ml.calibration,
    "confounder": ml.confounder,
    "intent": ml.unseen_intent,
    "left out": ml.leave_one_out,
    "placebo": ml.placebo_action,
    "pooled": ml.pooled,
    "settling": ml.settling,
}


def draw_beside_another(found):
    """Draw into the second of two axes; the first is somebody else's and stays as it is."""
    figure, (other, ax) = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
    before = len(plt.get_fignums())
    drawn = found.plot(ax=ax)
    assert len(plt.get_fignums()) == before, "a figure of its own"
    assert drawn.get_figure(root=True) is figure
    assert not other.has_data()
    figure.draw_without_rendering()
    here, there = drawn.get_position(original=False), other.get_position(original=False)
    if drawn is not ax:  # panels, in the place of the axes
        assert not ax.axison
        box = drawn.get_window_extent().transformed(figure.transFigure.inverted())
        assert box.x0 > there.x1
    else:
        assert here.x0 > there.x1
        assert ax.has_data() or ax.texts
    plt.close(figure)


@pytest.mark.parametrize("name", OF_LOG)
def test_a_look_at_a_log_is_drawn_into_the_axes_that_are_given(log, name):
    draw_beside_another(OF_LOG[name](log))


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOWER_OF_LOG)
def test_every_look_at_a_log_is_drawn_into_the_axes_that_are_given(log, name):
    draw_beside_another(SLOWER_OF_LOG[name](log))


@pytest.mark.parametrize("name", OF_MODEL)
def test_what_is_made_of_a_model_is_drawn_into_the_axes_that_are_given(model, name):
    draw_beside_another(OF_MODEL[name](model))


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOWER_OF_MODEL)
def test_everything_made_of_a_model_is_drawn_into_the_axes_that_are_given(model, name):
    draw_beside_another(SLOWER_OF_MODEL[name](model))


def test_published_weights_and_what_moved_them_are_drawn_into_the_axes_given(model, tmp_path):
    ledger, plan = ml.Ledger.from_model(model), model.moments_.log.plan
    weights = ml.Weights.from_ledger(ledger, plan)
    publish(weights.to_json(), tmp_path)
    draw_beside_another(ml.history(tmp_path))
    book = weights.to_dict()
    dearer = [each | {"weight": 1.2 * each["weight"]} for each in book["actions"]]
    draw_beside_another(compare(book, book | {"actions": dearer}, ("before", "after")))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda cls: cls.__name__)
def test_every_picture_takes_axes_and_a_width_by_name(picture):
    known = inspect.signature(picture.plot).parameters
    assert known["ax"].default is None
    assert known["narrow"].default is False
    assert {known[name].kind for name in ("ax", "narrow")} == {inspect.Parameter.KEYWORD_ONLY}


def test_without_axes_there_is_a_figure_of_its_own_also_after_axes_were_given(log):
    rates = ml.rates(log)
    draw_beside_another(rates)
    own = rates.plot()
    assert own.figure.axes == [own]


def test_what_is_no_axes_is_refused_before_anything_is_drawn(log):
    figure, several = plt.subplots(1, 2)
    before = plt.get_fignums()
    for wrong in (several, figure):
        with pytest.raises(InputError, match="asks for matplotlib axes as ax, and got an object"):
            ml.rates(log).plot(ax=wrong)
    assert plt.get_fignums() == before


def test_panels_in_axes_that_stand_in_no_grid_are_refused(log):
    figure = plt.figure()
    ax = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    with pytest.raises(InputError, match="3 panels here, and the axes given as ax stand in no"):
        ml.trend(log, by="device").plot(ax=ax)
    assert figure.axes == [ax]
