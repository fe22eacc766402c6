"""HTTPS on this machine: a certificate authority of this process, and certificates by it.

Nobody trusts the authority unless told to, so that to talk to such a server is either a fault or
a setting.
"""

from __future__ import annotations

import functools
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from tempfile import NamedTemporaryFile

_DAYS = 365


@functools.cache
def self_signed_context(host: str) -> ssl.SSLContext:
    """A server's TLS context for the address ``host``, with a certificate that is signed by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile() as file:  # a chain is loaded from a file, and from nothing else
        file.write(certificate.public_bytes(Encoding.PEM))
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        context.load_cert_chain(file.name)
    return context


@functools.cache
def server_context(*hosts: str) -> tuple[ssl.SSLContext, bytes]:
    """A server's TLS context for ``hosts``, and the PEM of the authority that signed its certificate."""
    import trustme

    authority = trustme.CA(organization_name="reseal", organization_unit_name="nobody trusts this")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    return context, authority.cert_pem.bytes()
