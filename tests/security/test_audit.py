"""What pip-audit answers is counted: a package that nobody could ask about is no package without holes."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "audit.py"
SPEC = importlib.util.spec_from_file_location("audit", SCRIPT)
audit = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(audit)

FINE = {"name": "fine", "version": "1", "vulns": []}
SKIPPED = {"name": "skipped", "skip_reason": "Dependency not found"}
HOLE = {"name": "bad", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}


@pytest.mark.parametrize(
    ("packages", "fault", "end", "said"),
    [
        ([FINE], "", 0, "1 packages, none with a known hole"),
        ([FINE, SKIPPED], "", 2, "1 of 2 packages could not be asked about (skipped)"),
        ([FINE, HOLE, SKIPPED], "", 1, "bad 2 has CVE-1; mended in 3"),
        ([], "no network", 2, "nothing is known, since pip-audit failed: no network"),
        ([], "", 2, "nothing is known"),
    ],
)
def test_only_a_lock_of_which_all_was_judged_ends_well(packages, fault, end, said):
    lines, found = audit.told("a.lock", packages, fault)
    assert found == end
    assert said in "\n".join(lines)


def test_a_program_that_is_missing_is_told():
    assert audit.ask("no/such/program", "a.lock") == (
        [],
        "[Errno 2] No such file or directory: 'no/such/program'",
    )
