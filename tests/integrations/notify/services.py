"""Services on this machine that record real requests: web servers, and a proxy that stands for Slack's and PagerDuty's.

Nothing in the program is patched. Requests to `https://hooks.slack.com` go through the proxy that `HTTPS_PROXY` names,
which takes the connection and speaks TLS with a certificate of an authority that `REQUESTS_CA_BUNDLE` trusts.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOSTS = ("hooks.slack.com", "events.pagerduty.com")


@attrs.frozen
class Request:
    """What a service was sent."""

    url: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


@attrs.define
class Service:
    """A server on this machine.

    Attributes:
        status: what it answers.
        hangs: it takes requests, and answers none.
        on_request: called before it answers.
    """

    url: str = ""
    requests: list[Request] = attrs.field(factory=list)
    status: int = 200
    hangs: bool = False
    on_request: Callable[[], None] = lambda: None
    tls: ssl.SSLContext | None = None
    over: threading.Event = attrs.field(factory=threading.Event)

    def told(self) -> list[tuple[str, str]]:
        """Return event and level of each webhook, sorted: they may come in any order."""
        return sorted((one.json()["event"], one.json()["level"]) for one in self.requests)

    def facts(self, event: str) -> dict[str, Any]:
        (facts,) = (one.json()["facts"] for one in self.requests if one.json()["event"] == event)
        assert isinstance(facts, dict)
        return facts


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = service.url

        def do_CONNECT(self) -> None:
            assert service.tls is not None
            self.send_response_only(200)
            self.end_headers()
            self.host = f"https://{self.path.removesuffix(':443')}"
            self.connection = service.tls.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", 0)
            self.close_connection = False

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.requests.append(Request(f"{self.host}{self.path}", dict(self.headers), body))
            service.on_request()
            if service.hangs:
                service.over.wait(60)
            self.send_response(service.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def finish(self) -> None:
            super().finish()
            self.connection.close()  # where it is TLS, the server closes only what lies below it

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name that the base class gives it
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that were killed at their deadline."""


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """Serve on a free port for a while."""
    server = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    server.RequestHandlerClass = _handler(service)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def certified(folder: Path) -> ssl.SSLContext:
    """Return how a server speaks TLS as one of `HOSTS`; write the authority's certificate to `folder/ca.pem`."""
    now = datetime.now(UTC)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("Test CA", HOSTS[0]))
    ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())

    def certificate(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )

    signs = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    ca = (
        certificate(ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signs, critical=True)
        .add_extension(ca_id, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    leaf = (
        certificate(name, key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id),
            critical=False,
        )
        .sign(ca_key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(private + leaf.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context
