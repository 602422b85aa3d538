"""Fuzz by hand, for as long as there is patience: python -m tests.fuzz.hunt TARGET --minutes 60.

The tests make the same cases from the same numbers in every run; this begins at a random number
and goes on, and prints the number of each case that ends in an error.
"""

import argparse
import faulthandler
import secrets
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz import TARGETS, run_case

MOST_TOLD = 25
HANGS = 120  # seconds after which a case is told by where it stands, and all ends


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--start", type=int, default=secrets.randbelow(10**9) * 10**6)
    asked = parser.parse_args()
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "fetch_")
    ends: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    number, until = asked.start, time.monotonic() + 60 * asked.minutes
    with TemporaryDirectory() as folder:
        while time.monotonic() < until:
            try:
                faulthandler.dump_traceback_later(HANGS, exit=True)
                ends += run_case(asked.target, number, Path(folder))
            except Exception as error:
                last = traceback.extract_tb(error.__traceback__)[-1]
                kind = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno} {str(error)[:30]!r}"
                faults[kind] += 1
                if faults[kind] == 1 and len(faults) <= MOST_TOLD:
                    print(f"{asked.target} {number}: {kind}: {str(error)[:500]}", flush=True)
                    traceback.print_exc(limit=-12, file=sys.stdout)
            number += 1
    cpu = time.process_time()
    told = f"{ends.total():,} files in {number - asked.start:,} cases and {cpu:,.0f} CPU s"
    print(f"{asked.target} from {asked.start} on: {told}; {dict(ends)}")
    print(f"{asked.target}: {sum(faults.values()):,} finds: {dict(faults)}", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
