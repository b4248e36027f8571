"""Small values that pages hand to the macros."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of a navigation: the rail, the views, tabs, settings.

    `label` may be a `Message`. `count` stands at the end of the entry; `warning` is a
    sentence that marks the entry with a triangle.
    """

    label: str
    url: str
    icon: str | None = None
    current: bool = False
    count: int | None = None
    warning: str | None = None
    #: What `data-shortcut` says of it: "g v".
    shortcut: str | None = None


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Entries under a heading; without one they come first."""

    links: tuple[Link, ...]
    title: str | None = None
