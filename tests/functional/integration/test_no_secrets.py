"""No secret of the tenant stands in any byte of what the hub shows or hands out."""

import io
import zipfile

from portal.integration.samples import read_samples
from portal.security.api_keys import ApiKeyService
from portal.security.secrets import secret_box
from portal.signin.keyring import Keyring
from tests.factories import World
from tests.functional.signin.conftest import Site
from tests.unit.signin.tokens import SECRET


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_nothing_that_is_served_holds_one(site: Site, world: World) -> None:
    settings = world.factory.settings
    with world.factory.session(site.tenant.id) as db:
        keyring = Keyring(db, site.tenant, secret_box(settings))
        row, made = keyring.make()
        sealed = row.secret_encrypted or b""
        api_key, api_secret = ApiKeyService(db, site.tenant).create("Shop", ["tickets:write"])
    secrets = [word.encode() for word in (SECRET, made, api_secret)]
    secrets += [
        sealed,
        sealed.hex().encode(),
        settings.secret_key,
        settings.secret_key.hex().encode(),
    ]
    ada = world.browser("ada")
    paths = ["", "/checklist", "/guide", "/guide.md", "/archive"]
    for name, sample in read_samples().items():
        paths += [f"/samples/{name}", f"/samples/{name}/archive"]
        for path in [*sample.files, ".env"]:
            paths += [f"/samples/{name}/{path}", f"/samples/{name}/{path}/raw"]
    seen_kid = seen_api_key = 0
    for path in paths:
        answer = ada.get(world.url(f"/integration{path}"), status=200)
        parts = [answer.body, repr(answer.headers.items()).encode()]
        if answer.content_type == "application/zip":
            parts += unpacked(answer.body).values()
        for part in parts:
            assert not [secret for secret in secrets if secret in part], path
            seen_kid += row.kid.encode() in part
            seen_api_key += api_key.public_id.encode() in part
    # What is no secret was found in them: the search is not blind.
    assert seen_kid > 5
    assert seen_api_key > 5


def test_the_whole_archive(site: Site, world: World) -> None:
    answer = world.browser("ben").get(world.url("/integration/archive"))
    name = f"portal-integration-{world.slug}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.zip"'
    files = unpacked(answer.body)
    assert {path.split("/")[0] for path in files} == {name}
    assert f"{name}/TENANT_INTEGRATION_GUIDE.md" in files
    home = f"http://localhost{world.url('')}"
    for kind in read_samples():
        env = files[f"{name}/{kind}/.env"].decode().splitlines()
        assert f"PORTAL_URL={home}" in env
        assert f"PORTAL_CALLBACK_URL={home}/auth/callback" in env
        assert f"PORTAL_TENANT={world.slug}" in env
        assert "PORTAL_KEY_ID=2026-a" in env
        assert "PORTAL_SIGNING_KEY=" in env
    again = world.browser("ada").get(world.url("/integration/archive"))
    assert again.body == answer.body
