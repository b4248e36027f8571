"""The variables of macros: `{{ requester.first_name }}`, `{{ requester.organisation | you }}`.

A variable is a name of this list and nothing else: there are no expressions, and nobody's text is
ever read as a template but a macro's own. What stands after the bar is said where the value is
empty. A brace after a backslash, `\\{{`, is a brace.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from portal.web.forms import one_line
from portal.web.i18n import N_, Message

_VARIABLE = re.compile(r"(?<!\\)\{\{([^{}\n]*)\}\}")
_BRACES = re.compile(r"(?<!\\)\{\{")

#: What each stands for, in the order in which they are offered.
VARIABLES = {
    "requester.first_name": N_("First name of the requester"),
    "requester.name": N_("Name of the requester"),
    "requester.email": N_("E-mail address of the requester"),
    "requester.organisation": N_("Organisation of the requester"),
    "ticket.number": N_("Number of the ticket"),
    "ticket.subject": N_("Subject of the ticket"),
    "ticket.url": N_("Address of the ticket"),
    "agent.first_name": N_("Your first name"),
    "agent.name": N_("Your name"),
    "company": N_("Name of your company"),
}

#: What other desks call them, and what comes to mind.
_OTHER_NAMES = {
    "customer": "requester.name",
    "customer.name": "requester.name",
    "customer.first_name": "requester.first_name",
    "customer.email": "requester.email",
    "email": "requester.email",
    "first_name": "requester.first_name",
    "me": "agent.name",
    "me.name": "agent.name",
    "name": "requester.name",
    "number": "ticket.number",
    "organisation": "requester.organisation",
    "organization": "requester.organisation",
    "requester": "requester.name",
    "requester.organization": "requester.organisation",
    "subject": "ticket.subject",
    "tenant.name": "company",
    "ticket": "ticket.number",
    "ticket.id": "ticket.number",
    "ticket.link": "ticket.url",
    "ticket.title": "ticket.subject",
    "ticket.requester.first_name": "requester.first_name",
    "ticket.requester.name": "requester.name",
    "url": "ticket.url",
    "user.name": "requester.name",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the variables of one ticket are worth."""

    requester_name: str
    requester_email: str
    organisation: str
    number: int
    subject: str
    url: str
    agent_name: str
    company: str

    def values(self) -> dict[str, str]:
        """As Markdown that says these words and does nothing else."""
        plain = {
            "requester.first_name": first_name(self.requester_name),
            "requester.name": self.requester_name,
            "requester.email": self.requester_email,
            "requester.organisation": self.organisation,
            "ticket.number": str(self.number),
            "ticket.subject": self.subject,
            "agent.first_name": first_name(self.agent_name),
            "agent.name": self.agent_name,
            "company": self.company,
        }
        # The address is ours: its characters mean nothing, and it becomes a link.
        return {name: escape(value) for name, value in plain.items()} | {"ticket.url": self.url}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with the values in place of its variables. What is no variable stays as it is."""

    def value(match: re.Match[str]) -> str:
        name, fallback = _parts(match[1])
        return values[name] or fallback if name in values else match[0]

    return _VARIABLE.sub(value, text)


def problem_of(text: str) -> Message | None:
    """What is wrong with the variables of a text, with the name that was probably meant."""
    for match in _VARIABLE.finditer(text):
        name = _parts(match[1])[0]
        if name in VARIABLES:
            continue
        meant = _meant(name)
        if meant is not None:
            return N_(
                "There is no variable “%(name)s”. Did you mean “%(meant)s”?",
                name=name[:60],
                meant=meant,
            )
        return N_("There is no variable “%(name)s”. Choose one from the list.", name=name[:60])
    if _BRACES.search(_VARIABLE.sub("", text)):
        return N_("A variable ends with }} in the same line: that is missing somewhere.")
    return None


def first_name(name: str) -> str:
    """The first word of a name; nothing where the name is an e-mail address."""
    word = name.split(" ", maxsplit=1)[0]
    return "" if "@" in word else word


def escape(value: str) -> str:
    """Markdown that shows the text as it is, in one line. Ordinary words stay as they are."""
    line = _LETTERS.sub(r"\\\g<0>", one_line(value))
    line = _UNDERSCORE.sub(r"\\_", line)
    line = _MARKS.sub(r"\\\g<0>", line)
    # Where a line begins, more means something.
    return _START.sub(r"\g<1>\\\g<2>", line, count=1)


_LETTERS = re.compile(r"[\\`*\[\]<>|~]")
#: Not inside a word, where it means nothing: many e-mail addresses have one there.
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
#: What begins an entity, and what makes an address of a page a link, with whatever follows.
_MARKS = re.compile(r"&(?=[#\w])|:(?=//)")
_START = re.compile(r"\A([0-9]{0,9})([#+=.)-])")


def _parts(inside: str) -> tuple[str, str]:
    name, _bar, fallback = inside.partition("|")
    return name.strip(), fallback.strip()


def _meant(name: str) -> str | None:
    wanted = name.lower().replace("-", "_").replace(" ", "")
    if wanted in VARIABLES:
        return wanted
    if wanted in _OTHER_NAMES:
        return _OTHER_NAMES[wanted]
    near = get_close_matches(wanted, [*VARIABLES, *_OTHER_NAMES], n=1, cutoff=0.6)
    return _OTHER_NAMES.get(near[0], near[0]) if near else None
