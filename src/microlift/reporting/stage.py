"""The stage of one run, and its way to the readers."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from microlift.errors import InputError, MicroliftError
from microlift.folder import make, stand_for, unmark, write_atomic
from microlift.reporting import index_page, manifest, notebooks, publish, retention
from microlift.reporting.execution import execute
from microlift.reporting.inputs import Inputs
from microlift.reporting.judgement import Judgement
from microlift.reporting.kernel import Limits
from microlift.reporting.parameters import Parameter, Value
from microlift.signals import exit_code, undisturbed

Ended: TypeAlias = tuple[Judgement, Path | None, dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """What one run is asked.

    Attributes
    ----------
    source
        The notebook.
    out
        The folder of reports, held.
    places
        Parameters that the runner gives: the paths of plan and log.
    declared
        The parameters that the notebook declares.
    given
        Those that the caller gives.
    inputs
        What the run starts from.
    quiet, limits, keep
        As `runner.Options` has them.
    """

    source: Path
    out: Path
    places: Mapping[str, str]
    declared: Mapping[str, Parameter]
    given: Mapping[str, Value]
    inputs: Inputs
    quiet: bool = False
    limits: Limits = field(default_factory=Limits)
    keep: int = retention.KEEP

    @property
    def kind(self) -> str:
        """What the report is called."""
        return self.source.stem

    @property
    def settings(self) -> dict[str, Value]:
        """The parameters that a caller may give, as they are for this run."""
        own = {k: one.default for k, one in self.declared.items() if k not in self.places}
        own.pop("out_dir", None)
        return own | dict(self.given)


class Run:
    """The stage of one run, and its way to the readers."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.began = manifest.now()
        self.run_id = publish.new_run_id()
        self.runs = asked.out / asked.kind / "runs"
        self.stage = self.runs / f".{self.run_id}.part"
        began = manifest.written(self.began)
        self.about: dict[str, Any] = {"run": self.run_id, "kind": asked.kind, "started": began}

    def go(self) -> Ended:
        """Run the notebook and end the run, whatever comes between."""
        try:
            judgement = self.execute()
        except MicroliftError:
            raise  # at the door
        except OSError as error:
            judgement = ended(error)
            for torn in self.stage.glob("*.ipynb"):  # on a full disk it would stay full
                torn.unlink(missing_ok=True)
        except BaseException as error:
            if self.stage.exists():
                self.finish(ended(error))
            raise
        return self.finish(judgement)

    def execute(self) -> Judgement:
        """Run the notebook in the stage and write its page there."""
        asked, target = self.asked, self.stage / f"{self.asked.kind}.ipynb"
        make(self.runs)
        publish.clear_orphans(asked.out, asked.kind)
        self.stage.mkdir()
        stand_for(self.stage, asked.out)
        self.about |= {
            "parameters": {**asked.places, **asked.settings},
            "overridden": sorted(asked.given),
            **asked.inputs.to_dict(),
            **manifest.surroundings(Path(asked.places["plan_path"])),
        }
        # What is left if this process is killed.
        publish.write_manifest(self.stage, self.about | {"status": manifest.RUNNING})
        parameters = {**asked.places, **asked.given, "out_dir": str(self.stage)}
        judgement = execute(asked.source, target, parameters, asked.quiet, asked.limits)
        return self._render(target, judgement) if judgement.good else judgement

    def _render(self, notebook: Path, judgement: Judgement) -> Judgement:
        from microlift.reporting import gate, html

        done = notebooks.read(notebook)
        self.about["title"] = notebooks.title(done)
        try:
            page = html.render(done)
            faults = gate.check(page, self._private())
        except ValueError as error:
            faults = [str(error)]
        if faults:
            message = f"The page was refused: {'; '.join(faults[:5])}."
            return Judgement(1, message, measured=judgement.measured)
        write_atomic(self.stage / f"{self.asked.kind}.html", page)
        return judgement

    def finish(self, judgement: Judgement) -> Ended:
        """Keep the run's folder and publish what is good; leave nothing of a refused input.

        Returns
        -------
        How it ended after all, the published page, and the manifest.
        """
        asked = self.asked
        if judgement.exit_code == InputError.exit_code:
            publish.discard(self.stage)
            return judgement, None, {}
        with undisturbed():
            try:
                latest, told = self._keep(judgement)
            except OSError as error:
                if judgement.good:
                    judgement = replace(ended(error), measured=judgement.measured)
                latest, told = None, self._give_up(judgement)
            with suppress(OSError):  # the next run does it anew
                if latest:
                    retention.prune(asked.out, asked.kind, asked.keep, self.run_id)
                index_page.write(asked.out)
        return judgement, latest, told

    def _keep(self, judgement: Judgement) -> tuple[Path | None, dict[str, Any]]:
        """Publish a good run, and keep the folder of any."""
        unmark(self.stage)
        if not judgement.good:
            publish.strip(self.stage)
        made = self._made() if judgement.good else []
        told = self._told(judgement, made)
        # Before the first file takes its place: a run that is killed from then on is a good one.
        publish.write_manifest(self.stage, told)
        latest = None
        if judgement.good:
            latest = publish.place(self.stage, self.asked.out, self.asked.kind, made)
        self.stage.rename(self.runs / self.run_id)
        return latest, told

    def _give_up(self, judgement: Judgement) -> dict[str, Any]:
        """Make room on a full disk, and say there why there is no report, if that can be."""
        told = self._told(judgement, [])
        publish.discard(self.stage)
        try:
            self.stage.mkdir(parents=True)
            publish.write_manifest(self.stage, told)
            self.stage.rename(self.runs / self.run_id)
        except OSError:
            publish.discard(self.stage)
        return told

    def _told(self, judgement: Judgement, made: list[str]) -> dict[str, Any]:
        ending = manifest.ending(judgement, self.began, self._private())
        return ending | self.about | {"published": made}

    def _made(self) -> list[str]:
        """Name the files to publish: the weekly report's, and those of notebooks of one's own."""
        if self.asked.kind != notebooks.WEEKLY and not notebooks.is_own(self.asked.source):
            return []
        return [name for name in publish.FILES if (self.stage / name).is_file()]

    def _private(self) -> list[str]:
        """Return the places of this machine that no page may name."""
        roots = [str(place).rstrip("/") + "/" for place in (Path.home(), sys.prefix)]
        # A path of one step, such as /data, may as well be the name of a page that was visited;
        # and the home of a container's user may be the root of everything.
        places = [*self.asked.places.values(), str(self.asked.out)]
        given = [place for place in places if place.count("/") > 1]
        return [*given, *(root for root in roots if root.count("/") > 2)]


def ended(error: BaseException) -> Judgement:
    """Judge a run by what came between."""
    if isinstance(error, KeyboardInterrupt):
        return Judgement(exit_code(error), "The run was ended before it was done.")
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return Judgement(1, f"The report could not be written: {error.strerror or error}{where}.")
    return Judgement(1, f"{type(error).__name__}: {error}")
