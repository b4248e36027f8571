"""What may be done. The default permission is one that nobody can be granted."""

from enum import StrEnum


class Permission(StrEnum):
    """One verb on one kind of place."""

    #: The default of every view: a view that forgets to say is closed.
    NOBODY = "nobody"

    #: Home, own profile, own sessions.
    USE_PORTAL = "use_portal"
    OPEN_TICKET = "open_ticket"
    LIST_TICKETS = "list_tickets"

    VIEW_TICKET = "view_ticket"
    REPLY = "reply"
    #: Say that the problem is solved, or that it is not.
    SOLVE = "solve"
    #: Notes, fields, history: what agents do to a ticket.
    WORK_TICKET = "work_ticket"

    #: A saved view: its name, its filters, who sees it.
    CHANGE_VIEW = "change_view"

    #: Let the whole team see what one saves: views, macros.
    SHARE_WITH_ALL = "share_with_all"

    #: Download or preview an attached file.
    VIEW_ATTACHMENT = "view_attachment"
    #: Take off a file that no message has carried away yet.
    DISCARD_ATTACHMENT = "discard_attachment"

    #: Change many tickets at once.
    CHANGE_MANY = "change_many"

    #: Pages about customers and organisations.
    VIEW_PEOPLE = "view_people"
    #: Change customers, write notes about people, merge two of them.
    EDIT_PEOPLE = "edit_people"
    #: The integration hub: addresses, samples, guide. Nothing in it is a secret.
    VIEW_INTEGRATION = "view_integration"
    #: Settings, keys, people, audit log.
    ADMINISTER = "administer"

    API_READ_TICKETS = "api_read_tickets"
    API_WRITE_TICKETS = "api_write_tickets"
    #: Hand visitors over, and sign them out.
    API_SIGN_IN = "api_sign_in"


DEFAULT_PERMISSION = Permission.NOBODY
