"""The samples of the integration hub, as programs, against the portal as it is served."""
