"""Reading a tenant file: TOML into checked records, with every problem and its place."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portal.tenants.files.fields import Field, Wrong, from_environment
from portal.tenants.files.sections import Around, Problem, Record, Section

Document = Mapping[str, Any]


class TenantFileError(Exception):
    """A file that cannot be applied: every reason, each with its place. Nothing was changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)


def parse(text: str) -> Document:
    """The file's tables. Raises TenantFileError for what is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TenantFileError([Problem("The file", f"is no TOML: {error}")]) from error


class Reader:
    """Checks a document against the sections that are installed."""

    def __init__(
        self, sections: Sequence[Section], around: Around, environ: Mapping[str, str]
    ) -> None:
        self._sections = sections
        self._around = around
        self._environ = environ
        self.problems: list[Problem] = []

    def read(self, document: Document) -> dict[str, list[Record]]:
        """The records of each table that is there. Raises TenantFileError with all problems."""
        records = {
            section.table: list(self._records(section, value))
            for section in self._sections
            if (value := _at(document, section.table)) is not None
        }
        self._refuse_unknown_tables(document)
        if "tenant" not in document:
            self.problems.insert(0, Problem("[tenant]", "is missing"))
        if self.problems:
            raise TenantFileError(self.problems)
        return records

    def _records(self, section: Section, value: Any) -> Iterator[Record]:
        tables = value if section.many else [value]
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.problems.append(Problem(section.table, f"must be written as {section.heading}"))
            return
        fields, seen = section.fields(self._around), set[Any]()
        for number, table in enumerate(tables, 1):
            place = f"{section.heading} #{number}" if section.many else section.heading
            values = dict(self._values(section, fields, place, table))
            if section.key and section.key not in table:
                self._wrong(place, section.key, "is missing")
            elif section.key and values.get(section.key) in seen:
                self._wrong(place, section.key, f'is "{values[section.key]}" once more')
            if section.key in values:
                seen.add(values[section.key])
            yield Record(place, values)

    def _values(
        self, section: Section, fields: Mapping[str, Field], place: str, table: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        children = self._children(section.table)
        for key, value in table.items():
            if key in fields:
                try:
                    yield key, fields[key].parse(from_environment(value, self._environ))
                except Wrong as error:
                    self._wrong(place, key, str(error))
            elif key not in children:
                self._wrong(place, key, f"is no key of {section.heading}{_meant(key, fields)}")

    def _children(self, table: str) -> set[str]:
        """Names of tables inside a table: `keys` inside `sso`."""
        inside = (section.table for section in self._sections)
        return {name.removeprefix(f"{table}.") for name in inside if name.startswith(f"{table}.")}

    def _refuse_unknown_tables(self, document: Document) -> None:
        known = {section.table.partition(".")[0] for section in self._sections}
        for name, value in document.items():
            if name not in known:
                heading = f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
                what = f"is no table of a tenant file{_meant(name, known)}"
                if not isinstance(value, dict | list):
                    heading, what = name, "stands outside every table"
                self.problems.append(Problem(heading, what))

    def _wrong(self, place: str, key: str, text: str) -> None:
        self.problems.append(Problem(f"{place} {key}", text))


def _at(document: Document, table: str) -> Any:
    """The value at a dotted name; None when it is not there."""
    value: Any = document
    for name in table.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _meant(word: str, known: Any) -> str:
    """The known word that a misspelt one is near to."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""
