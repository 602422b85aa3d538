"""The scheduled job: `report`."""

import argparse
from typing import TYPE_CHECKING

from microlift.cli import values
from microlift.cli.telling import fail, say
from microlift.cli.verbs import Verbs, add_verb, reads_log, writes_folder

if TYPE_CHECKING:  # what runs notebooks takes a second to load
    from microlift.reporting.runner import ReportOutcome


def add(verbs: Verbs) -> None:
    """Add the verb of the scheduled job."""
    parser = add_verb(verbs, "report", report, "lifts, ledger and weights on one page to read")
    reads_log(parser, memory=False)
    writes_folder(parser)
    parser.add_argument(
        "--kind",
        type=values.text,
        default="weekly",
        help="kind of report (weekly), all, or a notebook of your own",
    )
    parser.add_argument(
        "-p",
        action="append",
        default=[],
        dest="parameters",
        type=values.parameter,
        metavar="NAME=VALUE",
        help="a parameter of the report; may be repeated",
    )
    parser.add_argument(
        "--params", type=values.path, metavar="FILE", help="parameters in JSON or YAML"
    )
    parser.add_argument(
        "--help-params", action=_HelpParams, metavar="KIND", help="list its parameters, and end"
    )
    parser.add_argument(
        "--if-new", action="store_true", help="do nothing where log, plan and parameters are known"
    )
    parser.add_argument(
        "--keep", type=values.positive, metavar="N", help="how many runs of a kind stay (52)"
    )
    parser.add_argument(
        "--timeout",
        type=values.seconds,
        metavar="DURATION",
        help="cut it off after a time, such as 30m",
    )
    parser.add_argument(
        "--memory",
        type=values.size,
        metavar="SIZE",
        help="what it may hold, such as 4GB; its engine half",
    )


def report(arguments: argparse.Namespace) -> int:
    """Run the whole job, and say what became of it."""
    from microlift.reporting import arguments as asked
    from microlift.reporting import notebooks, runner
    from microlift.reporting.kernel import Limits

    options = runner.Options(
        quiet=arguments.quiet,
        limits=Limits(arguments.timeout, arguments.memory),
        texts=arguments.parameters,
        if_new=arguments.if_new,
    )
    if arguments.params:
        options["parameters"] = asked.of_file(arguments.params)
    if arguments.keep:
        options["keep"] = arguments.keep
    paths = (arguments.plan, arguments.events, arguments.out)
    if arguments.kind == notebooks.ALL:
        outcomes = runner.run_each(notebooks.kinds(), *paths, **options)
        return _told_each(outcomes, arguments.quiet)
    return _told(runner.run_report(*paths, kind=arguments.kind, **options), arguments.quiet)


def _told(outcome: "ReportOutcome", quiet: bool) -> int:
    from microlift.reporting import summary

    if outcome.html is None:
        return fail(outcome.message, outcome.exit_code)
    say(*(summary.short(outcome) if quiet else summary.full(outcome)))
    return outcome.exit_code


def _told_each(outcomes: "list[ReportOutcome]", quiet: bool) -> int:
    """Say a line for each report, and end with the worst of them."""
    from microlift.reporting import summary
    from microlift.reporting.runner import worst

    for outcome in outcomes:
        if outcome.html is None:
            fail(f"{outcome.kind}: {outcome.message}".removeprefix(": "), outcome.exit_code)
        else:
            say(*(summary.line(outcome) if quiet else [*summary.full(outcome), ""]))
    return worst(outcomes)


class _HelpParams(argparse.Action):
    """List the parameters of a report when asked: neither a plan nor a log is needed for that."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        _namespace: argparse.Namespace,
        kind: object,
        _option: str | None = None,
    ) -> None:
        from microlift.reporting import arguments, declarations, notebooks

        asked = notebooks.kinds() if kind == notebooks.ALL else [str(kind)]
        for name in asked:
            source = notebooks.notebook_path(name)
            known = declarations.declared(notebooks.read(source), source.name)
            say(*([f"{name}:"] if kind == notebooks.ALL else []), arguments.table(known))
        parser.exit()
