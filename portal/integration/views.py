"""The hub's pages, and what can be downloaded from it."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from portal.integration import guide
from portal.integration.checklist import Checklist, checklist
from portal.integration.downloads import archive, with_values
from portal.integration.resources import FileResource, IntegrationResource, SampleResource
from portal.integration.samples import README, Sample, samples
from portal.integration.values import tenant_values
from portal.security.permissions import Permission
from portal.web.i18n import N_
from portal.web.navigation import Entry

_HUB = "portal:templates/integration/hub.jinja2"
_CHECKLIST = "portal:templates/integration/checklist.jinja2"
_GUIDE = "portal:templates/integration/guide.jinja2"
_SAMPLE = "portal:templates/integration/sample.jinja2"
_FILE = "portal:templates/integration/file.jinja2"
_GUIDE_NAME = "TENANT_INTEGRATION_GUIDE.md"


class Views:
    """What the hub's pages share."""

    def __init__(self, context: Any, request: Request) -> None:
        self.context = context
        self.request = request

    @property
    def hub(self) -> IntegrationResource:
        """The hub's own place."""
        return IntegrationResource(self.request, self.request.context_tenant, "integration")

    def locate(self, name: str) -> str | None:
        """The address of a sample's page."""
        if name not in samples(self.request):
            return None
        url: str = self.request.place(self.hub, "samples", name)
        return url

    def download(self, name: str, content_type: str, body: bytes) -> Response:
        """A file to be saved: never shown, and never run, in the portal's own origin."""
        response = Response(body=body, content_type=content_type)
        if content_type.startswith("text/"):
            response.charset = "utf-8"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response


@view_defaults(
    context=IntegrationResource, permission=Permission.VIEW_INTEGRATION, request_method="GET"
)
class HubViews(Views):
    """`integration`: values, checklist, samples, guide."""

    @view_config(renderer=_HUB)
    def show(self) -> dict[str, Any]:
        """All of it on one page."""
        return {
            **self._progress(),
            "values": tenant_values(self.request),
            "samples": list(samples(self.request).values()),
            "has_guide": guide.FILE.is_file(),
        }

    @view_config(name="checklist", renderer=_CHECKLIST)
    def progress(self) -> dict[str, Any] | Response:
        """The checklist alone, for a page that stays open; 304 while nothing has changed."""
        values = self._progress()
        self.request.response.etag = values["etag"]
        if values["etag"] in self.request.if_none_match:
            return Response(status=304, etag=values["etag"])
        return values

    @view_config(name="archive")
    def everything(self) -> Response:
        """Every sample and the guide, with the tenant's own values, for whoever needs them."""
        values = tenant_values(self.request)
        name = f"portal-integration-{values.slug}"
        files = {
            f"{name}/{sample.kind.name}/{path}": text
            for sample in samples(self.request).values()
            for path, text in with_values(sample, values.environment()).items()
        }
        if source := guide.read_guide():
            files[f"{name}/{_GUIDE_NAME}"] = guide.with_values(source, values.portal_url)
        return self.download(f"{name}.zip", "application/zip", archive(files))

    @view_config(name="guide", renderer=_GUIDE)
    def guide(self) -> dict[str, Any]:
        """The guide, with the tenant's own address in it."""
        portal_url = self.request.absolute(self.request.context_tenant).rstrip("/")
        return {"document": guide.render(self._source(), portal_url, self.locate)}

    @view_config(name="guide.md")
    def guide_source(self) -> Response:
        """The guide as a file."""
        portal_url = self.request.absolute(self.request.context_tenant).rstrip("/")
        text = guide.with_values(self._source(), portal_url)
        return self.download(_GUIDE_NAME, "text/markdown", text.encode())

    def _source(self) -> str:
        source = guide.read_guide()
        if not source:
            raise HTTPNotFound
        return source

    def _progress(self) -> dict[str, Any]:
        steps: Checklist = checklist(self.request)
        reader = (self.request.locale.language, str(self.request.zone), str(self._may_administer()))
        return {
            "checklist": steps,
            "etag": steps.etag(*reader),
            "may_administer": self._may_administer(),
        }

    def _may_administer(self) -> bool:
        tenant = self.request.context_tenant
        return bool(self.request.has_permission(Permission.ADMINISTER, tenant))


@view_defaults(context=SampleResource, permission=Permission.VIEW_INTEGRATION, request_method="GET")
class SampleViews(Views):
    """A sample."""

    @property
    def sample(self) -> Sample:
        """The one whose page this is."""
        sample: Sample = self.context.sample
        return sample

    @view_config(renderer=_SAMPLE)
    def show(self) -> dict[str, Any]:
        """What it says of itself, and its files."""
        values = tenant_values(self.request)
        return {
            "kind": self.sample.kind,
            "readme": guide.render(self.sample.readme, values.portal_url, self.locate),
            "files": [
                (path, len(text.encode()))
                for path, text in with_values(self.sample, values.environment()).items()
                if path != README
            ],
        }

    @view_config(name="archive")
    def archive(self) -> Response:
        """Its files in a folder, with the tenant's own values."""
        name = self.sample.kind.name
        values = tenant_values(self.request).environment()
        files = {f"{name}/{path}": text for path, text in with_values(self.sample, values).items()}
        return self.download(f"{name}.zip", "application/zip", archive(files))


@view_defaults(context=FileResource, permission=Permission.VIEW_INTEGRATION, request_method="GET")
class FileViews(Views):
    """A file of a sample."""

    @view_config(renderer=_FILE)
    def show(self) -> dict[str, Any]:
        """The file with numbered lines."""
        text: str = self.context.text
        return {
            "kind": self.context.sample.kind,
            "path": self.context.path,
            "lines": text.splitlines(),
            "size": len(text.encode()),
        }

    @view_config(name="raw")
    def download_it(self) -> Response:
        """The file, to be saved."""
        text: str = self.context.text
        name = self.context.path.rpartition("/")[2]
        return self.download(name, "text/plain", text.encode())


def includeme(config: Configurator) -> None:
    """Register the pages, and the entry in the rail."""
    config.add_navigation(
        Entry(N_("Integration"), "plug", "integration", Permission.VIEW_INTEGRATION, 30)
    )
    config.scan("portal.integration.views")
