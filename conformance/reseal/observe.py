"""From a case to an observation: run it, look from four sides, leave the secrets out."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Mapping, MutableSequence, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import monotonic, sleep, time
from typing import Any

from . import recipes
from .cases import Call, Case, Event
from .endpoint import Endpoint, Exchange, Transport, open_endpoint
from .errors import HarnessError, TargetError
from .exchanges import exchange_seen, in_short, pending_in, printed, scalar, text_of
from .formats.naming import OpenError
from .observation import OF_AN_EARLIER_CASE, CallSeen, ExchangeSeen, Leak, Observation, SealSeen
from .protocol import RefreshRequest
from .recipes import Cookie
from .redact import Secrets, fingerprint
from .target import Answer, Raised, Returned, Target

SLACK_S = 20.0
"""How long a call may take beyond its time-out, in seconds."""

_COOKIE_OCTETS = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")  # RFC 6265, 4.1.1
_CREDENTIAL_HEADERS = {"authorization"}
_PENDING = "pending authentication token"
_NEVER_SENT = ("cookie password", "cookie", "new cookie")
_BLOCK = 20  # characters of base64, of the 16 bytes of a block of AES


def observe(
    case: Case,
    target: Target,
    *,
    seed: int = 0,
    transport: Transport = "loopback",
    earlier: MutableSequence[Secrets] | None = None,
) -> Observation:
    """Do what ``case`` says to ``target``, and tell what was seen.

    The same ``seed`` gives the same passwords, ids and refresh tokens.  The secrets of ``earlier`` cases
    are looked for in what the target prints, since a thread of it may print late; this case's are added.

    Raises TargetError where the target cannot be asked, HarnessError where the endpoint was wrong.
    """
    # Each case has a stream of its own, so that one case alone repeats what it did among all; so has
    # each example, because implementations may remember tokens and keys.
    rng = random.Random(zlib.crc32(f"{case.id}{case.example}".encode()) ^ seed)  # noqa: S311 - must be repeatable
    late = target.output()  # what a call of an earlier case left behind is not of this one
    with open_endpoint(case.setup, rng, transport) as endpoint:
        run = _Run(case, target, endpoint, rng, late=late, earlier=tuple(earlier or ()))
        try:
            observation = run.all_steps()
        except TargetError as err:
            # An adapter that breaks down may repeat what it was given, and what it got.
            run.plant_issued()
            raise type(err)(run.secrets.redacted(str(err))) from err
        finally:
            if earlier is not None:
                earlier.append(run.secrets)
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
    others: list[Cookie] = field(default_factory=list)  # of sessions that began later
    late: str = ""  # what was printed since the case before ended
    earlier: Sequence[Secrets] = ()

    def all_steps(self) -> Observation:
        self.prepare()
        for number, step in enumerate(self.case.steps):
            if not isinstance(step, Event):
                self.call(number, step)
            elif step.do == "rotate-password":
                self.rotate_password()
            elif step.do == "age":
                self.age(step.seconds)
            elif not step.is_wait:
                self.endpoint.happen(step)
            elif self.would_differ_later(step.do):
                sleep(step.seconds)
        return self.observation()

    def would_differ_later(self, do: str) -> bool:
        """Whether the last call failed after one that succeeded, and perhaps only since it came so soon."""
        if not any(call.is_success for call in self.calls) or self.calls[-1].is_success:
            return False
        model = self.endpoint.model
        has_looked = any(seen.kind == "key-set" and seen.call == model.call for seen in model.journal)
        return do == "wait" or not has_looked

    def prepare(self) -> None:
        """Bake the first cookie, before anything happens to the session inside."""
        recipe = self.case.recipe
        self.password = self.target.sealing.new_password(self.rng) + self.case.setup.password_ends
        self.secrets.plant("cookie password", self.password)
        self.secrets.plant("API key", self.endpoint.model.info.api_key)
        self.secrets.plant("refresh token", self.endpoint.model.session.live)
        first = recipes.bake(recipe, self.target.sealing, self.password, self.endpoint.model, self.rng)
        self.cookies.append(first)
        self.secrets.plant("cookie password", first.password)
        self.secrets.plant("refresh token", first.refresh_token)
        self.secrets.plant("access token", first.access_token)
        # A cookie of plain text is no secret; one that is a session, however damaged, is.
        if recipe["kind"] in ("session", "vector", "foreign", "unsealed"):
            self.secrets.plant("cookie", first.text)

    def rotate_password(self) -> None:
        """Seal the newest session anew under another password, as an application does that changes it."""
        newest, sealing = self.cookies[-1], self.target.sealing
        payload, _ = self._opened(newest.text or "", newest.password)
        self.password = sealing.new_password(self.rng)
        sealed = sealing.seal(payload, self.password, self.rng, {})
        self.secrets.plant("cookie password", self.password)
        self.secrets.plant("cookie", sealed)
        self.cookies.append(replace(newest, text=sealed, password=self.password))

    def age(self, seconds: float) -> None:
        """Date the newest seal back, and what is dated inside: nobody can wait as long as users stay away."""
        newest, sealing = self.cookies[-1], self.target.sealing
        text = newest.text or ""
        payload, _ = self._opened(text, newest.password)
        if (older := recipes.dated_back(payload, seconds)) != payload:
            text = sealing.seal(older, newest.password, self.rng, {})
        aged = sealing.aged(text, newest.password, seconds)
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
            known = len(self.cookies)
            started = monotonic()
            self.endpoint.model.call = len(self.calls)
            self.endpoint.model.meet(step.together)
            answers = self.target.refresh(requests, step.timeout_s + SLACK_S)
            seconds = monotonic() - started
            self.plant_issued()
            for answer, cookie, request in zip(answers, cookies, requests, strict=True):
                self.answers.append(answer)
                self.calls.append(self._seen(number, answer, cookie, request, seconds, step.together))
            if step.aside and step.cookie["kind"] == "another":
                del self.cookies[known:]

    def observation(self) -> Observation:
        # The newest secrets are known only now, so the texts are searched at the end.
        output = self.target.output()
        self._search_output(output)
        for answer in self.answers:
            self._search_answer(answer)
        journal = self.endpoint.model.journal
        for exchange in journal:
            self._search_request(exchange)
        return Observation(
            tuple(self.calls),
            tuple(self._exchange_seen(exchange) for exchange in journal),
            tuple(sorted(self.leaks, key=lambda leak: (leak.where, leak.secret))),
            self._without_any_secret(output),
        )

    # -- the request

    def _cookies(self, step: Call) -> list[Cookie]:
        """The cookie of each of the calls that are made at once."""
        return [self._cookie(recipe) for recipe in step.cookies or (step.cookie,) * step.together]

    def _another(self, recipe: Mapping[str, Any]) -> Cookie:
        sealing, model = self.target.sealing, self.endpoint.model
        cookie = recipes.bake(recipe, sealing, self.password, model, self.rng)
        self.secrets.plant("refresh token", cookie.refresh_token)
        self.secrets.plant("access token", cookie.access_token)
        self.secrets.plant("cookie", cookie.text)
        self.others.append(cookie)
        return cookie

    def _cookie(self, recipe: Mapping[str, Any]) -> Cookie:
        match recipe["kind"]:
            case "another":
                return self._another(recipe)
            case "newest":
                return self.cookies[-1]
            case "earlier":
                age: int = recipe["age"]
                return self.cookies[max(0, len(self.cookies) - 1 - age)]
            case "again":
                number: int = recipe["number"]
                return self.others[number - 1]
            case "first" if "change" in recipe:
                return recipes.altered(self.cookies[0], recipe["change"], self.target.sealing)
        return self.cookies[0]

    def _request(self, step: Call, cookie: Cookie, organization: str | None) -> RefreshRequest:
        password = self.password if step.password == "new" else cookie.password_as(step.password)
        endpoint = (cookie.application or self.endpoint.model.application).info
        self.secrets.plant("cookie password", password)
        self.secrets.plant("API key", endpoint.api_key)
        return RefreshRequest(
            session_data=cookie.text,
            cookie_password=password,
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
                for token in exchange.issued.others:
                    self.secrets.plant("provider's token", token)
            self.secrets.plant(_PENDING, pending_in(exchange.reply.body))

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
            "cookie": printed(cookie.text),
            "cookie_access_token": printed(cookie.access_token),
            "cookie_refresh_token": printed(cookie.refresh_token),
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
            authenticated=scalar(answer.fields.get("authenticated"), self.secrets),
            reason=scalar(answer.fields.get("reason"), self.secrets),
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
            payload, quirk = self._opened(sealed, given.password)
        except OpenError as err:
            return replace(seen, problem=str(err))
        if not isinstance(payload, Mapping):
            return replace(seen, problem=f"it holds no object but a {type(payload).__name__}")
        access_token, refresh_token = (
            text_of(payload.get("access_token")),
            text_of(payload.get("refresh_token")),
        )
        if refresh_token is not None:
            made = Cookie(sealed, given.password, access_token, refresh_token, application=given.application)
            self.cookies.append(made)
        return replace(
            seen,
            quirk=quirk,
            first_block=self._first_block(sealed),
            access_token=printed(access_token),
            refresh_token=printed(refresh_token),
            user=in_short(self._without_secrets(payload.get("user"))),
            impersonator=self._without_secrets(payload.get("impersonator")),
            fields=tuple(sorted(self.secrets.redacted(name) for name in payload)),
        )

    def _opened(self, sealed: str, password: str) -> tuple[Any, str | None]:
        """What is inside, and why others cannot see it: whose own reader can has a session all the same."""
        sealing = self.target.sealing
        try:
            return sealing.open(sealed, password), sealing.quirk(sealed)
        except OpenError as err:
            with suppress(OpenError):
                return sealing.leniently(sealed, password), str(err)
            raise

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
        seen = exchange_seen(exchange, self.secrets)
        organization = exchange.fields.get("organization_id")
        return replace(seen, call=self._call_of(seen.call, seen.sent_refresh_token, organization))

    def _call_of(self, first: int, sent: str | None, organization: Any) -> int:
        """Of the calls that were made at once, the one whose cookie has what was sent; else the first.

        Of several with one cookie, the one that asked for the ``organization`` that was sent.
        """
        together = range(first, first + self.calls[first].together) if self.calls else ()
        own = [i for i in together if self.calls[i].cookie_refresh_token == sent]
        asked = [i for i in own if self.calls[i].organization_id == organization]
        return next(iter(asked or own), first)

    # -- what leaked

    def _search(self, text: str, where: str, *, only: Sequence[str] = (), but: Sequence[str] = ()) -> None:
        for name in self.secrets.found_in(text):
            if (not only or name in only) and name not in but:
                self.leaks.add(Leak(name, where))

    def _search_output(self, output: str) -> None:
        own = self.secrets.found_in(output)
        late = self.late + output
        earlier = {name for secrets in self.earlier for name in secrets.found_in(late)}.difference(own)
        names = (*own, *(f"{name}{OF_AN_EARLIER_CASE}" for name in earlier))
        self.leaks |= {Leak(name, "output") for name in names}

    def _without_any_secret(self, output: str) -> str:
        for secrets in (self.secrets, *self.earlier):
            output = secrets.redacted(output)
        return output

    def _search_answer(self, answer: Answer) -> None:
        if isinstance(answer, Raised):
            self._search(f"{answer.type} {answer.message}", "exception")
            # An application steps up with that token: a field that hands it over is in the text, as all are.
            self._search(answer.text, "exception", but=(_PENDING,))
        elif isinstance(answer, Returned) and isinstance(reason := answer.fields.get("reason"), str):
            self._search(reason, "reason")

    def _search_request(self, exchange: Exchange) -> None:
        request = exchange.request
        self._search(request.target, "URL")
        for name, value in request.headers:
            self._search(value, f"header {name}", only=_NEVER_SENT if name in _CREDENTIAL_HEADERS else ())
        # The body is where the API key and the refresh token belong; nothing else of ours does.
        body = request.body.decode("utf-8", "replace")
        self._search(body, "body", only=_NEVER_SENT)
        if request.origin == "elsewhere":
            everything = " ".join([request.target, body, *(value for _, value in request.headers)])
            self._search(everything, "request to another origin")


def _type_of(fields: Mapping[str, Any], name: str) -> str:
    return type(fields[name]).__name__ if name in fields else "missing"
