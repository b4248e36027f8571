"""Markdown as people write it in messages, rendered to HTML that is safe to show.

The renderer takes no raw HTML, and what it makes is sanitised all the same: a fault in one of
the two is not yet a hole.
"""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

#: Bytes. Hostile Markdown of 100 KB took the renderer a second.
MAX_BODY = 64 * 1024

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}

_markdown = MarkdownIt(
    "js-default", {"html": False, "linkify": True, "breaks": True, "maxNesting": 20}
).disable("image")


def render(body: str) -> str:
    """Sanitised HTML for a message body. Headings start at the third level, below the page's.

    Raises ValueError for a body over MAX_BODY bytes; forms check the length before.
    """
    if len(body.encode("utf-8", "replace")) > MAX_BODY:
        raise ValueError("message body over the limit")
    tokens = _markdown.parse(body)
    for token in tokens:
        if token.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            token.tag = "h3" if token.tag in ("h1", "h2") else "h4"
    for opening, words, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        # A head without words is announced as the name of its column: as nothing.
        if opening.type == "th_open" and not words.content:
            opening.tag = closing.tag = "td"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="nofollow noopener noreferrer ugc",
    )


def shown(body: str) -> Markup:
    """The same for a template, which shows it as it is."""
    return Markup(render(body))  # noqa: S704 - sanitised by `render`


def snippet(body: str, length: int = 160) -> str:
    """The start of a body as one line of plain text, for lists."""
    words: list[str] = []
    for token in _markdown.parse(body[: length * 6]):
        for child in token.children or ():
            if child.type in ("text", "code_inline"):
                words.append(child.content)
            elif child.type in ("softbreak", "hardbreak"):
                words.append(" ")
        if token.type in ("fence", "code_block"):
            words.append(token.content)
        if token.type == "inline":
            words.append(" ")
    line = " ".join("".join(words).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
