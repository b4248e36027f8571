"""Macros: canned replies and notes with variables, and the field changes that go with them."""
