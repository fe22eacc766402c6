"""The control API: what a test in another language does with `Host`, over HTTP.

Requests and answers are JSON; ``fixtures/schema/control.schema.json`` has the fields of both.  Whoever can
reach the endpoint can script it: there is no password, because there is nothing here to protect.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from .. import __version__, _data
from ..authkit import Authkit, Entry, Host, Script, Session
from ..authkit.application import TEXTS, redacted_for
from ..authkit.session import check_password
from ..cases import Answer
from ..endpoint.wire import HttpReply, HttpRequest
from ..errors import UsageError
from ..protocol import SealName

PREFIX = "/_reseal/"
_FORMATS: tuple[SealName, ...] = ("iron", "fernet")


class Control:
    """Answers requests below `PREFIX`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        # Paths and user agents are few, and tokens grow in number as long as the endpoint runs.
        self.redacted = functools.lru_cache(TEXTS)(self._redacted)

    def handle(self, request: HttpRequest) -> HttpReply:
        """Do what ``request`` asks for; 400 says what is wrong with it, 404 what there is not."""
        found = [(route, match) for route in _ROUTES if (match := route[1].fullmatch(request.path))]
        for (method, _, schema, action), match in found:
            if method == request.method:
                try:
                    return self._answer(action, schema, request, match.groupdict())
                except _UnknownError as err:
                    return _error(404, str(err))
                except UsageError as err:
                    return _error(400, str(err))
        if found:
            allowed = ", ".join(route[0] for route, _ in found)
            return _error(405, f"{request.method} is not possible here. Use {allowed}.", {"allow": allowed})
        return _error(404, f"{request.path} is not a path of the control API. docs/serve.md lists them.")

    def _answer(
        self, action: _Action, schema: str | None, request: HttpRequest, names: Mapping[str, str]
    ) -> HttpReply:
        arguments: list[Any] = []
        if "tenant" in names:
            arguments.append(self._tenant(names["tenant"]))
        if "session" in names:
            arguments.append(_session(arguments[0], names["session"]))
        if schema is not None:
            arguments.append(_body(request, schema))
        return HttpReply.of_json(200, action(self, *arguments))

    def _tenant(self, name: str) -> Authkit:
        found = self._host.first if name == "default" else self._host.applications.get(name)
        if found is None:
            raise _UnknownError(f"there is no tenant {name!r}. POST {PREFIX}tenants makes one.")
        return found

    # -- what can be asked for

    def health(self) -> dict[str, Any]:
        return {"status": "ok", "reseal": __version__, "tenants": len(self._host.applications)}

    def tenants(self) -> dict[str, Any]:
        return {"tenants": [tenant_json(tenant) for tenant in self._host.applications.values()]}

    def new_tenant(self, body: Mapping[str, Any]) -> dict[str, Any]:
        tenant = self._host.add(**body)
        self.redacted.cache_clear()  # its password may be one of somebody's choice, and met before
        return tenant_json(tenant)

    def tenant(self, tenant: Authkit) -> dict[str, Any]:
        return tenant_json(tenant)

    def remove_tenant(self, tenant: Authkit) -> dict[str, Any]:
        self._host.remove(tenant.client_id)
        return {}

    def sessions(self, tenant: Authkit) -> dict[str, Any]:
        return {"sessions": [session_json(tenant, session) for session in tenant.sessions]}

    def new_session(self, tenant: Authkit, body: Mapping[str, Any]) -> dict[str, Any]:
        return session_json(tenant, tenant.session(**body))

    def session(self, tenant: Authkit, session: Session) -> dict[str, Any]:
        return session_json(tenant, session)

    def end(self, tenant: Authkit, session: Session) -> dict[str, Any]:
        session.end()
        return session_json(tenant, session)

    def revoke(self, tenant: Authkit, session: Session) -> dict[str, Any]:
        session.revoke()
        return session_json(tenant, session)

    def rotate_keys(self, tenant: Authkit) -> dict[str, Any]:
        tenant.rotate_keys()
        return {}

    def advance(self, tenant: Authkit, body: Mapping[str, Any]) -> dict[str, Any]:
        tenant.advance(body["seconds"])
        return {}

    def script(self, tenant: Authkit, body: Mapping[str, Any]) -> dict[str, Any]:
        answers: list[Answer] = []
        # All of them or none: the second may be refused.
        script = Script(lambda more, **_: answers.extend(more))
        for answer in body["answers"]:
            options = dict(answer)
            script.named(options.pop("name"), options)
        put = tenant.model.script_key_set if body.get("to") == "key-set" else tenant.model.script
        put(answers, append=True)
        return {}

    def clear_script(self, tenant: Authkit) -> dict[str, Any]:
        tenant.next.clear()
        tenant.next_key_set.clear()
        return {}

    def journal(self, tenant: Authkit) -> dict[str, Any]:
        return {"entries": [entry_json(entry, self.redacted) for entry in tenant.journal]}

    def clear_journal(self, tenant: Authkit) -> dict[str, Any]:
        tenant.journal.clear()
        return {}

    def _redacted(self, text: str) -> str:
        """``text`` without the secrets of any tenant, for journal and log."""
        return redacted_for(tuple(self._host.applications.values()), text)


def tenant_json(tenant: Authkit) -> dict[str, Any]:
    """What the code under test is configured with."""
    return {
        "base_url": tenant.base_url,
        "client_id": tenant.client_id,
        "api_key": tenant.api_key,
        "cookie_password": tenant.cookie_password,
        "seal": tenant.seal,
    }


def session_json(tenant: Authkit, session: Session) -> dict[str, Any]:
    """A session as it is now, sealed in each format that the tenant's password can be used with."""
    sealed = {form: session.seal(seal=form) for form in _FORMATS if _can_seal(tenant, form)}
    return {
        "id": session.id,
        "user": session.user,
        "organization_id": session.organization_id,
        "is_ended": session.is_ended,
        "refresh_token": session.refresh_token,
        "access_token": session.access_token(),
        "sealed_session": sealed[tenant.seal],
        "sealed": sealed,
    }


def entry_json(entry: Entry, redacted: Callable[[str], str]) -> dict[str, Any]:
    """An entry of the journal, without secrets: also where somebody put one into a path."""
    return {
        "kind": entry.kind,
        "method": entry.method,
        "path": redacted(entry.path),
        "session_id": entry.session_id,
        "organization_id": entry.organization_id,
        "status": entry.status,
        "error": entry.error,
        "fault": entry.fault,
        "problems": list(entry.problems),
        "fields": sorted(entry.exchange.fields),
        "user_agent": redacted(entry.user_agent),
    }


class _UnknownError(Exception):
    """There is no such tenant or session."""


_Action = Callable[..., dict[str, Any]]


def _route(method: str, path: str, action: _Action, schema: str | None = None) -> Any:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", PREFIX + path)
    return method, re.compile(pattern), schema, action


_TENANT, _SESSION = "tenants/{tenant}", "tenants/{tenant}/sessions/{session}"
_ROUTES: tuple[tuple[str, re.Pattern[str], str | None, _Action], ...] = (
    _route("GET", "health", Control.health),
    _route("GET", "tenants", Control.tenants),
    _route("POST", "tenants", Control.new_tenant, "new_tenant"),
    _route("GET", _TENANT, Control.tenant),
    _route("DELETE", _TENANT, Control.remove_tenant),
    _route("GET", f"{_TENANT}/sessions", Control.sessions),
    _route("POST", f"{_TENANT}/sessions", Control.new_session, "new_session"),
    _route("GET", _SESSION, Control.session),
    _route("POST", f"{_SESSION}/end", Control.end),
    _route("POST", f"{_SESSION}/revoke", Control.revoke),
    _route("POST", f"{_TENANT}/rotate-keys", Control.rotate_keys),
    _route("POST", f"{_TENANT}/advance", Control.advance, "advance"),
    _route("POST", f"{_TENANT}/script", Control.script, "script"),
    _route("DELETE", f"{_TENANT}/script", Control.clear_script),
    _route("GET", f"{_TENANT}/journal", Control.journal),
    _route("DELETE", f"{_TENANT}/journal", Control.clear_journal),
)


def _session(tenant: Authkit, name: str) -> Session:
    found = next((session for session in tenant.sessions if session.id == name), None)
    if found is None:
        raise _UnknownError(f"tenant {tenant.client_id} has no session {name!r}.")
    return found


def _body(request: HttpRequest, schema: str) -> dict[str, Any]:
    """The body, an empty one standing for ``{}``.  Raises UsageError, naming the field that is wrong."""
    try:
        value = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise UsageError("the body is not JSON.") from None
    wrong = _data.first_error(value, "control", schema)
    if wrong is not None:
        raise UsageError(f"the body: {wrong}")
    body: dict[str, Any] = value
    return body


def _can_seal(tenant: Authkit, form: SealName) -> bool:
    try:
        check_password(tenant.cookie_password, form)
    except UsageError:
        return False
    return True


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> HttpReply:
    return HttpReply.of_json(status, {"error": message}, headers)
