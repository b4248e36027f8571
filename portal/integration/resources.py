"""The hub in the tree: `integration`, `integration/samples/php`, and every file below that."""

from pyramid.config import Configurator

from portal.integration.downloads import ENV, with_values
from portal.integration.samples import ENV_EXAMPLE, Sample, samples
from portal.integration.values import tenant_values
from portal.web.tree import Resource


class IntegrationResource(Resource):
    """`integration`: a tenant's hub."""

    private = True

    def __getitem__(self, name: str) -> "SamplesResource":
        if name != "samples":
            raise KeyError(name)
        return SamplesResource(self.request, self, name)


class SamplesResource(Resource):
    """`samples`: the parent of every sample."""

    def __getitem__(self, name: str) -> "SampleResource":
        return SampleResource(self, samples(self.request)[name])


class FolderResource(Resource):
    """A folder of a sample. Its files are looked up by the segments on the way to them, among
    those that were found: an address never becomes a path of the file system."""

    def __init__(self, parent: Resource, name: str, sample: Sample, way: str) -> None:
        super().__init__(parent.request, parent, name)
        self.sample = sample
        self.way = way

    def __getitem__(self, name: str) -> "FolderResource | FileResource":
        path = f"{self.way}{name}"
        if path in self.sample.files or (path == ENV and ENV_EXAMPLE in self.sample.files):
            return FileResource(self, name, self.sample, path)
        if any(each.startswith(f"{path}/") for each in self.sample.files):
            return FolderResource(self, name, self.sample, f"{path}/")
        raise KeyError(name)


class SampleResource(FolderResource):
    """A sample."""

    def __init__(self, parent: Resource, sample: Sample) -> None:
        super().__init__(parent, sample.kind.name, sample, "")


class FileResource(Resource):
    """A file of a sample."""

    def __init__(self, parent: Resource, name: str, sample: Sample, path: str) -> None:
        super().__init__(parent.request, parent, name)
        self.sample = sample
        self.path = path

    @property
    def text(self) -> str:
        """What stands in the file; in `.env`, the tenant's own values."""
        values = tenant_values(self.request).environment()
        return with_values(self.sample, values)[self.path]


def includeme(config: Configurator) -> None:
    """Mount the hub in every tenant."""
    config.add_tenant_child(
        "integration", lambda parent, name: IntegrationResource(parent.request, parent, name)
    )
