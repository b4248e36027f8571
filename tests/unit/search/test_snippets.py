"""Marked words: what people wrote stays text."""

import pytest

from portal.search.snippets import BEGIN, END, marked


def found(text: str) -> str:
    """A text as PostgreSQL gives it, with [words] that were found."""
    return text.replace("[", BEGIN).replace("]", END)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("the [hinge] broke", "the <mark>hinge</mark> broke"),
        ("<b>[x]</b> & \"'", "&lt;b&gt;<mark>x</mark>&lt;/b&gt; &amp; &#34;&#39;"),
        ("[<script>]", "<mark>&lt;script&gt;</mark>"),
        ("two\n lines", "two lines"),
        ("[lost", "lost"),
        ("C# and 1 * 2", "C# and 1 * 2"),
    ],
)
def test_only_marks_become_markup(text: str, html: str) -> None:
    assert marked(found(text)) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("## A *bold* `word`", "A bold word"),
        ("see [here](https://acme.test/x) now", "see here now"),
        ("snake_case and 2*3", "snake_case and 2*3"),
    ],
)
def test_of_markdown_the_words_are_left(text: str, html: str) -> None:
    assert marked(text, is_markdown=True) == html


def test_a_part_of_a_number_is_marked_however_it_is_written() -> None:
    assert marked("Order A-2024/0017 came", ["202400"]) == "Order A-<mark>2024/00</mark>17 came"
