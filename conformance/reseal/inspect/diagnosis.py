"""From a text to all that can be said about it."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UsageError
from ..redact import fingerprint
from . import detect, passwords, sdks, session, structure
from .opening import Opened, RefusedError, candidates, open_seal
from .unwrap import unwrap
from .values import NOT_SEALS, Content, Finding, FormatName, Inspection, Verdict, note

_SKEW_S = 60.0  # Iron's readers bear with clocks that differ by a minute


def inspect_cookie(
    text: str, *, password: str | None = None, sdk: str | None = None, now_s: float
) -> Inspection:
    """What ``text`` is, and why it does not open or would not refresh.

    ``sdk`` is the one that should open it, a name of `sdks.SDKS`; ``now_s`` are seconds since 1970.
    Raises UsageError for a password that is no Unicode text.
    """
    _check(password)
    mended, wraps = unwrap(text)
    name = detect.recognise(mended)
    if name in NOT_SEALS:
        findings = (*wraps, *_no_seal(name, mended))
        return _inspection(_Facts(text, mended, name, findings), "not-a-seal", None, now_s)
    attempt = _attempt(name, mended, password, sdk)
    facts = _Facts(
        text, mended, attempt.opened.format if attempt.opened else name, (), attempt.opened, attempt.findings
    )
    return _sealed(facts, wraps, password, sdk, now_s)


@dataclass(frozen=True, slots=True)
class _Facts:
    given: str
    mended: str
    format: FormatName
    findings: tuple[Finding, ...]
    opened: Opened | None = None
    refusals: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of a try to open: the content, or why there is none, or both after a mend."""

    opened: Opened | None
    findings: tuple[Finding, ...]


def _check(password: str | None) -> None:
    try:
        (password or "").encode()
    except UnicodeEncodeError:
        raise UsageError(
            "password: it is no text in UTF-8. Pass it as it stands in the application's configuration."
        ) from None


def _attempt(name: FormatName, text: str, password: str | None, sdk: str | None) -> _Attempt:
    damage = structure.damage(name, text)
    # Iron's salts may have another length if it was sealed so: what opens is not damaged.
    if password is None or (damage and name != "iron"):
        return _Attempt(None, damage)
    try:
        return _Attempt(open_seal(name, text, password), ())
    except RefusedError as err:
        if damage:
            return _Attempt(None, damage)
        return _refused(name, text, password, err, sdk)


def _refused(name: FormatName, text: str, password: str, refused: RefusedError, sdk: str | None) -> _Attempt:
    if refused.step == "library":
        advice = "Install it: pip install 'reseal[php]'."
        return _Attempt(None, (Finding("needs-libsodium", f"{refused}.", advice),))
    if refused.step == "content":
        advice = "Whoever sealed it did not seal a session."
        return _Attempt(None, (Finding("not-json", "It opens, but holds no JSON.", advice),))
    if refused.step == "layout":
        advice = "Compare it with what was set."
        return _Attempt(None, (Finding("damaged", f"It is damaged: {refused}.", advice),))
    for other, finding in passwords.meant(password):
        try:
            return _Attempt(open_seal(name, text, other), (finding,))
        except RefusedError:
            continue
    looks = passwords.looks(_likeliest(name, sdk), password)
    certain = any(finding.certain for finding in looks)
    return _Attempt(None, looks if certain else (*looks, *structure.another_password()))


def _likeliest(name: FormatName, sdk: str | None) -> FormatName:
    """Whose password it should be: that of the SDK which should open it, if it may be its format."""
    expected = sdks.SDKS[sdk][1][0] if sdk else None
    return expected if expected in candidates(name) else name


def _sealed(
    facts: _Facts, wraps: tuple[Finding, ...], password: str | None, sdk: str | None, now_s: float
) -> Inspection:
    content: Content | None = None
    obstacles: tuple[Finding, ...] = ()
    if facts.opened is not None:
        content, obstacles = session.content_of(facts.format, facts.opened.value, now_s)
    closed = (
        *_foreign(facts.format, sdk),
        *_foreign_suffix(facts, sdk),
        *wraps,
        *facts.refusals,
        *_expired(facts, now_s),
    )
    verdict = _verdict(closed, content, password)
    remarks = structure.remarks(facts.format, facts.mended, facts.given)
    findings = (*closed, *obstacles, *remarks, *_untold(verdict))
    ordered = tuple(sorted(findings, key=lambda finding: not finding.is_cause))
    return _inspection(
        _Facts(facts.given, facts.mended, facts.format, ordered, facts.opened), verdict, content, now_s
    )


def _verdict(closed: tuple[Finding, ...], content: Content | None, password: str | None) -> Verdict:
    if closed:
        return "does-not-open"
    if content is not None:
        return "would-refresh" if content.would_refresh else "would-not-refresh"
    return "no-password" if password is None else "does-not-open"


def _untold(verdict: Verdict) -> tuple[Finding, ...]:
    if verdict != "no-password":
        return ()
    text = "Nothing is wrong as far as can be told without a password."
    return (note("no-password", text, "Give the password to see whether it opens."),)


def _foreign(name: FormatName, sdk: str | None) -> tuple[Finding, ...]:
    """Whether the SDK that should open it reads another format."""
    if sdk is None:
        return ()
    called, formats = sdks.SDKS[sdk]
    # What could be the SDK's format is not accused before it is opened.
    if name in formats or (name == "opaque" and set(formats) & set(candidates("opaque"))):
        return ()
    seal = f"{sdks.NAMES[name]}, which {sdks.readers(name)}"
    advice = (
        "Users must sign in again when an application changes its SDK, or the old SDK must refresh first."
    )
    return (Finding("foreign-format", f"This is {seal}; {called} expects {sdks.expectation(sdk)}.", advice),)


def _foreign_suffix(facts: _Facts, sdk: str | None) -> tuple[Finding, ...]:
    """Whether the SDK that should open an Iron seal wants another suffix, or none."""
    if facts.format != "iron" or facts.refusals:
        return ()
    suffix = detect.iron_parts(facts.mended).suffix
    if sdk == "kotlin" and suffix is not None:
        text = "The Kotlin SDK does not understand the suffix ~2 that the other SDKs write."
        return (Finding("suffix-foreign", text, "Cut it off before the cookie is opened."),)
    if sdk == "nextjs" and suffix != "2":
        text = "authkit-nextjs looks for another payload in a seal without the suffix ~2."
        return (Finding("suffix-foreign", text, "Add it before the cookie is opened."),)
    return ()


def _expired(facts: _Facts, now_s: float) -> tuple[Finding, ...]:
    expires = _expires_at_s(facts.format, facts.mended)
    if expires is None or expires + _SKEW_S > now_s:
        return ()
    text = "The seal has expired: readers refuse it before they look at anything else."
    return (Finding("seal-expired", text, "The user signs in again. Seal without a ttl to avoid it."),)


def _expires_at_s(name: FormatName, text: str) -> float | None:
    return detect.iron_parts(text).expires_at_s if name == "iron" else None


def _inspection(facts: _Facts, verdict: Verdict, content: Content | None, now_s: float) -> Inspection:
    name, text = facts.format, facts.mended
    iron = detect.iron_parts(text) if name == "iron" else None
    expires = _expires_at_s(name, text)
    life = sdks.life_s(iron) if iron else None
    estimate = expires - life if expires is not None and life is not None else None
    sealed_at = detect.fernet_time_s(text) if name == "fernet" else estimate
    opens = None if verdict in ("no-password", "not-a-seal") else verdict != "does-not-open"
    return Inspection(
        verdict=verdict,
        format=name,
        producer=sdks.producer(name, iron, facts.opened.value if facts.opened else None),
        fingerprint=fingerprint(facts.given),
        characters=len(facts.given),
        size=len(facts.given.encode("utf-8", "replace")),
        now_s=now_s,
        parts=detect.parts_of(name, text),
        sealed_at_s=sealed_at,
        sealed_at_is_estimate=name == "iron",
        expires_at_s=expires,
        opens=opens,
        content=content,
        findings=facts.findings,
    )


def _no_seal(name: FormatName, text: str) -> tuple[Finding, ...]:
    match name:
        case "empty":
            return (
                Finding("empty", "There is no cookie: it is empty.", "Look at the name, Domain and Path."),
            )
        case "jwt":
            return (Finding("is-a-jwt", "It is an access token, not a sealed session.", "Seal the session."),)
        case "json":
            said = "It is plain JSON: it was never sealed, or is already open."
            return (Finding("is-json", said, "Pass the sealed cookie."),)
        case "id":
            said = "It is an id or a key, not a sealed session."
            return (Finding("is-an-id", said, "Pass the cookie, by default the one called wos-session."),)
    if text in ("undefined", "[object Object]", "None", "nil"):
        said = "It is what a missing value becomes as text."
        return (Finding("is-nothing", said, "The code that set it had no value: look there."),)
    said = "It has the format of no SDK."
    return (Finding("unknown", said, "It may be another cookie, a refresh token, or cut at both ends."),)
