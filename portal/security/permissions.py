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
    #: A new ticket of somebody else's, who may be new as well.
    OPEN_FOR_CUSTOMER = "open_for_customer"

    VIEW_TICKET = "view_ticket"
    #: Write what the customer reads.
    REPLY = "reply"
    #: Say that the problem is solved, or that it is not.
    SOLVE = "solve"
    #: What an agent does for the team and for themselves: notes, stars, following.
    WRITE_NOTE = "write_note"
    #: Fields, tags, copies, links, sleep: what is changed about a ticket.
    WORK_TICKET = "work_ticket"
    #: Make one ticket of two, and two of one.
    MERGE_TICKETS = "merge_tickets"

    #: A saved view: its name, its filters, who sees it.
    CHANGE_VIEW = "change_view"
    #: A macro: its text, what it changes, who has it.
    CHANGE_MACRO = "change_macro"
    #: Let the whole team see what one saves: views, macros.
    SHARE_WITH_ALL = "share_with_all"

    #: Download or preview an attached file.
    VIEW_ATTACHMENT = "view_attachment"
    #: Take off a file that no message has carried away yet.
    DISCARD_ATTACHMENT = "discard_attachment"

    #: Change several tickets at once, as many as a request changes itself.
    CHANGE_MANY = "change_many"
    #: Any number of them.
    CHANGE_UNLIMITED = "change_unlimited"

    #: Pages about customers and organisations.
    VIEW_PEOPLE = "view_people"
    #: Change customers, write notes about people.
    EDIT_PEOPLE = "edit_people"
    #: Make one account of two.
    MERGE_PEOPLE = "merge_people"
    #: The integration hub: addresses, samples, guide. Nothing in it is a secret.
    VIEW_INTEGRATION = "view_integration"
    #: Who signed in how, and why not; names and addresses are masked.
    VIEW_SIGN_IN_LOG = "view_sign_in_log"
    #: Settings, keys, roles, people of the team, audit log.
    ADMINISTER = "administer"

    API_READ_TICKETS = "api_read_tickets"
    API_WRITE_TICKETS = "api_write_tickets"
    #: Hand visitors over, and sign them out.
    API_SIGN_IN = "api_sign_in"


DEFAULT_PERMISSION = Permission.NOBODY
