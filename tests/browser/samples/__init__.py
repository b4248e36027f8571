"""The samples of the integration hub, visited with a real browser."""
