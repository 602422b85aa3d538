"""Known holes of every locked package, asked of a database by pip-audit.

python .ci/audit.py PIP_AUDIT LOCK...

A package that the database could not be asked about is no package without holes: an index that
only hands out files knows of none, and pip-audit would call that a success. So the answers are
counted, and the end is 0 only where each package was judged and none has a hole; it is 1 for a
hole, and 2 where something was not judged.
"""

import json
import subprocess
import sys
from typing import Any

SHOWN = 5


def ask(program: str, lock: str) -> tuple[list[dict[str, Any]], str]:
    """What pip-audit says of the packages of a lock, and of itself where it says nothing."""
    settings = ["--format=json", "--progress-spinner=off", "--timeout=20", "--disable-pip"]
    given = [program, *settings, "--require-hashes", "--requirement", lock]
    try:
        asked = subprocess.run(given, capture_output=True, text=True, check=False)
    except OSError as error:
        return [], str(error)
    try:
        found: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return [], (asked.stderr.strip().splitlines() or ["no answer"])[-1][:300]
    return found, ""


def told(lock: str, packages: list[dict[str, Any]], fault: str) -> tuple[list[str], int]:
    """Lines on one lock, and how it ends.

    Parameters
    ----------
    lock : str
    packages : list of dict
        name and version, and either vulns or skip_reason, as pip-audit writes them.
    fault : str
        Why there are none.

    Returns
    -------
    tuple of list of str, int
    """
    if fault or not packages:
        return [f"{lock}: nothing is known, since pip-audit failed: {fault or 'no package'}"], 2
    holes = [each for each in packages if each.get("vulns")]
    skipped = sorted(each["name"] for each in packages if "skip_reason" in each)
    lines = []
    for each in holes:
        known = ", ".join(hole["id"] for hole in each["vulns"])
        mended = ", ".join(fix for hole in each["vulns"] for fix in hole["fix_versions"]) or "none"
        lines.append(f"{lock}: {each['name']} {each['version']} has {known}; mended in {mended}")
    if skipped:
        names = ", ".join(skipped[:SHOWN]) + (" ..." if len(skipped) > SHOWN else "")
        lines.append(
            f"{lock}: {len(skipped)} of {len(packages)} packages could not be asked about "
            f"({names}): the index in use has no database of holes. Nothing is known of them; run "
            "this where pypi.org can be reached."
        )
    if not lines:
        lines.append(f"{lock}: {len(packages)} packages, none with a known hole")
    return lines, 1 if holes else 2 if skipped else 0


def main() -> int:
    """Ask about each lock."""
    program, *locks = sys.argv[1:]
    worst = 0
    for lock in locks:
        lines, end = told(lock, *ask(program, lock))
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        worst = end if worst == 0 or end == 1 else worst
    return worst


if __name__ == "__main__":
    sys.exit(main())
