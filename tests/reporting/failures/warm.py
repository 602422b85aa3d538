"""A process with its imports behind it, which forks the processes of `microlift report`.

Each line that it reads tells of one: its arguments and environment, where its streams go, how
large a file may be, and whether it leads a group of processes. It answers with the number of the
process, and with how that ended.
"""

import atexit
import json
import os
import resource
import signal
import sys
import tempfile
from importlib import import_module
from typing import Any

LOADED = (
    "nbclient", "nbconvert.exporters", "papermill", "traitlets.config", "microlift.history",
    "microlift.reporting.gate", "microlift.reporting.html", "microlift.reporting.runner",
)  # fmt: skip


def serve() -> None:
    for name in (*LOADED, *sys.argv[1:]):
        import_module(name)
    for line in sys.stdin:
        given = json.loads(line)
        child = os.fork()
        if not child:
            report(given)
        answer(child)
        answer(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def report(given: dict[str, Any]) -> None:
    from microlift.cli import main

    if given.get("leads"):
        os.setpgid(0, 0)
    log = os.open(given["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ |= given["environment"]
    # Whoever runs the tests in the background has some of these ignored, and a child inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    tempfile.tempdir = None
    if given["largest"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (given["largest"], given["largest"]))
    code = 70
    try:
        code = main(given["arguments"])
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        os._exit(code)  # libraries tidy up threads at the end that a fork has not


if __name__ == "__main__":
    serve()
