"""The part of a text in which words were found, with the words marked.

PostgreSQL puts signs round the words that nobody types, and takes these signs out of the text
before. Only after everything was escaped do they become markup: so no text can smuggle any in.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from markupsafe import Markup, escape
from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import REGCONFIG

from portal.search.words import Words
from portal.tenants.models import Tenant

#: Of Unicode's area for private use.
BEGIN: Final = "\ue000"
END: Final = "\ue001"
#: Characters of a text that are looked at.
MOST: Final = 20_000

_OPTIONS: Final = (
    f"StartSel={BEGIN}, StopSel={END}, MaxFragments=2, MaxWords=20, MinWords=8, ShortWord=0, "
    'FragmentDelimiter=" … "'
)
_WHOLE: Final = f"StartSel={BEGIN}, StopSel={END}, HighlightAll=true"
#: What Markdown writes between words: emphasis, headings, quotes, tables, links.
_MARKDOWN: Final = re.compile(r"\]\([^)\s]*\)?|(?<!\w)[*_`~#>|\[]+|[*_`~|\]]+(?!\w)")


def highlighted(tenant: Tenant, words: Words, text: Any, *, whole: bool = False) -> Any:
    """An expression: the fragments of a text that hold the words, between BEGIN and END.

    It costs a fraction of a millisecond a row, so it is for the rows of one page. `whole`: the
    text is a line, and all of it is wanted.
    """
    plain = func.translate(func.left(text, MOST), BEGIN + END, "")
    headline = func.ts_headline(
        func.search_language(tenant.locale, type_=REGCONFIG),
        plain,
        # Made once for all rows.
        select(func.search_query(tenant.id, words.any_of, words.last)).scalar_subquery(),
        _WHOLE if whole else _OPTIONS,
    )
    if whole or not words.codes:
        return headline
    # A part of a number is no word: what stands around it is cut out by its letters.
    around = func.substring(plain, f"(?i).{{0,60}}{_spaced(words.codes[0])}.{{0,80}}")
    found = func.strpos(headline, BEGIN) > 0
    return case((found, headline), else_=func.coalesce(around, headline))


def marked(text: str, codes: Iterable[str] = (), *, is_markdown: bool = False) -> Markup:
    """What `highlighted` gave, as HTML: escaped, and the words in `<mark>`.

    Of Markdown only the words are left: a piece of it cannot be rendered.
    """
    if is_markdown:
        text = _MARKDOWN.sub(lambda signs: " " if "|" in signs[0] else "", text)
    line = " ".join(text.split())
    if BEGIN not in line:
        for code in codes:
            line = re.sub(_spaced(code), rf"{BEGIN}\g<0>{END}", line, flags=re.IGNORECASE)
    html = str(escape(line)).replace(BEGIN, "<mark>").replace(END, "</mark>")
    # A sign that lost its other one would leave the page open.
    if html.count("<mark>") != html.count("</mark>"):
        return escape(line.replace(BEGIN, "").replace(END, ""))
    return Markup(html)  # noqa: S704 - escaped above


def _spaced(code: str) -> str:
    """A regular expression for a code with what people write between its signs.

    For PostgreSQL and for Python: a code has letters, digits and `@` alone.
    """
    return "[-._/+# ]?".join(code)
