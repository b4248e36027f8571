"""Every keyboard shortcut there is, in words. Where they are, controls carry `data-shortcut`."""

from dataclasses import dataclass

from portal.web.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Keys and what they do. `keys` as `data-shortcut` writes them: "r", "g h", "Control+k"."""

    keys: str
    words: Message
    #: Only agents and admins have it.
    staff: bool = False

    @property
    def steps(self) -> list[list[str]]:
        """The keys as they are pressed: one after the other, each with those held down with it.

        Named keys are messages: keyboards of other languages name them otherwise.
        """
        return [
            [_CAPS.get(key, key.upper()) for key in step.split("+")] if len(step) > 1 else [step]
            for step in self.keys.split(" ")
        ]


@dataclass(frozen=True, slots=True)
class ShortcutGroup:
    """Shortcuts of one kind of page."""

    title: Message
    shortcuts: tuple[Shortcut, ...]


#: What stands on keys whose names are longer.
_CAPS = {
    "Control": N_("Ctrl"),
    "Escape": N_("Esc"),
    "Shift": N_("Shift"),
    "Enter": N_("Enter"),
}

GROUPS = (
    ShortcutGroup(
        N_("Everywhere"),
        (
            Shortcut("Control+k", N_("Find actions, places and tickets")),
            Shortcut("?", N_("Show the keyboard shortcuts")),
            Shortcut("/", N_("Search")),
            Shortcut("c", N_("New ticket")),
            Shortcut("u", N_("Back to the list")),
            Shortcut("Escape", N_("Leave a field, close a menu")),
            Shortcut("g h", N_("Go to the home page")),
            Shortcut("g v", N_("Go to the tickets")),
            Shortcut("g s", N_("Go to the search"), staff=True),
        ),
    ),
    ShortcutGroup(
        N_("In lists"),
        (
            Shortcut("j", N_("Next row")),
            Shortcut("k", N_("Previous row")),
            Shortcut("o", N_("Open the row (or Enter)")),
            Shortcut("x", N_("Select the row"), staff=True),
        ),
    ),
    ShortcutGroup(
        N_("On a ticket"),
        (
            Shortcut("r", N_("Reply")),
            Shortcut("n", N_("Internal note"), staff=True),
            Shortcut("Control+Enter", N_("Send")),
            Shortcut("Control+Shift+Enter", N_("Send and solve"), staff=True),
            Shortcut("a", N_("Assign"), staff=True),
            Shortcut("i", N_("Assign to me"), staff=True),
            Shortcut("s", N_("Change the state"), staff=True),
            Shortcut("p", N_("Change the priority"), staff=True),
            Shortcut("t", N_("Change the tags"), staff=True),
            Shortcut("m", N_("Use a macro"), staff=True),
            Shortcut("]", N_("Next ticket of the view"), staff=True),
            Shortcut("[", N_("Previous ticket of the view"), staff=True),
        ),
    ),
)


def shortcut_groups(*, staff: bool) -> list[ShortcutGroup]:
    """The shortcuts of staff or of customers."""
    return [
        ShortcutGroup(
            group.title, tuple(each for each in group.shortcuts if staff or not each.staff)
        )
        for group in GROUPS
    ]
