"""Live: who looks at a ticket or types in it, and what changed since a page was made."""
