"""The integration hub: what a tenant's engineers need, in one place."""
