"""The registered views, found by introspection."""

from typing import Any, NamedTuple

from pyramid.router import Router

#: The views that ask for no permission, by kind of place (or route) and name. Each is here
#: because a visitor who is not signed in must be able to reach it.
PUBLIC = {
    ("Root", ""),
    ("ApiAuthResource", "redirect"),
    ("BrandingResource", "brand.css"),
    ("BrandingResource", "logo"),
    ("EndpointResource", ""),
    ("FrontDoorResource", ""),
    ("IdpResource", ""),
    ("IdpResource", "jwt"),
    ("InvitationResource", ""),
    ("IssuerResource", "authorize"),
    ("IssuerResource", "consent"),
    ("IssuerResource", "end-session"),
    ("IssuerResource", "introspect"),
    ("IssuerResource", "jwks"),
    ("IssuerResource", "logout"),
    ("IssuerResource", "revoke"),
    ("IssuerResource", "token"),
    ("IssuerResource", "userinfo"),
    ("LoginResource", ""),
    ("LoginResource", "continue"),
    ("LoginResource", "local"),
    ("LoginResource", "openid"),
    ("LoginResource", "openid-start"),
    ("LoginResource", "passkey"),
    ("LoginResource", "passkey-options"),
    ("LoginResource", "password"),
    ("LoginResource", "second"),
    ("LoginResource", "second-options"),
    ("LoginResource", "second-passkey"),
    ("LoginResource", "start"),
    ("LoginResource", "switch"),
    ("ProfileResource", "theme"),
    ("TenantMetadata", ""),
    ("TenantResource", "logout"),
    ("TenantResource", "signed-out"),
    ("WellKnownResource", "oauth-authorization-server"),
    ("WellKnownResource", "openid-configuration"),
    ("route static", ""),
    ("route style", ""),
    ("route style_page", ""),
    ("route health", ""),
    ("route ready", ""),
}


class View(NamedTuple):
    """A registered view."""

    kind: Any
    name: str
    route: str | None
    methods: tuple[str, ...]
    permission: str | None

    @property
    def label(self) -> tuple[str, str]:
        """Its kind of place, or its route, and its name."""
        return (f"route {self.route}" if self.route else self.kind.__name__, self.name)


def views_of(app: Router) -> list[View]:
    """Every view but the pages of exceptions."""
    found = []
    for item in app.registry.introspector.get_category("views"):
        view = item["introspectable"]
        if view.get("exception_only") or _is_exception(view["context"]):
            continue
        permissions = [r["value"] for r in item["related"] if r.category_name == "permissions"]
        methods = view["request_methods"] or ("GET", "POST")
        found.append(
            View(
                view["context"],
                view["name"],
                view["route_name"],
                (methods,) if isinstance(methods, str) else tuple(methods),
                permissions[0] if permissions else None,
            )
        )
    return found


def _is_exception(context: Any) -> bool:
    return (isinstance(context, type) and issubclass(context, Exception)) or (
        getattr(context, "__name__", "") == "IExceptionResponse"
    )
