"""The command line: thin, one small file a family of verbs."""

from microlift.cli.command import main

__all__ = ["main"]
