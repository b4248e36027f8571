"""Topics: what a ticket can be about, and the fields that it then has."""
