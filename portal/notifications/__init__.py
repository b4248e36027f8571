"""Notifications: who hears of what happens, inside the portal."""
