"""The command line for `python -m microlift`, where the command itself is not on the path."""

import sys

from microlift.cli import main

sys.exit(main())
