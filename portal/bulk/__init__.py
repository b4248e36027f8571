"""Bulk: one change to many tickets at once, with progress, a result and undo."""
