"""The judge of the built site: nothing that a browser would fetch from elsewhere goes unseen."""

import runpy
from pathlib import Path

import pytest

from .conftest import DOCS

outside = runpy.run_path(str(DOCS / "_ext" / "self_contained.py"))["outside"]


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<img src="HTTP://example.org/x.png">',
        '<img srcset="https://example.org/x.png 2x">',
        "<style>@import 'https://example.org/x.css';</style>",
        '<p style="background: url(https://example.org/x.png)">',
        '<svg><use xlink:href="https://example.org/x.svg#a"/></svg>',
        '<iframe src="https://example.org"></iframe>',
    ],
)
def test_a_page_that_loads_from_elsewhere_is_named(markup: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(f"<html>{markup}</html>", encoding="utf-8")
    ((page, _),) = outside(tmp_path)
    assert page == Path("page.html")


def test_a_style_sheet_that_loads_from_elsewhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "site.css").write_text("a { src: url('https://example.org/f.woff2') }", "utf-8")
    assert [(str(path), asked) for path, asked in outside(tmp_path)] == [
        ("site.css", "https://example.org/f.woff2")
    ]


def test_links_and_files_of_the_site_itself_are_nothing_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '<a href="https://example.org">a link</a><img src="_static/x.png">'
        '<link href="site.css"><img src="data:image/png;base64,AA"><p>url(https://example.org)</p>',
        encoding="utf-8",
    )
    assert list(outside(tmp_path)) == []
