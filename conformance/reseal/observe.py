"""From a case to an observation: run it, look from four sides, leave the secrets out."""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import isfinite
from time import monotonic, sleep, time
from typing import Any

from . import recipes
from .cases import Call, Case, Event
from .endpoint import Endpoint, Exchange, Transport, open_endpoint
from .errors import HarnessError, TargetError
from .formats.naming import OpenError
from .observation import CallSeen, ExchangeSeen, Leak, Observation, SealSeen
from .protocol import RefreshRequest
from .recipes import Cookie
from .redact import Secrets, fingerprint
from .target import Answer, Raised, Returned, Target

SLACK_S = 20.0
"""How long a call may take beyond its time-out, in seconds."""

_COOKIE_OCTETS = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")  # RFC 6265, 4.1.1
_CREDENTIAL_HEADERS = {"authorization"}
_BLOCK = 20  # characters of base64, of the 16 bytes of a block of AES
_SHORT_PASSWORD = 31  # one less than Iron takes; a Fernet key has 44


def observe(case: Case, target: Target, *, seed: int = 0, transport: Transport = "loopback") -> Observation:
    """Do what ``case`` says to ``target``, and tell what was seen.

    The same ``seed`` gives the same passwords, ids and refresh tokens.

    Raises TargetError where the target cannot be asked, HarnessError where the endpoint was wrong.
    """
    # Each case has a stream of its own, so that one case alone repeats what it did among all; so has
    # each example, because implementations may remember tokens and keys.
    rng = random.Random(zlib.crc32(f"{case.id}{case.example}".encode()) ^ seed)  # noqa: S311 - must be repeatable
    target.output()  # what a call of an earlier case left behind is not of this one
    with open_endpoint(case.setup, rng, transport) as endpoint:
        run = _Run(case, target, endpoint, rng)
        try:
            observation = run.all_steps()
        except TargetError as err:
            # An adapter that breaks down may repeat what it was given, and what it got.
            run.plant_issued()
            raise type(err)(run.secrets.redacted(str(err))) from err
    if endpoint.model.breaches:
        raise HarnessError(run.secrets.redacted("; ".join(endpoint.model.breaches)))
    return observation


@dataclass(slots=True)
class _Run:
    case: Case
    target: Target
    endpoint: Endpoint
    rng: random.Random
    secrets: Secrets = field(default_factory=Secrets)
    calls: list[CallSeen] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    leaks: set[Leak] = field(default_factory=set)
    password: str = ""
    cookies: list[Cookie] = field(default_factory=list)

    def all_steps(self) -> Observation:
        self.prepare()
        for number, step in enumerate(self.case.steps):
            if not isinstance(step, Event):
                self.call(number, step)
            elif step.do == "rotate-password":
                self.rotate_password()
            elif step.do == "age":
                self.age(step.seconds)
            elif step.do != "wait":
                self.endpoint.happen(step)
            elif any(call.is_success for call in self.calls) and not self.calls[-1].is_success:
                sleep(step.seconds)
        return self.observation()

    def prepare(self) -> None:
        """Bake the first cookie, before anything happens to the session inside."""
        recipe = next(step.cookie for step in self.case.steps if isinstance(step, Call))
        self.password = self.target.sealing.new_password(self.rng)
        self.secrets.plant("cookie password", self.password)
        self.secrets.plant("API key", self.endpoint.model.info.api_key)
        self.secrets.plant("refresh token", self.endpoint.model.session.live)
        first = recipes.bake(recipe, self.target.sealing, self.password, self.endpoint.model, self.rng)
        self.cookies.append(first)
        self.secrets.plant("cookie password", first.password)
        self.secrets.plant("refresh token", first.refresh_token)
        self.secrets.plant("access token", first.access_token)
        # A cookie of plain text is no secret; one that is a session, however damaged, is.
        if recipe["kind"] in ("session", "vector", "foreign"):
            self.secrets.plant("cookie", first.text)

    def rotate_password(self) -> None:
        """Seal the newest session anew under another password, as an application does that changes it."""
        newest, sealing = self.cookies[-1], self.target.sealing
        payload = sealing.open(newest.text or "", newest.password)
        self.password = sealing.new_password(self.rng)
        sealed = sealing.seal(payload, self.password, self.rng, {})
        self.secrets.plant("cookie password", self.password)
        self.secrets.plant("cookie", sealed)
        self.cookies.append(replace(newest, text=sealed, password=self.password))

    def age(self, seconds: float) -> None:
        """Date the newest seal back: nobody can wait as long as users stay away."""
        newest = self.cookies[-1]
        aged = self.target.sealing.aged(newest.text or "", newest.password, seconds)
        self.secrets.plant("cookie", aged)
        self.cookies.append(replace(newest, text=aged))

    def call(self, number: int, step: Call) -> None:
        for i in range(step.repeat):
            cookies = [self.cookies[-1]] * step.together if i > 0 else self._cookies(step)
            organizations = step.organizations or (step.organization_id,) * len(cookies)
            requests = [
                self._request(step, cookie, organization)
                for cookie, organization in zip(cookies, organizations, strict=True)
            ]
            started = monotonic()
            self.endpoint.model.call = len(self.calls)
            self.endpoint.model.meet(step.together)
            answers = self.target.refresh(requests, step.timeout_s + SLACK_S)
            seconds = monotonic() - started
            self.plant_issued()
            for answer, cookie, request in zip(answers, cookies, requests, strict=True):
                self.answers.append(answer)
                self.calls.append(self._seen(number, answer, cookie, request, seconds, step.together))

    def observation(self) -> Observation:
        # The newest secrets are known only now, so the texts are searched at the end.
        output = self.target.output()
        self._search(output, "output")
        for answer in self.answers:
            self._search_answer(answer)
        journal = self.endpoint.model.journal
        for exchange in journal:
            self._search_request(exchange)
        return Observation(
            tuple(self.calls),
            tuple(self._exchange_seen(exchange) for exchange in journal),
            tuple(sorted(self.leaks, key=lambda leak: (leak.where, leak.secret))),
            self.secrets.redacted(output),
        )

    # -- the request

    def _cookies(self, step: Call) -> list[Cookie]:
        """The cookie of each of the calls that are made at once."""
        if step.cookies:
            return [self._cookie(recipe) for recipe in step.cookies]
        if step.cookie["kind"] == "another":
            return [self._another(step.cookie) for _ in range(step.together)]
        return [self._cookie(step.cookie)] * step.together

    def _another(self, recipe: Mapping[str, Any]) -> Cookie:
        sealing, model = self.target.sealing, self.endpoint.model
        cookie = recipes.bake(recipe, sealing, self.password, model, self.rng)
        self.secrets.plant("refresh token", cookie.refresh_token)
        self.secrets.plant("access token", cookie.access_token)
        self.secrets.plant("cookie", cookie.text)
        return cookie

    def _cookie(self, recipe: Mapping[str, Any]) -> Cookie:
        match recipe["kind"]:
            case "newest":
                return self.cookies[-1]
            case "earlier":
                age: int = recipe["age"]
                return self.cookies[max(0, len(self.cookies) - 1 - age)]
        return self.cookies[0]

    def _request(self, step: Call, cookie: Cookie, organization: str | None) -> RefreshRequest:
        passwords = {
            "right": cookie.password,
            "new": self.password,
            "missing": None,
            "empty": "",
            "short": cookie.password[:_SHORT_PASSWORD],
        }
        endpoint = (cookie.application or self.endpoint.model.application).info
        self.secrets.plant("cookie password", passwords[step.password])
        self.secrets.plant("API key", endpoint.api_key)
        return RefreshRequest(
            session_data=cookie.text,
            cookie_password=passwords[step.password],
            organization_id=organization,
            endpoint=endpoint,
            timeout_s=step.timeout_s,
            max_retries=step.max_retries,
        )

    def plant_issued(self) -> None:
        for exchange in self.endpoint.model.journal:
            if exchange.issued is not None:
                self.secrets.plant("new access token", exchange.issued.access_token)
                self.secrets.plant("new refresh token", exchange.issued.refresh_token)

    # -- what the call returned

    def _seen(
        self,
        step: int,
        answer: Answer,
        cookie: Cookie,
        request: RefreshRequest,
        seconds: float,
        together: int = 1,
    ) -> CallSeen:
        given: dict[str, Any] = {
            "step": step,
            "seconds": round(seconds, 4),
            "cookie": _print(cookie.text),
            "cookie_access_token": _print(cookie.access_token),
            "cookie_refresh_token": _print(cookie.refresh_token),
            "cookie_is_sound": cookie.is_sound,
            "organization_id": request.organization_id,
            "together": together,
        }
        if isinstance(answer, Raised):
            raised, message = self.secrets.redacted(answer.type), self.secrets.redacted(answer.message)
            return CallSeen(kind="raised", raised=raised, message=message, **given)
        if not isinstance(answer, Returned):
            return CallSeen(kind="silent", **given)
        sealed = answer.fields.get("sealed_session")
        seal = self._seal_seen(sealed, cookie) if isinstance(sealed, str) and sealed else None
        return CallSeen(
            kind="returned",
            returned=answer.type,
            authenticated=_scalar(answer.fields.get("authenticated"), self.secrets),
            reason=_scalar(answer.fields.get("reason"), self.secrets),
            sealed_session=_type_of(answer.fields, "sealed_session"),
            seal=seal,
            **given,
        )

    def _seal_seen(self, sealed: str, given: Cookie) -> SealSeen:
        self.secrets.plant("new cookie", sealed)
        form = {
            name: self.secrets.redacted(text)
            for name, text in self.target.sealing.form(sealed, time()).items()
        }
        is_safe = _COOKIE_OCTETS.fullmatch(sealed) is not None
        seen = SealSeen(fingerprint(sealed), len(sealed), is_safe, form=form)
        try:
            payload = self.target.sealing.open(sealed, given.password)
        except OpenError as err:
            return replace(seen, problem=str(err))
        if not isinstance(payload, Mapping):
            return replace(seen, problem=f"it holds no object but a {type(payload).__name__}")
        access_token, refresh_token = _text(payload.get("access_token")), _text(payload.get("refresh_token"))
        if refresh_token is not None:
            made = Cookie(sealed, given.password, access_token, refresh_token, application=given.application)
            self.cookies.append(made)
        return replace(
            seen,
            quirk=self.target.sealing.quirk(sealed),
            first_block=self._first_block(sealed),
            access_token=_print(access_token),
            refresh_token=_print(refresh_token),
            user=self._without_secrets(payload.get("user")),
            impersonator=self._without_secrets(payload.get("impersonator")),
            fields=tuple(sorted(self.secrets.redacted(name) for name in payload)),
        )

    def _first_block(self, sealed: str) -> str | None:
        with suppress(KeyError):
            start, _ = self.target.sealing.span(sealed, "ciphertext")
            return fingerprint(sealed[start : start + _BLOCK])
        return None

    def _without_secrets(self, value: Any) -> Any:
        """A JSON value as it is, but for secrets that do not belong there."""
        if isinstance(value, Mapping):
            return {name: self._without_secrets(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._without_secrets(item) for item in value]
        return self.secrets.redacted(value) if self.secrets.found_in(str(value)) else value

    # -- what the endpoint received

    def _exchange_seen(self, exchange: Exchange) -> ExchangeSeen:
        issued = exchange.issued
        sent = _print(_text(exchange.fields.get("refresh_token")))
        return ExchangeSeen(
            call=self._call_of(exchange.call, sent, exchange.fields.get("organization_id")),
            kind=exchange.kind,
            origin=exchange.request.origin,
            method=exchange.request.method,
            path=self.secrets.redacted(exchange.request.target),
            status=exchange.reply.status,
            said=_said(exchange),
            fields={self.secrets.redacted(name): self._field(v) for name, v in exchange.fields.items()},
            credentials=exchange.credentials,
            problems=exchange.problems,
            sent_refresh_token=sent,
            access_token=_print(_text(issued.access_token)) if issued else None,
            refresh_token=_print(_text(issued.refresh_token)) if issued else None,
            user=issued.body.get("user") if issued else None,
            impersonator=issued.body.get("impersonator") if issued else None,
            content_type=self.secrets.redacted(_media_type(exchange.request.header("content-type"))),
        )

    def _call_of(self, first: int, sent: str | None, organization: Any) -> int:
        """Of the calls that were made at once, the one whose cookie has what was sent; else the first.

        Of several with one cookie, the one that asked for the ``organization`` that was sent.
        """
        together = range(first, first + self.calls[first].together) if self.calls else ()
        own = [i for i in together if self.calls[i].cookie_refresh_token == sent]
        asked = [i for i in own if self.calls[i].organization_id == organization]
        return next(iter(asked or own), first)

    def _field(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._field(item) for name, item in value.items()}
        return _scalar(value, self.secrets)

    # -- what leaked

    def _search(self, text: str, where: str, *, only: Sequence[str] = ()) -> None:
        for name in self.secrets.found_in(text):
            if not only or name in only:
                self.leaks.add(Leak(name, where))

    def _search_answer(self, answer: Answer) -> None:
        if isinstance(answer, Raised):
            self._search(f"{answer.type} {answer.message} {answer.text}", "exception")
        elif isinstance(answer, Returned) and isinstance(reason := answer.fields.get("reason"), str):
            self._search(reason, "reason")

    def _search_request(self, exchange: Exchange) -> None:
        request = exchange.request
        self._search(request.target, "URL")
        headers = [(name, value) for name, value in request.headers if name not in _CREDENTIAL_HEADERS]
        for name, value in headers:
            self._search(value, f"header {name}")
        # The body is where the API key and the refresh token belong; nothing else of ours does.
        body = request.body.decode("utf-8", "replace")
        self._search(body, "body", only=("cookie password", "cookie", "new cookie"))
        if request.origin == "elsewhere":
            everything = " ".join([request.target, body, *(value for _, value in request.headers)])
            self._search(everything, "request to another origin")


def _said(exchange: Exchange) -> str:
    reply = exchange.reply
    if reply.fault is not None:
        return reply.fault
    if reply.delivery is not None:
        return f"{reply.status} {reply.delivery}" + (" to the end" if reply.sat_out.is_set() else "")
    if exchange.issued is not None:
        odd = [name for name in ("access_token", "refresh_token") if not _is_token(reply.body, name)]
        return f"{reply.status} tokens" if not odd else f"{reply.status} without a usable {' and '.join(odd)}"
    found = re.search(rb'"(?:error|code)": ?"([a-z_]{1,64})"', reply.body)
    return f"{reply.status} {found[1].decode()}" if found else str(reply.status)


def _is_token(body: bytes, name: str) -> bool:
    value = json.loads(body).get(name)
    return isinstance(value, str) and value != ""


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _scalar(value: Any, secrets: Secrets) -> Any:
    """A JSON scalar as it is, but for secrets in it; NaN, which is no JSON, as text; else the type."""
    if isinstance(value, str):
        return secrets.redacted(value)
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return f"<{type(value).__name__}>"


def _type_of(fields: Mapping[str, Any], name: str) -> str:
    return type(fields[name]).__name__ if name in fields else "missing"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _print(value: str | None) -> str | None:
    return None if value is None else fingerprint(value)
