"""The tenant integration guide as a page: headings that can be linked to, the tenant's own values.

The values are put into the parsed document, never into its source: none of them can turn into
markup, whatever an admin has typed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

FILE = Path(__file__).parents[2] / "docs" / "TENANT_INTEGRATION_GUIDE.md"
#: The address that stands in the guide for the reader's own help desk.
EXAMPLE_URL = "https://help.example.com/acme"

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "span",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "pre": {"class", "dir", "tabindex"},
    **{f"h{level}": {"id"} for level in (2, 3, 4)},
}
#: A heading that is about a code of the sign-in log is found by that code.
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")
_SAMPLE = re.compile(r"(?:\.\./)?examples/(?P<name>[a-z-]+)(?:/.*)?")
_ELSEWHERE = re.compile(r"https?://|mailto:|#")

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

#: Gives the address of a sample in the hub; None for one that it has not.
Locate = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of the table of contents."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered document, without its title."""

    title: str
    html: Markup
    contents: tuple[Heading, ...]


def with_values(text: str, portal_url: str) -> str:
    """The text with the tenant's own address in place of the example's."""
    host, example_host = (url.split("/")[2] for url in (portal_url, EXAMPLE_URL))
    return text.replace(EXAMPLE_URL, portal_url).replace(example_host, host)


def render(text: str, portal_url: str, locate: Locate) -> Document:
    """A trusted Markdown document as HTML: the guide, or a sample's README."""
    tokens = _markdown.parse(text)
    for token in _all(tokens):
        if token.type in ("text", "code_inline", "code_block", "fence"):
            token.content = with_values(token.content, portal_url)
        if token.type == "link_open":
            token.attrSet("href", with_values(str(token.attrGet("href")), portal_url))
    _lead_links(tokens, locate)
    _mute_empty_heads(tokens)
    title = _take_title(tokens)
    contents = tuple(_anchored(tokens))
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    # A fault of the renderer is not yet a hole.
    clean = nh3.clean(
        html.replace("<pre>", '<pre class="code" dir="ltr" tabindex="0">'),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
    return Document(title, Markup(clean), contents)  # noqa: S704 - cleaned in the line above


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _lead_links(tokens: list[Token], locate: Locate) -> None:
    """Links between files of the project lead to the hub's pages, or nowhere."""
    for block in tokens:
        open_links: list[Token] = []
        for token in block.children or ():
            if token.type == "link_open":
                open_links.append(token)
                _lead(token, locate)
            elif token.type == "link_close":
                token.tag = open_links.pop().tag


def _lead(link: Token, locate: Locate) -> None:
    href = str(link.attrGet("href"))
    if _ELSEWHERE.match(href):
        return
    sample = _SAMPLE.fullmatch(href)
    address = locate(sample["name"]) if sample else None
    link.attrs = {"href": address} if address else {}
    link.tag = "a" if address else "span"


def _mute_empty_heads(tokens: list[Token]) -> None:
    """A head without words would be announced as the name of its column: as nothing."""
    for opening, words, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type == "th_open" and not words.content:
            opening.tag = closing.tag = "td"


def _take_title(tokens: list[Token]) -> str:
    """The words of the first heading, which the page's own takes the place of."""
    if len(tokens) > 2 and tokens[0].tag == "h1":
        title = _words(tokens[1])
        del tokens[:3]
        return title
    return ""


def _anchored(tokens: list[Token]) -> Iterator[Heading]:
    """Give every heading an anchor of its own; those of the second level are the contents."""
    taken: dict[str, int] = {}
    for opening, words in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        anchor = _anchor(words)
        taken[anchor] = taken.get(anchor, -1) + 1
        anchor += f"-{taken[anchor]}" if taken[anchor] else ""
        opening.attrSet("id", anchor)
        if opening.tag == "h2":
            yield Heading(_words(words), anchor)


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _anchor(inline: Token) -> str:
    first = (inline.children or [inline])[0]
    if first.type == "code_inline" and _CODE.fullmatch(first.content):
        return first.content
    return re.sub(r"[^\w]+", "-", _words(inline).lower()).strip("-")


def read_guide() -> str:
    """The guide's source; empty where it is not installed."""
    return FILE.read_text("utf-8") if FILE.is_file() else ""
