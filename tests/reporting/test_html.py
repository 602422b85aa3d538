import re

import nbformat
import pytest

from microlift.reporting import blocks, figures, gate, html, tables, words


@pytest.fixture(scope="module")
def page(make, lifts, ledger):
    forest = blocks.figure(
        figures.forest(lifts), alt=words.lift_alt(lifts), data=tables.lift_table(lifts)
    )
    waterfall = blocks.figure(figures.waterfall(ledger, "EUR"), alt=words.ledger_alt(ledger))
    script, price, _, formula, emoji, _ = make.hostile
    lift = blocks.section("lift", "Lift", script, price)
    book = blocks.section("ledger", "Ledger", "It <b>adds</b> up")
    figured = [lift, forest, book, waterfall, blocks.cards([(script, formula, emoji)])]
    return html.render(
        make.notebook(
            make.markdown("# A <report> & more\n\nOne sentence."),
            make.code('plan_path = "/secret/plan.yaml"', tags=["parameters"]),
            make.code('plan_path = "/secret/plan.yaml"', tags=["injected-parameters"]),
            *(make.code("x", make.shown(block)) for block in figured),
            make.code("bullets", make.shown(blocks.bullets(make.hostile))),
        )
    )


def test_a_page_with_hostile_names_everywhere_passes_the_gate(page):
    assert gate.check(page, ["/secret"]) == []


def test_hostile_names_come_out_as_text(page):
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert "price_$5_$10" in page
    assert "mathjax" not in page.lower()


def test_the_page_asks_for_nothing(page):
    rest = re.sub(r'xmlns(:\w+)?="[^"]*"', "", page)
    assert "http://" not in rest
    assert "https://" not in rest


def test_paths_in_the_parameters_are_left_out(page):
    assert "/secret" not in page


def test_code_is_there_but_folded_without_a_script(page):
    assert '<div class="code">' in page
    assert "body:has(#show-code:checked) .code" in page


def test_the_contents_list_the_short_topics(page):
    contents = page[page.index("<nav") : page.index("</nav>")]
    assert '<a href="#lift">Lift</a>' in contents
    assert '<a href="#ledger">Ledger</a>' in contents


def test_figures_carry_alternative_text_and_follow_light_and_dark(page):
    assert page.count('role="img"') == 2
    assert "Waterfall of the ledger in macros: arrival +120.0" in page
    drawn = page[page.index("<svg") : page.index("</svg>")]
    assert "var(--blue)" in drawn
    assert not re.search(r"#0067a5|DejaVu", drawn)
    assert "<summary>Data behind the figure</summary>" in page


def test_a_phone_gets_its_own_figure_and_a_wide_screen_the_other(make, lifts):
    figure = blocks.figure(
        figures.forest(lifts), alt="A forest.", narrow=figures.forest(lifts, narrow=True)
    )
    page = html.render(make.notebook(make.markdown("# A"), make.code("x", make.shown(figure))))
    assert gate.check(page) == []
    assert page.count('aria-label="A forest."') == 2
    assert '<figure class="both">' in page
    assert ".both .scroll-figure { display: none; }" in page
    assert ".narrow-figure { display: none; }" in page


def test_a_plain_svg_without_alternative_text_is_refused(make):
    figure = blocks.Figure("<svg xmlns='http://www.w3.org/2000/svg'/>", " ", "", "")
    with pytest.raises(ValueError, match=r"Figure 1 has no alternative text"):
        html.render(make.notebook(make.markdown("# A"), make.code("x", make.shown(figure))))


def test_a_figure_needs_alternative_text(lifts):
    with pytest.raises(ValueError, match="needs alternative text, got none"):
        blocks.figure(figures.forest(lifts), alt="")


def test_script_in_an_svg_output_is_dropped(make):
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script><g id='a'/></svg>"
    cell = make.code("x", make.shown(blocks.Figure(svg, "a", "", "")))
    page = html.render(make.notebook(make.markdown("# A"), cell))
    assert "alert(1)" not in page
    assert 'id="f1-a"' in page


def test_live_markup_in_an_output_is_stopped_by_the_gate(make):
    output = make.shown(blocks.Block("<img src=x onerror=alert(1)>", "x"))
    faults = gate.check(html.render(make.notebook(make.markdown("# A"), make.code("x", output))))
    assert "attribute onerror on <img>" in faults


def test_stderr_is_not_printed_and_stdout_is_text(make):
    streams = [
        nbformat.v4.new_output("stream", name="stderr", text="at /data/ann"),
        nbformat.v4.new_output("stream", name="stdout", text="<b>1 < 2</b>"),
    ]
    page = html.render(make.notebook(make.markdown("# A"), make.code("x", *streams)))
    assert "/data/ann" not in page
    assert "&lt;b&gt;1 &lt; 2&lt;/b&gt;" in page
