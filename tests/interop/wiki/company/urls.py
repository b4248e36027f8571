"""The wiki, and the pages of its sign-in."""

from typing import Any

# The wiki's own environment has Django; the portal's has not.
from django.http import HttpResponse  # type: ignore[import-not-found]
from django.urls import include, path  # type: ignore[import-not-found]


def no_icon(request: Any) -> HttpResponse:
    """Without it the wiki offers to write an article of that name, and asks who would."""
    return HttpResponse(status=204)


urlpatterns = [
    path("favicon.ico", no_icon),
    path("oidc/", include("mozilla_django_oidc.urls")),
    path("notifications/", include("django_nyt.urls")),
    path("", include("wiki.urls")),
]
