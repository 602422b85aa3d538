"""Licences of every locked package: the page LICENCES.md, or a check that it is true.

python .ci/licences.py           writes the page from what is installed
python .ci/licences.py --check   says what is wrong: no hash, no known licence, or an old page
"""

import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "LICENCES.md"
LOCKS = ("requirements.lock", "requirements-docs.lock", "requirements-spark.lock")
PINNED = re.compile(r"^([\w.-]+)==(\S+)(.*(?:\n    --hash=.*)*)", re.MULTILINE)

# All of them let anybody use, change and pass on what is built on them. MPL-2.0 asks for the source
# of its own files where those were changed, which nobody does here.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0",
    "MIT-CMU", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip
# What packages call their licences, where they do not use the names of SPDX.
CALLED = {
    "apache 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd license": "BSD",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}
HEAD = """# Licences

Every package that is locked in `requirements.lock`, `requirements-docs.lock` and
`requirements-spark.lock`, with the licence that it names itself, written by `make licences`. A test
fails where a package has no hash, or a licence that is not among those that let anybody use, change
and pass on what is built on them:
{allowed}.
"""


def locked() -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each locked package."""
    texts = [(ROOT / name).read_text("utf-8") for name in LOCKS]
    return {
        name: (version, rest.count("--hash=sha256:"))
        for text in texts
        for name, version, rest in PINNED.findall(text)
    }


def licence(name: str) -> str:
    """The licence of an installed package in the names of SPDX, or as it calls it."""
    about = metadata.metadata(name)
    if about.get("License-Expression"):
        return str(about["License-Expression"])
    classified = [c.split(" :: ")[-1] for c in about.get_all("Classifier") or [] if "License" in c]
    said = (about.get("License") or "").strip().splitlines()[:1]
    for each in (*said, *classified):
        spdx = CALLED.get(each.strip().lower(), each.strip())
        if set(re.split(r" AND | OR ", spdx)) <= ALLOWED:
            return spdx
    return ", ".join((*said, *classified)) or "none"


def faults(packages: dict[str, tuple[str, int]]) -> list[str]:
    """What is wrong with locked packages."""
    wrong = [
        f"{name} has no hash in the lock" for name, (_, hashes) in packages.items() if not hashes
    ]
    for name in packages:
        try:
            of = licence(name)
        except metadata.PackageNotFoundError:
            continue  # a tool of the site, which is installed for `make docs` alone
        if not set(re.split(r" AND | OR ", of)) <= ALLOWED:
            wrong.append(f"{name} is under {of!r}, which is not among the allowed licences")
    return wrong


def rows(packages: dict[str, tuple[str, int]]) -> dict[str, str]:
    """A row of the page for each package that is installed here."""
    made = {}
    for name, (version, _) in sorted(packages.items()):
        try:
            of = licence(name)
        except metadata.PackageNotFoundError:
            continue
        made[name] = f"| {name} | {version} | {of} |"
    return made


def page(packages: dict[str, tuple[str, int]]) -> str:
    """Text of the page."""
    head = HEAD.format(allowed=", ".join(sorted(ALLOWED)))
    table = ["| package | version | licence |", "|---|---|---|", *rows(packages).values()]
    return "\n".join([head, *table, ""])


def outdated(packages: dict[str, tuple[str, int]], written: str) -> list[str]:
    """Rows that the page lacks, and packages that it lists and no lock holds."""
    lacking = [row for row in rows(packages).values() if row not in written.splitlines()]
    listed = re.findall(r"^\| ([\w.-]+) \| ", written, re.MULTILINE)[1:]
    return [*lacking, *(name for name in listed if name not in packages)]


def main() -> int:
    """Write the page, or check it."""
    packages = locked()
    if "--check" not in sys.argv:
        PAGE.write_text(page(packages), "utf-8")
        return 0
    wrong = faults(packages)
    wrong += [f"LICENCES.md: {row}" for row in outdated(packages, PAGE.read_text("utf-8"))]
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(f"{len(packages)} locked packages, {len(wrong)} faults\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
