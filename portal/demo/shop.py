"""How to run the demo shop beside the portal."""

from pathlib import Path

from portal.demo.loader import SHOP_TENANT, tenant_file

#: The shop is a program of its own, in the examples of the source tree.
SHOP_PROGRAM = Path(__file__).parents[2] / "examples" / "demo-shop" / "shop.py"


def shop_environment(portal_origin: str, host: str, port: int) -> dict[str, str]:
    """The variables that the shop needs: all that it knows about the portal.

    `portal_origin` has no trailing slash.
    """
    return {
        "SHOP_SECRET": tenant_file(SHOP_TENANT)["sso"]["keys"][0]["secret"],
        "SHOP_PORTAL_CALLBACK": f"{portal_origin}/{SHOP_TENANT}/jwt",
        "SHOP_HOST": host,
        "SHOP_PORT": str(port),
    }
