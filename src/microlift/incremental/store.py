"""The folder of a state: a salt, a list of the forgotten, and one generation of tables at a time.

A run writes a new generation beside the old one and names it in the manifest last, by one renaming.
A run that is killed leaves the old manifest and the files that it names; what it had written is
swept away by the next one.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from ibis.backends.duckdb import Backend

from microlift.errors import InputError, MicroliftError
from microlift.folder import write_atomic
from microlift.incremental.files import Print

SCHEMA = 2
SALT, FORGOTTEN, MANIFEST = "salt", "forgotten.json", "state.json"
_OURS = {SALT, FORGOTTEN, MANIFEST, ".lock"}
_GENERATION = "kept-"
_SALT_BYTES = 32


@dataclass(frozen=True)
class Kept:
    """One generation of a state: what was counted, and where its tables lie.

    Attributes
    ----------
    number
        Of the generation.
    plan
        Which plan it was read for; see `Store.load`.
    files
        Fingerprints of the files that were read.
    tables
        By name, the path of a Parquet file below the folder and its digest; several for rows.
    said
        Counts and codes, as plain data.
    """

    number: int
    plan: str
    files: list[Print]
    tables: dict[str, list[list[str]]]
    said: dict[str, Any] = field(default_factory=dict)


class Store:
    """The folder of a state; to be held while it is read and written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def salt(self) -> bytes:
        """Return the salt of the project, made at the first run.

        Raises
        ------
        InputError
            If it is damaged: every digest of the state would be another one.
        """
        path = self.folder / SALT
        if not path.exists():
            if (self.folder / FORGOTTEN).exists():
                raise InputError(
                    f"The state {str(self.folder)!r} has a list of forgotten users and no salt, so "
                    "nobody on it could be told and all would be read again. Bring back its file "
                    f"{SALT!r} from a backup, or name a new folder and forget these users in it."
                )
            self._strange()
            self.folder.chmod(0o700)
            _private(path, secrets.token_bytes(_SALT_BYTES))
        salt = path.read_bytes()
        if len(salt) != _SALT_BYTES:
            raise InputError(
                f"The file {SALT!r} of the state {str(self.folder)!r} has {len(salt):,} bytes "
                f"instead of {_SALT_BYTES}, so no user could be told again. Bring it back from a "
                "backup, or name a new folder for the state."
            )
        return salt

    def _salt_mark(self) -> str:
        """By which the salt is known again: under another one, every user would be a new one."""
        return hashlib.sha256(self.salt() + b"mark").hexdigest()[:16]

    def _strange(self) -> None:
        """Refuse a folder that is something else: a state tidies up what it does not know."""
        others = sorted(name for name in os.listdir(self.folder) if name not in _OURS)
        if others:
            raise InputError(
                f"The folder {str(self.folder)!r} is no state and holds {len(others):,} other "
                f"things ({others[0][:100]!r} first), which a state would mix with its own. Name a "
                "folder that is empty or not there yet."
            )

    def forgotten(self) -> list[str]:
        """Salted digests of the users who are not to be read again.

        Raises
        ------
        InputError
            If the list is damaged: then nobody knows who is on it.
        """
        path = self.folder / FORGOTTEN
        if not path.exists():
            return []
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            keys = [str(key) for key in told["users"]]
            if told["seal"] != _digest(keys) or told["salt"] != self._salt_mark():
                raise ValueError
            return keys
        except (ValueError, KeyError, TypeError, RecursionError):
            raise InputError(
                f"The list of forgotten users {str(path)!r} is damaged, or its salt is another "
                "one, so a run might bring them back. Bring both back from a backup, or name a new "
                "folder for the state and forget them in it."
            ) from None

    def forget(self, keys: list[str]) -> None:
        """Put users on the list."""
        every = sorted({*self.forgotten(), *keys})
        told = {"users": every, "seal": _digest(every), "salt": self._salt_mark()}
        write_atomic(self.folder / FORGOTTEN, json.dumps(told, indent=0))
        (self.folder / FORGOTTEN).chmod(0o600)

    def load(self, plan: str | None) -> tuple[Kept | None, str]:
        """Return the last generation, or why there is none that could be used.

        Parameters
        ----------
        plan
            What a plan says that changes anything that is kept; None for any.
        """
        path = self.folder / MANIFEST
        if not path.exists():
            return None, "the state is new"
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            seal = told.pop("seal")
            if seal != _digest(told):
                return None, "its manifest was changed or damaged"
            if told["schema"] != SCHEMA or told["engine"] != duckdb.__version__:
                return None, "it was written by another release of microlift or of its engine"
            if told["salt"] != self._salt_mark():
                return None, "it was written under another salt"
            if plan is not None and told["plan"] != plan:
                return None, "it was read by another plan"
            kept = Kept(
                told["number"],
                told["plan"],
                [Print(*one) for one in told["files"]],
                told["tables"],
                told["said"],
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None, "its manifest was changed or damaged"
        for name, digest in (pair for pairs in kept.tables.values() for pair in pairs):
            file = self.folder / name
            if not file.is_file() or _file_digest(file) != digest:
                return None, f"its file {name!r} is missing or damaged"
        return kept, ""

    def stage(self, number: int) -> Path:
        """Make the empty folder of a generation."""
        folder = self.folder / f"{_GENERATION}{number}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    @contextmanager
    def room(self, before: Kept | None) -> Iterator[None]:
        """Where the disk cannot hold a generation, remove what there is of it and say so."""
        try:
            yield
        except (OSError, duckdb.IOException) as error:
            with suppress(OSError):
                self.sweep(before)
            said = str(error).splitlines()[0][-200:]
            raise MicroliftError(
                f"The state {str(self.folder)!r} cannot hold what was read ({said}). What it held "
                "before is whole, and nothing was published. Free some space, or run without a "
                "state."
            ) from error

    def copy(self, con: Backend, query: str, file: Path) -> list[str]:
        """Write what a query gives; return the name and the digest of the file."""
        path = str(file).replace("'", "''")
        con.raw_sql(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
        return self.seal(file)

    def seal(self, file: Path) -> list[str]:
        """Bring a file to the disk; return its name and its digest."""
        file.chmod(0o600)
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
        return [file.relative_to(self.folder).as_posix(), _file_digest(file)]

    def commit(self, kept: Kept) -> None:
        """Let a generation take the place of the one before, all at once."""
        told: dict[str, Any] = {
            "schema": SCHEMA,
            "version": version("microlift"),
            "engine": duckdb.__version__,
            "salt": self._salt_mark(),
            "number": kept.number,
            "plan": kept.plan,
            "files": [one.to_list() for one in kept.files],
            "tables": kept.tables,
            "said": kept.said,
        }
        told["seal"] = _digest(told)
        write_atomic(self.folder / MANIFEST, json.dumps(told))
        self.sweep(kept)

    def drop(self) -> None:
        """Remove everything that was kept, but for the salt and the forgotten."""
        (self.folder / MANIFEST).unlink(missing_ok=True)
        self.sweep(None)

    def sweep(self, kept: Kept | None) -> None:
        """Remove files that the manifest does not name."""
        named = {pair[0] for pairs in kept.tables.values() for pair in pairs} if kept else set()
        for folder in self.folder.glob(f"{_GENERATION}*"):
            for file in folder.iterdir():
                if file.relative_to(self.folder).as_posix() not in named:
                    file.unlink(missing_ok=True)
            if not any(folder.iterdir()):
                folder.rmdir()


def _private(path: Path, data: bytes) -> None:
    """Write a file that its owner alone may read, from its first moment on, and whole."""
    new = path.with_name(f".new-{secrets.token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(new, path)


def _digest(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _file_digest(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
