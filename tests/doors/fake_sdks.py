"""Stand-ins for the released SDKs: the shape of their interface, and nothing behind it.

What a call does is chosen by the cookie: ``yes``, ``no``, ``raise``, ``print``, ``odd``; ``options`` seals
what the client was made with.
"""

from __future__ import annotations

import json
from pathlib import Path

PYTHON = """
import enum, itertools, json, os

NUMBERS = itertools.count()

print("importing")

class Reason(enum.Enum):
    INVALID_GRANT = "invalid_grant"

class Result:
    def __init__(self, **fields):
        self.__dict__.update(fields)

class Session:
    def __init__(self, client, session_data, cookie_password):
        self.client, self.cookie, self.password = client, session_data, cookie_password

    def answer(self, organization_id):
        if self.cookie == "no":
            return Result(authenticated=False, reason=Reason.INVALID_GRANT, user=None)
        if self.cookie == "raise":
            try:
                raise KeyError("the cause")
            except KeyError as err:
                raise ValueError("the message") from err
        if self.cookie == "print":
            print("from the SDK")
            os.write(1, b"from below\\n")
        if self.cookie == "odd":
            return Result(authenticated=True, sealed_session=b"bytes")
        if self.cookie == "nothing":
            return None
        given = {**self.client.options, "password": self.password, "organization_id": organization_id}
        return Result(authenticated=True, sealed_session=json.dumps(given), session={"user": "ann"})

    def refresh(self, organization_id=None):
        return self.answer(organization_id)

class Sealed:
    def __init__(self, client):
        self.client = client

    def load_sealed_session(self, *, session_data, cookie_password):
        return Session(self.client, session_data, cookie_password)

class WorkOSClient:
    sealed = Sealed

    def __init__(self, *, api_key, client_id, base_url, request_timeout, max_retries=2):
        self.options = {"api_key": api_key, "client_id": client_id, "base_url": base_url,
                        "request_timeout": request_timeout, "max_retries": max_retries}
        self.options["number"] = next(NUMBERS)
        self.user_management = self.sealed(self)

class AsyncSession(Session):
    async def refresh(self, organization_id=None):
        return self.answer(organization_id)

class AsyncSealed(Sealed):
    def load_sealed_session(self, *, session_data, cookie_password):
        return AsyncSession(self.client, session_data, cookie_password)

class AsyncWorkOSClient(WorkOSClient):
    sealed = AsyncSealed
"""

# Up to 5.x the cookie had another name, and retries could not be configured.
OLD_PYTHON = (
    PYTHON.replace(
        "*, session_data, cookie_password):\n        return Session(self.client, session_data", "*, X"
    )
    .replace(
        "*, X", "*, sealed_session, cookie_password):\n        return Session(self.client, sealed_session"
    )
    .replace(", max_retries=2", "")
    .replace(', "max_retries": max_retries', "")
)

NODE = """
console.log('importing');
process.stdout.write('importing');
class OauthError extends Error {}
class UserManagement {
  constructor(options) { this.options = options; }
  answer(call, { sessionData, cookiePassword, organizationId }) {
    switch (sessionData) {
      case 'no': return { authenticated: false, reason: 'invalid_grant', user: null };
      case 'raise': throw new OauthError('the message', { cause: new TypeError('the cause') });
      case 'throw': throw 'a text';
      case 'print': console.log('from the SDK'); process.stdout.write('from below'); break;
      case 'odd': return { authenticated: true, sealedSession: 10n };
      case 'nothing': return undefined;
    }
    const given = { ...this.options, call, password: cookiePassword, organizationId };
    return { authenticated: true, sealedSession: JSON.stringify(given), session: { user: 'ann' } };
  }
  loadSealedSession(given) {
    return { refresh: async (options) => this.answer('refresh', { ...given, ...options }) };
  }
  async refreshAndSealSessionData(given) { return this.answer('refreshAndSealSessionData', given); }
}
let number = 0;
exports.WorkOS = class {
  constructor(key, options) {
    this.userManagement = new UserManagement({ key, ...options, number: number++ });
  }
};
exports.RefreshSessionFailureReason = { GRANT: 'invalid_grant', MFA: 'mfa_enrollment' };
"""


def without(name: str) -> str:
    """The Node SDK of a release that does not have the method ``name`` yet, or any more."""
    return f"{NODE}\ndelete UserManagement.prototype.{name};\n"


def write_python(folder: Path, version: str = "10.8.0", source: str = PYTHON) -> None:
    """Install the Python SDK into ``folder``."""
    package, metadata = folder / "workos", folder / f"workos-{version}.dist-info"
    package.mkdir(parents=True)
    metadata.mkdir()
    (package / "__init__.py").write_text(source)
    (package / "session.py").write_text(
        "from . import Reason as AuthenticateWithSessionCookieFailureReason\n"
    )
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: workos\nVersion: {version}\n")


def write_node(folder: Path, version: str = "11.0.0", source: str = NODE, engines: str | None = None) -> None:
    """Install the Node SDK into ``folder``."""
    package = folder / "node_modules" / "@workos-inc" / "node"
    package.mkdir(parents=True)
    manifest = {"name": "@workos-inc/node", "version": version, "main": "index.js"}
    (package / "package.json").write_text(
        json.dumps(manifest if engines is None else {**manifest, "engines": {"node": engines}})
    )
    (package / "index.js").write_text(source)
