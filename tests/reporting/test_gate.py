import pytest

from microlift.reporting import gate

POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:">'
GOOD = f'<!doctype html><html lang="en"><head>{POLICY}</head><body><h1>A</h1>{{}}</body></html>'


def faults(body, **given):
    return gate.check(GOOD.format(body), **given)


def test_a_plain_page_passes():
    body = '<h2 id="a">B</h2><a href="#a">b</a><img src="data:image/png;base64,AA" alt="c">'
    assert faults(body) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<script>1</script>", "element <script>"),
        ("<svg aria-label='x'><script>1</script></svg>", "element <script>"),
        ("<iframe srcdoc='x'></iframe>", "element <iframe>"),
        ("<svg aria-label='x'><foreignObject></foreignObject></svg>", "element <foreignobject>"),
        ("<p onclick='x()'>a</p>", "attribute onclick on <p>"),
        ("<img src='https://a.b/c.png' alt='x'>", "<img> loads 'https://a.b/c.png'"),
        ("<img src='data:image/png;base64,AA'>", "<img> without alternative text"),
        ("<img src='data:image/png;base64,AA' alt=' '>", "<img> without alternative text"),
        ("<svg></svg>", "<svg> without alternative text"),
        ("<svg aria-label='x'><image href='http://a/b'/></svg>", "<image> loads 'http://a/b'"),
        ("<link rel='stylesheet' href='a.css'>", "element <link>"),
        ("<a href='javascript:alert(1)'>a</a>", "link to 'javascript:alert(1)'"),
        ("<a href=' jAva\tscript:alert(1)'>a</a>", "link to ' jAva\\tscript:alert(1)'"),
        ("<a href='data:text/html,x'>a</a>", "link to 'data:text/html,x'"),
        ("<a href='#gone'>a</a>", "dead anchor: 'gone'"),
        ("<p id='a'></p><p id='a'></p>", "id twice: 'a'"),
        ("<h1>B</h1>", "2 h1 headings, one is needed"),
        ("<h3>B</h3>", "heading level skipped: h1 to h3"),
        ("<p style='background: url(http://a/b)'>a</p>", "CSS loads 'http://a/b'"),
        ("<style>@import 'a.css';</style>", "CSS that loads or runs something"),
        ('<style>p { background: url( "//a/b" ) }</style>', "CSS loads '//a/b'"),
        ("<meta http-equiv='refresh' content='0'>", "meta http-equiv 'refresh'"),
    ],
)
def test_the_gate_refuses(body, fault):
    assert fault in faults(body)


def test_the_gate_refuses_a_page_without_policy_or_heading_or_end():
    assert gate.check("<p>") == [
        "0 h1 headings, one is needed",
        "no content security policy",
        "cut off: no closing </html>",
    ]


def test_the_gate_refuses_a_page_that_is_too_large():
    assert faults("x" * gate.MAX_BYTES)[0].endswith("bytes, at most 2,000,000 are allowed")


def test_the_gate_refuses_private_texts_without_repeating_them():
    assert faults("read from /data/ann/x.csv", private=["/data/ann"]) == ["holds a private text"]


def test_names_that_look_like_css_are_text_outside_of_css():
    assert faults("<p aria-label='url(http://a) @import'>url(http://a)</p>") == []
