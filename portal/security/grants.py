"""What a role can give an agent: the permissions that a tenant may adjust, and none else.

The table of role, place and permission is read like this. Everybody of the team may see tickets
and write notes; that no role can take away. What stands below is an agent's where their role has
it, and an admin's always. Everything else, `ADMINISTER` above all, can be granted by no role, so
that nobody makes themselves more than they are, and no tenant locks itself out.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pyramid.authorization import Allow

from portal.security.permissions import Permission
from portal.web.i18n import N_, Message
from portal.web.tree import Acl


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission that a role can have."""

    permission: Permission
    label: Message
    #: One exact sentence of what it allows.
    allows: Message
    #: Of no use, and so not given, without this one.
    needs: Permission | None = None
    #: Whether agents have it who have no role of the tenant's making.
    usual: bool = True


#: In the order in which the settings show them.
GROUPS: dict[Message, tuple[Grant, ...]] = {
    N_("Tickets"): (
        Grant(
            Permission.REPLY,
            N_("Reply to customers"),
            N_(
                "Write replies, which the customer reads, and choose the state that goes with "
                "them. Without it: internal notes only."
            ),
        ),
        Grant(
            Permission.OPEN_FOR_CUSTOMER,
            N_("Open tickets for customers"),
            N_("Open a ticket in a customer’s name, and add a customer who is new with it."),
        ),
        Grant(
            Permission.WORK_TICKET,
            N_("Change tickets"),
            N_(
                "Change assignee, state, priority, team, project, topic, fields, tags, subject and "
                "requester, put people in copy, link tickets and snooze them."
            ),
        ),
        Grant(
            Permission.MERGE_TICKETS,
            N_("Merge and split tickets"),
            N_("Make one ticket of two, take that back, and split messages off."),
            needs=Permission.WORK_TICKET,
        ),
        Grant(
            Permission.CHANGE_MANY,
            N_("Change several tickets at once"),
            N_("Change up to 50 tickets that are selected in a list."),
            needs=Permission.WORK_TICKET,
        ),
        Grant(
            Permission.CHANGE_UNLIMITED,
            N_("Change more than 50 tickets at once"),
            N_("Change everything that a list holds, however many tickets that are."),
            needs=Permission.CHANGE_MANY,
        ),
        Grant(
            Permission.SHARE_WITH_ALL,
            N_("Share with everybody"),
            N_("Save views and macros that the whole team sees."),
        ),
    ),
    N_("Customers"): (
        Grant(
            Permission.VIEW_PEOPLE,
            N_("See customers"),
            N_("Open the pages of customers and organisations, and find them in the search."),
        ),
        Grant(
            Permission.EDIT_PEOPLE,
            N_("Change customers"),
            N_("Change a customer’s name and organisation, and write notes about people."),
            needs=Permission.VIEW_PEOPLE,
        ),
        Grant(
            Permission.MERGE_PEOPLE,
            N_("Merge customers"),
            N_("Make one account of two; this cannot be taken back."),
            needs=Permission.EDIT_PEOPLE,
        ),
    ),
    N_("Set-up"): (
        Grant(
            Permission.VIEW_INTEGRATION,
            N_("See the integration hub"),
            N_("Read addresses, samples and the guide for your own site; it holds no secret."),
        ),
        Grant(
            Permission.VIEW_SIGN_IN_LOG,
            N_("See the sign-in log"),
            N_("Read who signed in and why somebody was refused, to help customers in."),
            usual=False,
        ),
    ),
}
GRANTS: dict[Permission, Grant] = {
    grant.permission: grant for group in GROUPS.values() for grant in group
}
#: All that can be adjusted: what admins have.
EVERY = frozenset(GRANTS)
#: What agents have whose role is the built-in one.
USUAL = frozenset(each.permission for each in GRANTS.values() if each.usual)


def effective(words: Iterable[str]) -> frozenset[Permission]:
    """The permissions that a role's stored words give: those that can be adjusted, and whose
    needs are met."""
    known = {Permission(word) for word in words if word in EVERY}
    while lacking := {each for each in known if needed_by(each, known) is not None}:
        known -= lacking
    return frozenset(known)


def needed_by(permission: Permission, among: Collection[Permission]) -> Permission | None:
    """What a permission needs and is not among these."""
    needed = GRANTS[permission].needs
    return needed if needed is not None and needed not in among else None


def principal_of(permission: Permission) -> str:
    """The principal of those of the team whose role has a permission."""
    return f"may:{permission}"


def by_role(*permissions: Permission) -> Acl:
    """The part of an ACL that lets in those whose role has each of the permissions."""
    return [(Allow, principal_of(each), each) for each in permissions]
