"""The accessibility audit of a page: axe-core, one exact version, in a headless Chromium.

axe-core is no part of this repository. The package manager of the machine fetches it, with the
machine's own settings, and what it brought is used only if its SHA-512 is the one below. It is
kept in the cache of the user.

    python tests/reporting/axe.py --fetch      fetch it, or say why it cannot be had
    python tests/reporting/axe.py PAGE...      audit pages; 1 if there are violations
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VERSION = "4.14.1"
SHA512 = (
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73"
    "4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5"
)
GRAVE = ("serious", "critical")
# (width, dark): a wide screen by day, a phone by night
VIEWS = ((1280, False), (390, True))
# What is folded is read too; and the code is shown.
_UNFOLD = """
for (const one of document.querySelectorAll('details')) one.open = true;
for (const one of document.querySelectorAll('.switch')) one.checked = true;
"""
_RUN = """
axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(one => ({
  id: one.id, impact: one.impact, help: one.help,
  places: one.nodes.map(node => node.target.join(' ') + ': ' + node.failureSummary)})))
"""


class AxeError(Exception):
    """axe-core cannot be had, or is not the one that was asked for."""


def source() -> str:
    """Return the script of axe-core, fetched once.

    Raises
    ------
    AxeError
        If it cannot be fetched, or its checksum is another one.
    """
    kept = _cache() / f"axe-core-{VERSION}.tgz"
    if not kept.exists() or _checksum(kept) != SHA512:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            fetched = _fetch(Path(folder))
            found = _checksum(fetched)
            if found != SHA512:
                raise AxeError(
                    f"axe-core {VERSION} has the SHA-512 {found[:16]}…, and {SHA512[:16]}… was "
                    "expected: what was fetched is not what was reviewed, so it is not run."
                )
            os.replace(fetched, kept)
    with tarfile.open(kept) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode("utf-8")


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "microlift-tests"


def _checksum(file: Path) -> str:
    return hashlib.sha512(file.read_bytes()).hexdigest()


def _fetch(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise AxeError(
            f"axe-core {VERSION} cannot be fetched: npm is missing (Debian: apt-get install npm)."
        )
    order = [npm, "pack", f"axe-core@{VERSION}", "--silent", "--ignore-scripts"]
    done = subprocess.run(order, cwd=folder, capture_output=True, text=True, timeout=300)
    packed = list(folder.glob("axe-core-*.tgz"))
    if done.returncode or not packed:
        raise AxeError(
            f"axe-core {VERSION} cannot be fetched: npm said {done.stderr.strip()[-300:]!r}. Mend "
            "npm's settings on this machine (npm config list)."
        )
    return packed[0]


def violations(browser: Any, page: Path, script: str) -> list[dict[str, Any]]:
    """Audit a page in every view; list what axe-core calls a violation, of any impact."""
    found = []
    for width, dark in VIEWS:
        browser.look(width, dark=dark)
        browser.open(page)
        browser.evaluate(f"{script}; {_UNFOLD}; 1")
        for one in browser.evaluate(_RUN):
            found.append(one | {"view": f"{width} px, {'dark' if dark else 'light'}"})
    return found


def grave(found: Sequence[dict[str, Any]]) -> list[str]:
    """Return the violations of a grave impact, a line each."""
    return [told(one) for one in found if one["impact"] in GRAVE]


def told(one: dict[str, Any]) -> str:
    """Say a violation in a line, with the first of its places."""
    places = one["places"]
    where = " ".join(places[0].split())[:300]
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return f"{one['impact']}: {one['id']} ({one['help']}) at {one['view']}: {where}{more}"


@contextmanager
def _browser() -> Iterator[Any]:
    sys.path.insert(0, str(Path(__file__).parent))
    from chromium import MISSING, Chromium, executable

    if executable() is None:
        raise AxeError(MISSING)
    with Chromium() as browser:
        yield browser


def main() -> None:
    """Fetch axe-core, or audit pages."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--fetch", action="store_true")
    reader.add_argument("--json", action="store_true")
    reader.add_argument("pages", nargs="*", type=Path)
    given = reader.parse_args()
    try:
        script = source()
        if given.fetch:
            return
        with _browser() as browser:
            found = {str(page): violations(browser, page, script) for page in given.pages}
    except AxeError as error:
        raise SystemExit(str(error)) from None
    if given.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    for page, ones in found.items():
        for one in () if given.json else ones:
            sys.stdout.write(f"{page}: {told(one)}\n")
    if any(found.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
