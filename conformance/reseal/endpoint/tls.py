"""HTTPS on this machine: a certificate authority of this process, and certificates by it.

Nobody trusts the authority unless told to, so that to talk to such a server is either a fault or
a setting.
"""

from __future__ import annotations

import functools
import ssl


@functools.cache
def server_context(*hosts: str) -> tuple[ssl.SSLContext, bytes]:
    """A server's TLS context for ``hosts``, and the PEM of the authority that signed its certificate."""
    import trustme

    authority = trustme.CA(organization_name="reseal", organization_unit_name="nobody trusts this")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    return context, authority.cert_pem.bytes()
