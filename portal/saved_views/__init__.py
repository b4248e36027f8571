"""Saved views: any list of tickets, kept under a name, for oneself, a team or all."""
