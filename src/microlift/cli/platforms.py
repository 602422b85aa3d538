"""From weights to ad platforms: `export`, `conversions` and `validate`."""

import argparse
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microlift.cli import values
from microlift.cli.telling import fail, say, warn
from microlift.cli.verbs import Verbs, add_verb, reads_log, writes_folder
from microlift.errors import InputError

if TYPE_CHECKING:
    from microlift.plan import Plan
    from microlift.weights import WeightsFile

MOST_FAULTS = 100


def add(verbs: Verbs) -> None:
    """Add the verbs that speak to ad platforms."""
    export = add_verb(verbs, "export", _export, "weights as the files of an ad platform")
    export.add_argument("target", metavar="TARGET", help="where they go, such as ga4")
    export.add_argument(
        "--weights", type=values.path, required=True, metavar="FILE", help="a weights.json"
    )
    writes_folder(export)
    export.add_argument(
        "--plan", type=values.path, metavar="PLAN", help="a plan, for its settings of the target"
    )
    export.add_argument(
        "-s",
        dest="settings",
        type=values.setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the target; goes before the plan's",
    )
    export.add_argument("--list", action=_List, lines=_targets, help="name the targets and end")
    told = "the booked occurrences of a log, by click, as files to upload"
    sent = add_verb(verbs, "conversions", _conversions, told)
    sent.add_argument("target", metavar="TARGET", help="google-ads, data-manager, microsoft, csv")
    reads_log(sent)
    sent.add_argument(
        "--weights", type=values.path, required=True, metavar="FILE", help="a weights.json"
    )
    sent.add_argument(
        "--previous", type=values.path, metavar="FILE", help="the one that was booked before"
    )
    writes_folder(sent)
    sent.add_argument(
        "-s", dest="settings", type=values.setting, action="append", default=[],
        metavar="NAME=VALUE", help="a setting of the target; goes before the plan's",
    )  # fmt: skip
    validate = add_verb(verbs, "validate", _validate, "judge a file by the rules of its platform")
    validate.add_argument("kind", metavar="KIND", help="what it is, such as ga4")
    validate.add_argument("file", type=values.path, metavar="FILE", help="the file, also of others")
    validate.add_argument("--list", action=_List, lines=_kinds, help="name the kinds and end")
    validate.epilog = "Exit code 0 where the file is clean; 2 where it has faults."


def _export(arguments: argparse.Namespace) -> int:
    from microlift.export import export
    from microlift.export.targets import target_of
    from microlift.folder import held, write
    from microlift.plan import Plan
    from microlift.weights import read_weights

    target, given = target_of(arguments.target), _once(arguments.settings)
    weights = read_weights(arguments.weights, on=datetime.now(UTC).date())
    notes = []
    if arguments.plan is not None:
        plan = Plan.load(arguments.plan)
        given = plan.export_settings(target.name) | given
        notes += _other_plan(plan, weights)
    made = export(weights, target, given)
    with held(arguments.out, made.files):
        write(made.files, arguments.out)
    warn([*notes, *made.notes], arguments.quiet)
    say(*(f"written: {arguments.out / name}" for name in made.files))
    return 0


def _conversions(arguments: argparse.Namespace) -> int:
    from microlift.events import read_events
    from microlift.events.engine import memory_of_python
    from microlift.export.clicks import uploads
    from microlift.folder import held, write
    from microlift.plan import Plan
    from microlift.weights import read_weights

    now, plan = datetime.now(UTC), Plan.load(arguments.plan)
    weights = read_weights(arguments.weights, on=now.date())
    previous = None if arguments.previous is None else read_weights(arguments.previous)
    given = plan.export_settings(arguments.target) | _once(arguments.settings)
    with (
        memory_of_python(),
        read_events(arguments.events, plan, quiet=arguments.quiet or None) as log,
    ):
        made = uploads(log, weights, arguments.target, now=now, previous=previous, settings=given)
    with held(arguments.out, made.files):
        write(made.files, arguments.out)
    warn([*_other_plan(plan, weights), *made.notes], arguments.quiet)
    say(*(f"written: {arguments.out / name}" for name in made.files))
    return 0


def _other_plan(plan: "Plan", weights: "WeightsFile") -> list[str]:
    """Say that weights are not of the plan as it is now."""
    if plan.hash == weights.plan_hash:
        return []
    return [
        "The plan has changed since these weights were made from it; the files hold the "
        "weights as they were. Run 'microlift weights' again for those of the new plan."
    ]


def _once(settings: Sequence[tuple[str, str]]) -> dict[str, object]:
    """Refuse a setting that is given twice: which of the two is meant, nobody can tell."""
    given: dict[str, object] = dict(settings)
    names = [name for name, _ in settings]
    for name in given:
        if names.count(name) > 1:
            raise InputError(
                f"Setting {name!r} is given {names.count(name)} times, and only one value of it "
                "could count. Give it once."
            )
    return given


def _validate(arguments: argparse.Namespace) -> int:
    from microlift.export import validate
    from microlift.export.targets import refusal
    from microlift.plan.quoting import printable, short

    file: Path = arguments.file
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"The file {short(str(file))} cannot be read ({error.strerror}), so nothing can be "
            "judged. Mend the path."
        ) from None
    faults = validate(arguments.kind, content)
    if faults:
        text = refusal(str(file), faults, "the platform would refuse or misread it", MOST_FAULTS)
        return fail("\n".join(map(printable, text.split("\n"))), InputError.exit_code)
    say(f"clean: {printable(str(file))} ({arguments.kind}, {len(content):,} bytes)")
    return 0


def _targets() -> list[str]:
    from microlift.export import targets

    lines = []
    for target in targets().values():
        lines.append(f"{target.name:16} {target.title}")
        for name, field in target.settings.model_fields.items():
            default = field.get_default(call_default_factory=True)
            need = "must be given" if field.is_required() else f"default {default!r}"
            lines.append(f"{'':16}   -s {name}=...  {field.description or 'a setting'} ({need})")
    return lines


def _kinds() -> list[str]:
    from microlift.export import validators

    return [f"{each.name:24} {each.title}" for each in validators().values()]


class _List(argparse.Action):
    """Say what there is and end, whatever else the command would have asked for."""

    def __init__(
        self, option_strings: Sequence[str], dest: str, lines: Callable[[], list[str]], **more: Any
    ) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)
        self.lines = lines

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        say(*self.lines())
        parser.exit()
