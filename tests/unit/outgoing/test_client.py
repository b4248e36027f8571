"""Calls to servers that lie, hang, drip and never end."""

import datetime as dt
import socket
import ssl
import threading
from ipaddress import ip_address, ip_network
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.outgoing import OutgoingClient, OutgoingFailed, OutgoingRefused
from portal.outgoing.addresses import Address, Allowed, Resolver
from portal.settings import Settings
from tests.unit.outgoing.servers import OK, listening, saying

HERE = Allowed(networks=(ip_network("127.0.0.1"),))


def names(*answers: str) -> Resolver:
    """A name server that gives one address after the other, each time it is asked."""
    asked = count()

    def resolve(_host: str, _port: int) -> list[Address]:
        return [ip_address(answers[min(next(asked), len(answers) - 1)])]

    return resolve


def client(allowed: Allowed = HERE, resolver: Resolver | None = None) -> OutgoingClient:
    return OutgoingClient(
        allowed, user_agent="Portal/test", resolver=resolver or names("127.0.0.1")
    )


def test_get_and_post_carry_what_they_should_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No proxy there: going through it would fail.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    heads: list[bytes] = []

    def behave(connection: socket.socket, head: bytes) -> None:
        heads.append(head)
        connection.sendall(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n"))

    calls = client()
    with listening(behave) as port:
        answer = calls.get(f"http://provider.test:{port}/a?b=c", headers={"Accept": "text/plain"})
        calls.post(f"http://provider.test:{port}/t", form={"grant type": "ä&="})

    assert (answer.status, answer.body, answer.ok) == (200, b"{}", True)
    assert answer.content_type == "application/json"
    assert heads[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert f"Host: provider.test:{port}\r\n".encode() in heads[0]
    assert b"User-Agent: Portal/test\r\n" in heads[0]
    assert b"Accept: text/plain\r\n" in heads[0]
    assert b"content-length" not in heads[0].lower()
    assert heads[1].startswith(b"POST /t HTTP/1.1\r\n")
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in heads[1]
    assert heads[1].endswith(b"grant+type=%C3%A4%26%3D")
    assert b"cookie" not in heads[1].lower()


def test_the_address_that_was_checked_is_the_one_that_is_called() -> None:
    """DNS rebinding: a public address for the check, a private one for the connection."""
    reached = threading.Event()
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[Address]:
        asked.append(host)
        # The first is public for the check, but nobody is there.
        return [ip_address("2001:4860:4860::8888" if len(asked) == 1 else "127.0.0.1")]

    with listening(lambda _connection, _head: reached.set()) as port:
        with pytest.raises(OutgoingFailed):
            client(Allowed(), rebinding).get(f"https://rebind.test:{port}/", seconds=2)
        assert asked == ["rebind.test"]
        with pytest.raises(OutgoingRefused, match=r"“rebind\.test” is not a public address"):
            client(Allowed(), rebinding).get(f"https://rebind.test:{port}/")

    assert not reached.is_set()


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
    ],
)
def test_addresses_of_this_machine_and_its_cloud_are_refused_as_the_system_reads_them(
    url: str,
) -> None:
    with pytest.raises(OutgoingRefused, match="not a public address"):
        OutgoingClient().get(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "provider.test",
        "//provider.test/",
        "ftp://provider.test/",
        "file:///etc/passwd",
        "gopher://provider.test/",
        "https://",
        "https:///path",
        "https://user@provider.test/",
        "https://user:secret@provider.test/",
        "https://provider.test\\@10.0.0.1/",
        "https://provider.test:99999/",
        "https://provider.test:0/",
        "https://provider.test:x/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://pro vider.test/",
        "https://provider.test/\r\nHost: x",
        "https://prövider.test/",
        "https://%31%32%37.0.0.1/",
        "https://" + "a" * 3000 + ".test/",
    ],
)
def test_what_is_no_plain_https_url_is_not_even_looked_up(url: str) -> None:
    def never(_host: str, _port: int) -> list[Address]:
        raise AssertionError("looked up")

    with pytest.raises(OutgoingRefused, match="This is not an address such as"):
        client(resolver=never).get(url)


def test_plain_http_is_for_what_the_operator_allowed() -> None:
    with pytest.raises(OutgoingRefused, match="must begin with https"):
        client(Allowed(), names("8.8.8.8")).get("http://provider.test/")
    with pytest.raises(OutgoingRefused, match="must begin with https"):
        client(HERE, names("8.8.8.8")).get("http://provider.test/")


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    metadata = (
        b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    )
    with listening(saying(metadata)) as port:
        answer = client().get(f"http://provider.test:{port}/")

    assert (answer.status, answer.ok) == (302, False)
    assert answer.headers["location"] == "http://169.254.169.254/"


def test_a_body_that_never_ends_is_cut_off() -> None:
    def endless(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with (
        listening(endless) as port,
        pytest.raises(OutgoingFailed, match="more than 100000 bytes"),
    ):
        client().get(f"http://provider.test:{port}/", limit=100_000)


def test_a_head_that_never_ends_is_cut_off() -> None:
    def endless(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-More: " + b"x" * 8000 + b"\r\n")

    with listening(endless) as port, pytest.raises(OutgoingFailed, match="as a web server does"):
        client().get(f"http://provider.test:{port}/")


@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"],
)
def test_a_byte_now_and_then_does_not_keep_the_portal_waiting(beginning: bytes) -> None:
    called, hung_up = threading.Event(), threading.Event()

    def dripping(connection: socket.socket, _head: bytes) -> None:
        called.set()
        connection.sendall(beginning)
        try:
            while not hung_up.wait(0.02):
                connection.sendall(b"x")
        except OSError:
            hung_up.set()

    with listening(dripping) as port, pytest.raises(OutgoingFailed, match="not answer in time"):
        client().get(f"http://provider.test:{port}/", seconds=0.5)
    # On a machine that stood still for so long, nobody was called in time.
    assert hung_up.wait(60) or not called.is_set()


def test_a_name_server_that_hangs_does_not_either() -> None:
    answered = threading.Event()

    def hanging(_host: str, _port: int) -> list[Address]:
        answered.wait(60)
        return []

    try:
        with pytest.raises(OutgoingFailed, match=r"“slow\.test” was not found"):
            client(resolver=hanging).get("https://slow.test/", seconds=2)
    finally:
        answered.set()


def test_what_is_compressed_could_grow_and_is_not_read() -> None:
    bomb = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"
    with listening(saying(bomb)) as port, pytest.raises(OutgoingFailed, match="compressed"):
        client().get(f"http://provider.test:{port}/")


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x15\x03\x01\x00\x02\x02\x28"])
def test_whoever_speaks_no_http_is_an_error_in_words(said: bytes) -> None:
    with (
        listening(saying(said)) as port,
        pytest.raises(OutgoingFailed, match="as a web server does"),
    ):
        client().get(f"http://provider.test:{port}/")


def test_nobody_there_and_no_such_name() -> None:
    with listening(saying(OK)) as port:
        pass
    with pytest.raises(OutgoingFailed, match=r"“provider\.test” cannot be reached"):
        client().get(f"http://provider.test:{port}/")

    def unknown(_host: str, _port: int) -> list[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(OutgoingFailed, match=r"“nowhere\.test” was not found"):
        client(resolver=unknown).get("https://nowhere.test/")


def test_the_next_address_is_tried_when_the_first_is_dead() -> None:
    here = Allowed(networks=(ip_network("127.0.0.0/8"),))

    def two(_host: str, _port: int) -> list[Address]:
        return [ip_address("127.0.0.2"), ip_address("127.0.0.1")]

    with listening(saying(OK)) as port:
        assert client(here, two).get(f"http://provider.test:{port}/").ok


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for provider.test, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider.test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("provider.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "provider.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_tls_asks_for_the_name_and_believes_only_its_certificate(certificate: Path) -> None:
    asked_for: list[str | None] = []
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    server.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate))

    with listening(saying(OK), server) as port:
        calls = OutgoingClient(HERE, tls=trusting, resolver=names("127.0.0.1"))
        assert calls.get(f"https://provider.test:{port}/").ok
        with pytest.raises(OutgoingFailed, match=r"certificate of “other\.test” is not valid"):
            calls.get(f"https://other.test:{port}/")
        with pytest.raises(OutgoingFailed, match=r"certificate of “provider\.test” is not valid"):
            client().get(f"https://provider.test:{port}/")

    assert asked_for[0] == "provider.test"


def test_the_operators_settings_are_all_it_needs() -> None:
    ini = {
        "portal.origin": "https://help.example.com",
        "portal.secret_key": "00" * 32,
        "portal.data": "/nowhere",
        "database.url": "postgresql://app@db.example.com/portal",
        "outgoing.allow": "127.0.0.0/8",
    }
    heads: list[bytes] = []

    def behave(connection: socket.socket, head: bytes) -> None:
        heads.append(head)
        connection.sendall(OK)

    with listening(behave) as port:
        assert OutgoingClient.of(Settings.from_ini(ini, {})).get(f"http://127.0.0.1:{port}").ok

    assert b"(+https://help.example.com)" in heads[0]
    assert heads[0].startswith(b"GET / HTTP/1.1\r\n")
