"""nginx before a server, with the configuration that docs/deploying.md shows."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from scripts.ports import free_ports
from tests.servers import ROOT, Server, wait_for

NAME = "kafkaviz.example"
_AROUND = """
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/kafkaviz.conf;
}}
"""
"""What a system has in nginx.conf, with nothing outside a folder of ours."""


def program() -> str | None:
    """Debian has it where only root looks."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def documented() -> str:
    found = re.search(r"```nginx\n(.+?)```", (ROOT / "docs/deploying.md").read_text(), re.S)
    assert found
    return found[1]


class Nginx:
    """`trusting` is a TLS context that takes its certificate."""

    def __init__(self, plain_port: int, port: int, certificate: Path) -> None:
        self.plain_port, self.port = plain_port, port
        self.trusting = ssl.create_default_context(cafile=certificate)


@contextmanager
def nginx(server: Server, folder: Path) -> Iterator[Nginx]:
    """Only ports and the certificate's place are other than the document says."""
    plain_port, port = free_ports(2)
    _certify(folder)
    text = documented()
    for shown, here in (
        ("listen 80;", f"listen 127.0.0.1:{plain_port};"),
        ("listen 443 ", f"listen 127.0.0.1:{port} "),
        (f"/etc/letsencrypt/live/{NAME}", str(folder)),
        ("http://127.0.0.1:8000;", f"{server.url.replace('localhost', '127.0.0.1')};"),
    ):
        assert shown in text
        text = text.replace(shown, here)
    (folder / "kafkaviz.conf").write_text(text)
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder))
    with _running(folder):
        yield Nginx(plain_port, port, folder / "fullchain.pem")


@contextmanager
def _running(folder: Path) -> Iterator[None]:
    errors = folder / "errors"
    command = [str(program()), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(errors)]
    process = subprocess.Popen([*command, "-g", "daemon off; master_process off;"])
    try:
        # It writes its pid when it listens.
        assert wait_for(lambda: _is_up(folder / "nginx.pid") or process.poll() is not None)
        assert process.poll() is None, errors.read_text()
        yield
    finally:
        process.terminate()
        process.wait(10)


def _is_up(pid: Path) -> bool:
    return pid.exists() and pid.stat().st_size > 0


def _certify(folder: Path) -> None:
    """A certificate for NAME that it has signed itself, named as certbot does."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(encoding))
    (folder / "privkey.pem").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
