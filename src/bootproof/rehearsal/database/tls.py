"""Certificates for the proxy: the right one, one for another host, and one that nobody vouches for.

Host names come from the project's connection strings and may hold what strict host name rules forbid (`my_db`
is a common name of a container), so the certificates are made with cryptography alone.
"""

import datetime
import hashlib
import ipaddress
import os
import re
import ssl
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CertificateKind = Literal["right", "wrong-host", "self-signed"]
WRONG_HOST = "another-host.invalid"
_ALPN = "postgresql"


@dataclass(frozen=True)
class Identity:
    """What a server shows: its TLS context, and the hash that channel binding is made with."""

    context: ssl.SSLContext
    endpoint: bytes


class Certificates:
    """A certificate authority of one audit, and what it issued; each is made when first asked for."""

    def __init__(self, hosts: Iterable[str], folder: Path) -> None:
        """`hosts`: what the right certificate is for, names or addresses. Writes `ca.pem` into `folder`."""
        self._hosts = tuple(dict.fromkeys(hosts)) or ("localhost",)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._authority = _certificate("bootproof rehearsal authority", (), self._key, None, None)
        self._made: dict[CertificateKind, Identity] = {}
        self._asked: weakref.WeakKeyDictionary[ssl.SSLObject, str] = weakref.WeakKeyDictionary()
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(_pem(self._authority))

    def identity(self, kind: CertificateKind) -> Identity:
        """The identity of that kind."""
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        return self._made[kind]

    def asked(self, connection: object) -> str:
        """The host name that the client of this TLS connection asked for (SNI), "" where it named none."""
        return self._asked.get(connection, "") if isinstance(connection, ssl.SSLObject) else ""

    def _make(self, kind: CertificateKind) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        hosts = (WRONG_HOST,) if kind == "wrong-host" else self._hosts
        if kind == "self-signed":
            certificate = _certificate(hosts[0], hosts, key, None, None)
        else:
            certificate = _certificate(hosts[0], hosts, key, self._authority, self._key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # as PostgreSQL's ssl_min_protocol_version
        context.set_alpn_protocols([_ALPN])
        _load(context, certificate, key)

        def note(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
            if name and isinstance(connection, ssl.SSLObject):
                self._asked[connection] = name

        context.sni_callback = note
        # RFC 5929, 4.1: the hash of the signature's own algorithm; all of ours are signed with SHA-256.
        return Identity(
            context, hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).digest()
        )


def _certificate(
    name: str,
    hosts: tuple[str, ...],
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey | None,
) -> x509.Certificate:
    """A certificate for `hosts`, an authority's where there are none; signed by itself without an issuer."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    now = datetime.datetime.now(datetime.UTC)
    public = key.public_key()
    signer = (issuer_key or key).public_key()
    authority = not hosts
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
        .add_extension(_usage(authority), critical=True)
    )
    if not authority:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([*filter(None, map(_name, hosts))] or [x509.DNSName("localhost")]),
            critical=False,
        ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256())


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(host: str) -> x509.GeneralName | None:
    """The host as a certificate names it, None for what is no host (a folder of sockets, `${HOST}`)."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        plain = host.encode("ascii").decode() if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return None
    return x509.DNSName(plain) if re.fullmatch(r"[A-Za-z0-9_.*-]+", plain) else None


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _load(context: ssl.SSLContext, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # The ssl module takes a key from a file only.
    descriptor, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(private + _pem(certificate))
        context.load_cert_chain(path)
    finally:
        Path(path).unlink()
