"""The runs of a report and their index: manifests, orphans, and the page that lists them."""

import json
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from microlift.folder import write_atomic

_STYLE = """
:root { --ink: #17212b; --muted: #57636f; --line: #dde3e8; --page: #fefefe; --link: #0067a5; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ecf0; --muted: #a3afba; --line: #33404b; --page: #10161c; --link: #5db2ea; } }
body { font: 1.0625rem/1.6 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 52rem; margin: 3rem auto; padding: 0 1.2rem; }
h1 { font-size: 2.2rem; letter-spacing: -.02em; margin: 0 0 1rem; }
a { color: var(--link); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: .5rem; }
th, td { text-align: left; padding: .5rem 1rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody th { white-space: nowrap; font-weight: 600; }
"""  # noqa: E501


def new_run_id() -> str:
    """Return a run's id: when it started, and four random figures for those of one second."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write manifest.json into a run's folder."""
    write_atomic(folder / "manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False))


def clear_orphans(runs: Path) -> None:
    """Turn stages that a killed run left behind into runs marked as abandoned.

    To be called with the folder held: only then is a stage known to be nobody's.
    """
    for stage in sorted(runs.glob(".*.part")):
        run_id = stage.name[1 : -len(".part")]
        manifest = {"run": run_id, "status": "abandoned", "exit_code": None}
        write_manifest(stage, manifest)
        stage.rename(runs / run_id)


def manifests(out: Path) -> list[tuple[str, dict[str, Any]]]:
    """Read the manifests under `out`, newest first, each with its kind of report."""
    found = []
    for path in out.glob("*/runs/*/manifest.json"):
        with suppress(OSError, ValueError):
            manifest = json.loads(path.read_text("utf-8"))
            if isinstance(manifest, dict) and not path.parent.name.startswith("."):
                found.append((path.parent.parent.parent.name, manifest | {"run": path.parent.name}))
    return sorted(found, key=lambda pair: pair[1]["run"], reverse=True)


def write_index(out: Path) -> None:
    """Write out/index.html: the runs there are, newest first, and the latest report of a kind."""
    rows = []
    for kind, manifest in manifests(out):
        page = out / kind / "runs" / manifest["run"] / f"{kind}.html"
        link = f"{kind}/runs/{manifest['run']}/{kind}.html"
        report = f'<a href="./{escape(link)}">report</a>' if page.exists() else ""
        cells = [
            escape(kind),
            escape(str(manifest.get("status", ""))),
            report,
            escape(str(manifest.get("message", ""))),
        ]
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{escape(manifest["run"])}</th>{row}</tr>')
    latest = "".join(
        f'<li><a href="./{escape(path.parent.name)}/latest.html">Latest {escape(path.parent.name)}'
        " report</a></li>"
        for path in sorted(out.glob("*/latest.html"))
    )
    heads = "".join(
        f'<th scope="col">{name}</th>' for name in ("run", "kind", "status", "page", "message")
    )
    write_atomic(
        out / "index.html",
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Reports</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>Reports</h1>\n<ul>{latest}</ul>\n"
        '<div class="scroll" role="region" aria-label="Runs" tabindex="0"><table>'
        f"<caption>Runs, newest first</caption><thead><tr>{heads}</tr></thead>\n"
        f"<tbody>{''.join(rows)}</tbody></table></div></main></body></html>\n",
    )


def discard(folder: Path) -> None:
    """Remove a stage, and the folders above it that it alone kept: nothing was written."""
    shutil.rmtree(folder, ignore_errors=True)
    for parent in (folder.parent, folder.parent.parent):
        with suppress(OSError):
            parent.rmdir()
