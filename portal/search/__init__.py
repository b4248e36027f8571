"""Full-text search in tickets."""

from portal.search.tickets import ticket_matches

__all__ = ["ticket_matches"]
