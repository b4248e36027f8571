"""The guide as a page."""

import re

import pytest

from portal.integration.guide import read_guide, render, with_values

URL = "https://desk.acme.test"


def nowhere(name: str) -> str | None:
    """No sample is here."""
    return None


def html(text: str) -> str:
    """The rendered text, at a tenant of its own host."""
    return render(text, URL, nowhere).html


def test_its_title_is_the_pages() -> None:
    document = render(
        "# The guide\n\nWords.\n\n## First\n\n### Inner\n\n## Second `x`\n", URL, nowhere
    )
    assert document.title == "The guide"
    assert "<h1" not in document.html
    assert [(each.text, each.anchor) for each in document.contents] == [
        ("First", "first"),
        ("Second x", "second-x"),
    ]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("### `token_expired`", "token_expired"),
        ("### `token_expired`: too late", "token_expired"),
        ("### The token is late", "the-token-is-late"),
        ("### Coming from ProProfs", "coming-from-proprofs"),
        ("### `GET /jwt/`", "get-jwt"),
    ],
)
def test_a_heading_can_be_linked_to(heading: str, anchor: str) -> None:
    assert f'id="{anchor}"' in html(heading)


def test_two_headings_of_the_same_words_have_two_anchors() -> None:
    assert re.findall('id="([^"]+)"', html("## Steps\n\n## Steps\n")) == ["steps", "steps-1"]


def test_the_tenants_address_takes_the_examples_place() -> None:
    text = (
        "At `https://help.example.com/acme/jwt` or <https://help.example.com/acme/login> on "
        "help.example.com.\n\n```sh\ncurl https://help.example.com/acme/api/v2/tickets\n```\n"
    )
    rendered = html(text)
    assert "help.example.com" not in rendered
    assert "<code>https://desk.acme.test/jwt</code>" in rendered
    assert 'href="https://desk.acme.test/login"' in rendered
    assert "curl https://desk.acme.test/api/v2/tickets" in rendered
    assert "help.example.com" not in with_values(text, URL)


def test_a_value_is_never_markup() -> None:
    nasty = "https://desk.acme.test/<script>alert(1)</script>**x**[y](javascript:1)"
    rendered = render("See https://help.example.com/acme now.", nasty, nowhere).html
    assert "<script" not in rendered
    assert "<strong" not in rendered
    assert "<a" not in rendered


@pytest.mark.parametrize(
    "source",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>"],
)
def test_nothing_in_it_runs(source: str) -> None:
    rendered = html(source)
    assert "<script" not in rendered
    assert "<img" not in rendered
    assert 'href="javascript' not in rendered


def test_tables_and_code_are_shown() -> None:
    rendered = html("| code | cause |\n|---|---|\n| `a` | b |\n\n```js\nlet x = 1 < 2;\n```\n")
    assert "<th>code</th>" in rendered
    assert '<pre class="code" dir="ltr" tabindex="0">' in rendered
    assert "let x = 1 &lt; 2;" in rendered


def test_an_empty_head_of_a_column_is_a_plain_cell() -> None:
    assert "<td></td><th>pair</th>" in html("| | pair |\n|---|---|\n| left | 3 |").replace("\n", "")


def test_links_between_files_lead_to_the_hub_or_nowhere() -> None:
    text = "[a](../examples/php/README.md) [b](examples/none/x) [c](api.md) [d](#here) [e](https://x.test/)"
    rendered = render(text, URL, {"php": "/acme/integration/samples/php"}.get).html
    assert re.findall('href="([^"]+)"', rendered) == [
        "/acme/integration/samples/php",
        "#here",
        "https://x.test/",
    ]
    assert "<span>c</span>" in rendered


class TestTheRealOne:
    def test_it_is_whole(self) -> None:
        document = render(read_guide(), URL, {"php": "/php"}.get)
        assert document.title
        assert len(document.contents) > 5
        assert "help.example.com" not in document.html

    def test_every_link_inside_it_leads_somewhere(self) -> None:
        rendered = render(read_guide(), URL, nowhere).html
        anchors = set(re.findall(r'<h\d id="([^"]+)"', rendered))
        assert set(re.findall('href="#([^"]+)"', rendered)) <= anchors
