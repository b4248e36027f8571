"""Messages become HTML that is safe, and snippets that are one line of text."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.tickets.markdown import MAX_BODY, render, snippet


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("hello **you**", "<p>hello <strong>you</strong></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("# Top", "<h3>Top</h3>"),
        ("#### Deep", "<h4>Deep</h4>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
    ],
)
def test_renders_what_people_write(written: str, shown: str) -> None:
    assert render(written).strip() == shown


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](data:text/html,<script>alert(1)</script>)",
        "[click](vbscript:msgbox)",
        "![tracker](https://evil.example/pixel.png)",
        "<svg/onload=alert(1)>",
        '<a href="https://x" style="position:fixed">x</a>',
        "<iframe srcdoc='<script>alert(1)</script>'>",
        "&lt;script&gt; <!-- --> <![CDATA[",
        "[a]: javascript:alert(1)\n\n[a]",
    ],
)
def test_nothing_hostile_survives(hostile: str) -> None:
    for tag, attributes in parsed(render(hostile)):
        assert tag in {"p", "a", "em", "strong", "br", "h3", "h4"}
        assert set(attributes) <= {"href", "rel"}
        assert attributes.get("href", "https:").startswith(("https:", "http:", "mailto:", "tel:"))


class Tags(HTMLParser):
    """Collects them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def parsed(html: str) -> list[tuple[str, dict[str, str]]]:
    """The tags of some HTML with their attributes, as a parser and not a pattern sees them."""
    parser = Tags()
    parser.feed(html)
    return parser.found


def test_links_say_that_we_do_not_vouch_for_them() -> None:
    assert 'rel="nofollow noopener noreferrer ugc"' in render("see https://example.com/help")


def test_refuses_what_is_too_long_to_render() -> None:
    with pytest.raises(ValueError, match="limit"):
        render("ä" * (MAX_BODY // 2 + 1))


@given(st.text(max_size=400))
def test_any_text_renders_to_tags_from_the_list(text: str) -> None:
    tags = set(re.findall(r"</?([a-z0-9]+)", render(text)))
    assert tags <= {
        "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "hr", "li", "ol", "p", "pre",
        "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("Hello **Marta**,\n\n- one\n- two", "Hello Marta, one two"),
        ("```\ntrace\n```\nafter", "trace after"),
        ("x" * 200, "x" * 159 + "…"),
        ("", ""),
    ],
)
def test_snippet_is_one_plain_line(body: str, line: str) -> None:
    assert snippet(body) == line


def test_an_empty_head_of_a_column_is_a_plain_cell() -> None:
    html = render("| | pair |\n|---|---|\n| left | 3 |")
    assert "<td></td><th>pair</th>" in html.replace("\n", "")
