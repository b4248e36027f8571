"""States and priorities, in the words of agents. History is in `agent_history`."""

from portal.tickets.models import Priority, State
from portal.web.i18n import N_

STATE_WORDS = {
    State.NEW: N_("New"),
    State.OPEN: N_("Open"),
    State.PENDING: N_("Pending"),
    State.ON_HOLD: N_("On hold"),
    State.SOLVED: N_("Solved"),
    State.CLOSED: N_("Closed"),
}
PRIORITY_WORDS = {
    Priority.LOW: N_("Low"),
    Priority.NORMAL: N_("Normal"),
    Priority.HIGH: N_("High"),
    Priority.URGENT: N_("Urgent"),
}
