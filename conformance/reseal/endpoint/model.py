"""The refresh endpoint and the key set, without a network: a request in, a reply out.

Two transports carry it, `loopback` and `inprocess`, and add nothing of their own.
Sources: the published OpenAPI description (POST /user_management/authenticate,
GET /sso/jwks/{clientId}) and AuthKit's pages on sessions and session resilience.
"""

from __future__ import annotations

import contextlib
import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from .. import _data
from ..cases import Answer, Setup
from ..protocol import EndpointInfo
from . import sessions, signing
from .applications import Application
from .fields import MISMATCH, read_fields, wrong_with
from .wire import Exchange, HttpReply, HttpRequest, Issued

AUTHENTICATE = "/user_management/authenticate"
KEY_SET = "/sso/jwks/"
FOREIGN_KEYS = "/keys"
"""Where a key set of nobody's stands, at the other origin."""
_BEGINNING = b'{"user": {"object": "user"'  # of a body that is cut off
_WITHOUT_BODY = (204, 304)
_MEETING_S = 0.75  # for which those that came wait for those that have not
_QUOTED = "{refresh_token}"
# By HTTP alone a client may keep the key set that long; by the contract it must look again sooner.
_MAY_BE_CACHED = {"cache-control": "public, max-age=3600"}


class Model:
    """One application, and who is signed in there: one user at first.  Any thread may `handle`.

    A second application may join it, at the same address.
    """

    def __init__(
        self,
        setup: Setup,
        rng: random.Random,
        info: EndpointInfo,
        elsewhere: Callable[[], str],
        now: Callable[[], float] = time.time,
    ) -> None:
        self.application = Application.first(info)
        self.journal: list[Exchange] = []
        self.breaches: list[str] = []
        self.call = 0
        self.lifetime_s: float = signing.LIFETIME_S  # of access tokens
        self._elsewhere = elsewhere
        self._grace_s = setup.grace_s
        self._rng = rng
        self.now = now
        self._ahead_s = 0.0
        self._lock = threading.Lock()
        self._meeting = threading.Barrier(1)
        self._answers: deque[Answer] = deque(setup.answers)
        self._key_set: deque[Answer] = deque(setup.key_set)
        self._setup = setup
        user = sessions.user_named(setup.user)
        self.session = sessions.new_session(setup, user, self.application, rng)
        self.sessions = [self.session]

    @property
    def info(self) -> EndpointInfo:
        return self.application.info

    def sign_in_another(self, *, is_same_user: bool = False, is_elsewhere: bool = False) -> sessions.Session:
        """Let a user sign in who is nobody else, to a session as that of the first began.

        With ``is_same_user``, the first user signs in once more, as on another device; where
        ``is_elsewhere``, it is to another application.
        """
        user = sessions.user_named(self._setup.user)
        if not is_same_user:
            user_id = sessions.new_id("user", self._rng)
            user = {**user, "id": user_id, "email": f"{user_id.lower()}@example.com"}
        application = self.application.neighbour(self._rng) if is_elsewhere else self.application
        session = sessions.new_session(self._setup, user, application, self._rng)
        self.sessions.append(session)
        return session

    # -- what happens between two calls

    def rotate_keys(self) -> None:
        self.application.rotate_keys()

    def rotate_api_key(self) -> None:
        self.application.rotate_api_key(self._rng)

    def end_session(self) -> None:
        self.session.ended = True

    def revoke(self) -> None:
        """Replace the live refresh token, as a sign-out elsewhere does."""
        self.session.live = sessions.new_token(self._rng)

    def meet(self, count: int) -> None:
        """Answer none of the next ``count`` authenticate requests before all have come, for a moment.

        Calls that are made at once are under way at once then, on a machine of any speed.
        """
        self._meeting = threading.Barrier(count)

    def advance(self, seconds: float) -> None:
        self._ahead_s += seconds

    def script(self, answers: Iterable[Answer], *, append: bool = False) -> None:
        """Replace the scripted answers to authenticate requests, or add to them."""
        with self._lock:
            self._answers = deque([*(self._answers if append else ()), *answers])

    def script_key_set(self, answers: Iterable[Answer], *, append: bool = False) -> None:
        with self._lock:
            self._key_set = deque([*(self._key_set if append else ()), *answers])

    # -- requests

    def handle(self, request: HttpRequest) -> HttpReply:
        """Answer ``request`` and write it into the journal."""
        if request.path == AUTHENTICATE:
            # Broken when not all have come in time; then nobody waits any more.
            with contextlib.suppress(threading.BrokenBarrierError):
                self._meeting.wait(_MEETING_S)
        with self._lock:
            exchange = self._exchange(request)
            exchange = replace(exchange, credentials=self._credentials(request, exchange.fields))
            self.journal.append(exchange)
            return exchange.reply

    def access_token(
        self,
        *,
        fault: str | None = None,
        age_s: float = 0.0,
        altered: Mapping[str, Any] | None = None,
        session: sessions.Session | None = None,
        application: Application | None = None,
    ) -> str:
        """An access token of ``session`` (the first), ``age_s`` seconds old, wrong in ``fault``.

        ``altered`` says which claims are otherwise (``set``, ``omit``), and ``application`` whose token it
        is, where not of the session's own.
        """
        session = session or self.session
        application = application or session.application
        info, key = application.info, application.signing_key
        # The clock of the implementation is not ours to move, so tokens are dated by the real one.
        issued_at = int(self.now() - age_s)
        claims: dict[str, Any] = {
            "iss": f"{info.base_url}/user_management/{info.client_id}",
            "sub": session.user["id"],
            "sid": session.id,
            "jti": sessions.new_id("", self._rng).lstrip("_"),
            "client_id": info.client_id,
            "auth_time": issued_at,
            "iat": issued_at,
            "exp": int(issued_at + self.lifetime_s),
        }
        if session.organization:
            claims |= {"org_id": session.organization, "role": "member", "roles": ["member"]}
        if session.impersonator:
            claims["act"] = {"sub": session.impersonator["email"]}
        altered = altered or {}
        claims |= altered.get("set", {})
        claims = {name: value for name, value in claims.items() if name not in altered.get("omit", ())}
        if fault is None:
            return signing.sign(claims, key)
        return signing.forge(fault, claims, key, lambda: self._elsewhere() + FOREIGN_KEYS)

    def _answer_body(self, tokens: Mapping[str, Any], session: sessions.Session) -> Mapping[str, Any]:
        """The body of a successful exchange; ``tokens`` alters it (`reseal.cases.Answer`)."""
        body = session.body(self._new_access_token(tokens, session), sessions.new_token(self._rng))
        if "filled_with" in tokens:
            body["user"] = sessions.filled(session.user, tokens["filled_with"])
        if "oauth_tokens" in tokens:
            body["oauth_tokens"] = sessions.oauth_tokens(self._rng)
        return {**body, **tokens.get("set", {})}

    def _new_access_token(self, tokens: Mapping[str, Any], session: sessions.Session) -> str:
        new = self.access_token(
            fault=tokens.get("fault"),
            altered=tokens.get("claims"),
            session=session,
            application=self.application if "of" in tokens else None,
        )
        if "again" not in tokens:
            return new
        return signing.resigned(session.last_access_token or new, tokens["again"])

    def _exchange(self, request: HttpRequest) -> Exchange:
        if request.origin == "elsewhere":
            is_asked_for_keys = (request.method, request.path) == ("GET", FOREIGN_KEYS)
            reply = (
                HttpReply.of_json(200, signing.key_set(["stranger"], self.application.signing_key))
                if is_asked_for_keys
                else HttpReply.of_json(404, {"message": "Not Found"})
            )
            return Exchange(request, reply, "other", call=self.call)
        if request.path == AUTHENTICATE and request.method == "POST":
            return self._authenticate(request)
        if request.path.startswith(KEY_SET) and request.method == "GET":
            return self._send_key_set(request)
        problem = f"{request.method} on a path that the API does not have"
        reply = HttpReply.of_json(404, {"message": "Not Found"})
        return Exchange(request, reply, "other", problems=(problem,), call=self.call)

    def _send_key_set(self, request: HttpRequest) -> Exchange:
        scripted = _next(self._key_set)
        application = self._application(request.path.removeprefix(KEY_SET))
        problems: tuple[str, ...] = ()
        if scripted is not None:
            reply = self._scripted(scripted, KEY_SET + self.info.client_id)
        elif application is None:
            reply = self._checked("message", 404, {"message": "Client not found."})
            problems = ("the key set of another client was asked for",)
        else:
            keys = {"keys": [application.signing_key.public]}
            reply = self._checked("key_set", 200, keys, _MAY_BE_CACHED)
        return Exchange(request, reply, "key-set", problems=problems, call=self.call)

    def _authenticate(self, request: HttpRequest) -> Exchange:
        fields, problems = read_fields(request)
        refusal = self._malformed(fields, problems) or self._unauthenticated(request, fields)
        if self._names_another(fields):
            problems.append(MISMATCH)
        if refusal is not None:
            return Exchange(request, refusal, "authenticate", fields, tuple(problems), call=self.call)
        scripted = _next(self._answers)
        if scripted is not None and scripted.tokens is None:
            reply = self._scripted(scripted, AUTHENTICATE, fields)
            return Exchange(request, reply, "authenticate", fields, tuple(problems), call=self.call)
        answer = scripted or Answer()
        tokens = answer.tokens or {}
        session = self._session_of(fields)
        given = sessions.exchange(
            session,
            fields["refresh_token"],
            fields.get("organization_id"),
            now_s=self.now() + self._ahead_s,
            grace_s=self._grace_s,
            known_organizations=(
                *(name for known in self.sessions for name in known.memberships),
                "org_without_membership",
            ),
            answer=lambda: _quoting(self._answer_body(tokens, session), fields),
        )
        if isinstance(given, sessions.Refusal):
            reply = self._checked(
                "oauth_error", 400, {"error": given.code, "error_description": given.description}
            )
            return Exchange(request, reply, "authenticate", fields, tuple(problems), call=self.call)
        issued = Issued(
            str(given["access_token"]),
            str(given["refresh_token"]),
            given,
            sessions.tokens_of_a_provider(given) if "oauth_tokens" in tokens else (),
        )
        body = {name: value for name, value in given.items() if name not in tokens.get("omit", ())}
        body = {tokens["in"]: body} if "in" in tokens else body
        headers = {"cache-control": "no-store", **answer.headers}
        reply = (
            HttpReply.of_json(answer.status, body, headers, escapes="filled_with" not in tokens)
            if tokens
            else self._checked("success", answer.status, body, headers)
        )
        reply = replace(reply, delivery=answer.delivery)
        return Exchange(request, reply, "authenticate", fields, tuple(problems), issued, call=self.call)

    def _owners(self, fields: Mapping[str, Any]) -> Iterator[sessions.Session]:
        token = fields.get("refresh_token")
        return (s for s in self.sessions if token == s.live or token in s.retired)

    def _names_another(self, fields: Mapping[str, Any]) -> bool:
        """Whether a client id came that is not that of the refresh token."""
        owner, named = next(self._owners(fields), None), fields.get("client_id")
        return (
            owner is not None
            and isinstance(named, str)
            and named not in ("", owner.application.info.client_id)
        )

    def _session_of(self, fields: Mapping[str, Any]) -> sessions.Session:
        """Whose the refresh token is; one that is nobody's is refused by the first session.

        That of another application is nobody's (RFC 6749, 6: it "is bound to the client").
        """
        own = (s for s in self._owners(fields) if s.application.info.client_id == fields["client_id"])
        return next(own, self.session)

    def _application(self, client_id: object) -> Application | None:
        applications = (self.application, *(session.application for session in self.sessions))
        return next((each for each in applications if each.info.client_id == client_id), None)

    def _credentials(self, request: HttpRequest, fields: Mapping[str, Any]) -> tuple[str, ...]:
        """How the API key came, if it did."""
        api_key = (self._application(fields.get("client_id")) or self.application).info.api_key
        is_secret = fields.get("client_secret") == api_key
        is_bearer = request.header("authorization") == f"Bearer {api_key}"
        return ("client_secret",) * is_secret + ("bearer",) * is_bearer

    def _malformed(self, fields: Mapping[str, Any], problems: list[str]) -> HttpReply | None:
        problems += [] if problems else wrong_with(fields)
        if not problems:
            return None
        description = f"{problems[0]}."
        return self._checked(
            "oauth_error", 400, {"error": "invalid_request", "error_description": description}
        )

    def _unauthenticated(self, request: HttpRequest, fields: Mapping[str, Any]) -> HttpReply | None:
        application = self._application(fields["client_id"])
        credentials = self._credentials(request, fields)
        if request.header("authorization") and "bearer" not in credentials:
            return self._checked("message", 401, {"message": "Unauthorized"})
        is_wrong_secret = fields.get("client_secret") is not None and "client_secret" not in credentials
        if application is None or is_wrong_secret:
            body = {"error": "invalid_client", "error_description": "Invalid client ID or secret."}
            return self._checked("oauth_error", 400, body)
        return None

    def _scripted(self, answer: Answer, path: str, sent: Mapping[str, Any] | None = None) -> HttpReply:
        """The reply that ``answer`` describes; a redirect leads to ``path`` again.

        Where its text quotes ``{refresh_token}``, it is the one that was ``sent``.
        """
        if answer.fault is not None:
            return HttpReply(200, (("content-type", "application/json"),), _BEGINNING, answer.fault)
        headers = tuple((name, self._dated(value)) for name, value in answer.headers.items())
        if answer.status in _WITHOUT_BODY:
            return HttpReply(answer.status, headers)
        if answer.redirect is not None:
            return HttpReply(answer.status, (("location", self._led(answer.redirect) + path), *headers))
        if answer.text is not None:
            text: str = _quoting(answer.text, sent or {})
            body = text.encode() * answer.repeat
            return HttpReply(answer.status, headers, body, delivery=answer.delivery)
        if answer.keys is not None:
            value = signing.key_set(answer.keys, self.application.signing_key)
        else:
            value = _quoting(answer.json, sent or {})
        return replace(HttpReply.of_json(answer.status, value, dict(headers)), delivery=answer.delivery)

    def _dated(self, value: str) -> str:
        """The value of a header; ``{in 60 s}`` stands for a date, as HTTP writes it (RFC 9110, 5.6.7)."""
        ahead = re.fullmatch(r"\{in ([0-9]+) s\}", value)
        return formatdate(self.now() + int(ahead[1]), usegmt=True) if ahead else value

    def _led(self, redirect: str) -> str:
        """The origin that a redirect leads to."""
        if redirect == "same":
            return self.info.base_url
        scheme, _, address = self._elsewhere().partition("://")
        # What stands before the @ is no host but a user (RFC 3986, 3.2.1).
        before = f"{self.info.base_url.partition('://')[2]}@" if redirect == "lookalike" else ""
        named = "" if redirect == "network-path" else f"{scheme}:"  # RFC 3986, 4.2
        return f"{named}//{before}{address}"

    def _checked(
        self, definition: str, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> HttpReply:
        """The reply, held against the published schema: an endpoint that is wrong accuses itself."""
        error = _data.first_error(body, "wire", definition)
        if error is not None:
            self.breaches.append(f"the endpoint's own {status} answer breaks the published schema: {error}")
        return HttpReply.of_json(status, body, headers)


def _quoting(value: Any, sent: Mapping[str, Any]) -> Any:
    """``value`` with the refresh token that was ``sent`` where it is to be quoted."""
    if isinstance(value, Mapping):
        return {name: _quoting(item, sent) for name, item in value.items()}
    if isinstance(value, list):
        return [_quoting(item, sent) for item in value]
    is_quote = isinstance(value, str) and _QUOTED in value and "refresh_token" in sent
    return value.replace(_QUOTED, sent["refresh_token"]) if is_quote else value


def _next(answers: deque[Answer]) -> Answer | None:
    """Take the next scripted answer; one of ``times`` 0 stays for good."""
    if not answers:
        return None
    answer = answers[0]
    if answer.times != 0:
        answers.popleft()
        if answer.times > 1:
            answers.appendleft(replace(answer, times=answer.times - 1))
    return answer
