"""Every locked package has a hash and a licence that is allowed, and the page of licences is true."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = importlib.util.spec_from_file_location("licences", ROOT / ".ci" / "licences.py")
licences = importlib.util.module_from_spec(SCRIPT)
SCRIPT.loader.exec_module(licences)


def test_every_locked_package_has_a_hash_and_an_allowed_licence():
    packages = licences.locked()
    assert len(packages) > 100
    assert licences.faults(packages) == []


def test_the_page_lists_what_is_locked_and_nothing_else():
    written = licences.PAGE.read_text("utf-8")
    assert licences.outdated(licences.locked(), written) == [], "make licences"


def test_a_package_without_a_hash_and_a_row_that_is_gone_are_found():
    assert licences.faults({"numpy": ("1", 0)}) == ["numpy has no hash in the lock"]
    assert "gone" in licences.outdated({}, "| package | version | licence |\n| gone | 1 | MIT |\n")
