"""Two made-up companies with their help desks, to try the portal on.

Nothing imports this but the command line and its tests.
"""

from portal.demo.loader import ensure_demo
from portal.demo.logins import Login, logins
from portal.demo.shop import SHOP_PROGRAM, shop_environment

__all__ = ["SHOP_PROGRAM", "Login", "ensure_demo", "logins", "shop_environment"]
