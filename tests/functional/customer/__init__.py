"""The customer's side of the desk, clicked through."""
