"""Gather the texts of the code and the templates into the catalogues of translations.

`scripts/messages.py` adds what is new to every `portal/locale/*/LC_MESSAGES/portal.po` and drops
what is gone; a translator then fills in the empty `msgstr`s. With `--check` nothing is written:
the exit status is 1 when a catalogue lacks a text, leaves one untranslated or marked as a guess
(fuzzy), or breaks a `%(name)s` in it. English is the language of the code and needs no catalogue.

A language that is begun shows English for what it lacks. Its catalogue holds only what is
translated, and `--left ar` prints the rest, as a catalogue to fill in and to copy from.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

HOME = Path(__file__).resolve().parent.parent
CODE = HOME / "portal"
DOMAIN = "portal"
LANGUAGES = ("de",)
BEGUN = ("ar",)
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
PLACE = re.compile(r"%\((\w+)\)s")


def gather() -> Catalog:
    """Every text of the code, with the files that it is in."""
    with (HOME / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]  # Babel's
    texts = Catalog(
        domain=DOMAIN, project="Portal", copyright_holder="the Portal authors", charset="utf-8"
    )
    found = extract_from_dir(CODE, methods, options, KEYWORDS, ("Translators:",))
    for path, _line, text, comments, context in found:
        texts.add(text, None, [(f"portal/{path}", 0)], auto_comments=comments, context=context)
    return texts


def catalogue_path(language: str) -> Path:
    """The catalogue of a language."""
    return CODE / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """The catalogue of a language as it is; an empty one where there is none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, domain=DOMAIN, project="Portal", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def update(language: str, texts: Catalog) -> None:
    """Bring a catalogue up to the code. Nothing is guessed, and nothing obsolete is kept."""
    catalogue = read(language)
    catalogue.update(texts, no_fuzzy_matching=True)
    _sign(catalogue, language)
    if language in BEGUN:
        for message in [message for message in catalogue if not is_said(message)]:
            catalogue.delete(message.id, message.context)
    written = BytesIO()
    write_po(
        written, catalogue, width=100, include_lineno=False, ignore_obsolete=True, sort_by_file=True
    )
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or _undated(path.read_bytes()) != _undated(written.getvalue()):
        path.write_bytes(written.getvalue())
    empty = sum(1 for text in texts if text.id and not is_said(catalogue.get(text.id) or text))
    print(f"{language}: {len(texts)} texts, {empty} to translate")


def _sign(catalogue: Catalog, language: str) -> None:
    """Write a plain header in place of the tool's blanks."""
    name = Locale.parse(language).english_name or language
    catalogue.fuzzy = False
    catalogue.header_comment = f"# {name} texts of Portal. Kept whole by scripts/messages.py."
    catalogue.version = ""
    catalogue.msgid_bugs_address = ""
    catalogue.last_translator = "the Portal authors"
    catalogue.language_team = name
    catalogue.revision_date = catalogue.creation_date


def _undated(catalogue: bytes) -> bytes:
    """A catalogue without the time at which it was made, which is no change."""
    return re.sub(rb'"(POT-Creation|PO-Revision)-Date: [^"]*"\n', b"", catalogue)


def problems(language: str, texts: Catalog) -> Iterator[str]:
    """What keeps a catalogue from being whole, a line each."""
    catalogue = read(language)
    for text in texts:
        if not text.id:  # the header
            continue
        said = catalogue.get(text.id, text.context)
        where = ", ".join(sorted({path for path, _ in text.locations}))
        if said is None or not is_said(said):
            if language in BEGUN:
                continue
            yield f"not translated: {_forms(text.id)[0]!r} ({where})"
        elif said.fuzzy:
            yield f"marked as a guess: {_forms(text.id)[0]!r} ({where})"
        elif not _same_places(said):
            yield f"other variables than the source: {_forms(text.id)[0]!r} ({where})"


def is_said(message: Message) -> bool:
    """Whether a text, in all its forms, is translated."""
    return bool(message.string) and all(_forms(message.string))


def left(language: str, texts: Catalog) -> bytes:
    """A catalogue of what is not translated yet."""
    known = read(language)
    empty = Catalog(locale=language, domain=DOMAIN, project="Portal", charset="utf-8")
    for text in texts:
        said = known.get(text.id, text.context) if text.id else None
        if text.id and (said is None or not is_said(said)):
            empty.add(text.id, None, text.locations, context=text.context)
    written = BytesIO()
    write_po(written, empty, width=100, include_lineno=False, sort_by_file=True)
    return written.getvalue()


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def _same_places(said: Message) -> bool:
    """Whether each form uses only variables of the source, and the last one uses all of them."""
    wanted = set(PLACE.findall(_forms(said.id)[-1]))
    forms = [set(PLACE.findall(form)) for form in _forms(said.string)]
    return forms[-1] == wanted and all(form <= wanted for form in forms)


def main() -> int:
    """Entry point; the exit status is 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--left", choices=BEGUN, help="print what a language lacks")
    arguments = parser.parse_args()
    check = arguments.check
    texts = gather()
    if arguments.left:
        sys.stdout.buffer.write(left(arguments.left, texts))
        return 0
    wrong = 0
    for language in (*LANGUAGES, *BEGUN):
        if not check:
            update(language, texts)
            continue
        for problem in problems(language, texts):
            print(f"{language}: {problem}")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
