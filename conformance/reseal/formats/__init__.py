"""The harness's own codecs for sealed cookies.

Deliberately not those of the reference: a seal that the reference makes is opened by code that is
not its own, as every other implementation's is.  They can also make what no implementation should:
seals that have expired, hold no object, or carry another password id.

A format speaks of payloads with the field names of the wire (``access_token``); how these are
spelled inside a seal is its business.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import HarnessError, TargetError
from ..protocol import SealName
from .fernet import FernetFormat
from .iron import IronFormat
from .naming import OpenError

__all__ = ["Format", "OpenError", "OwnFormat", "format_of"]


class Format(Protocol):
    """A format of sealed cookies."""

    @property
    def name(self) -> SealName: ...

    def new_password(self, rng: random.Random) -> str:
        """A password that may be used with this format."""

    def seal(self, payload: Any, password: str, rng: random.Random, options: Mapping[str, Any]) -> str:
        """Seal any JSON value.  ``options`` are those of a case's recipe for this format."""

    def open(self, token: str, password: str) -> Any:
        """The payload of ``token``.  Raises OpenError, saying what is wrong with it."""

    def leniently(self, token: str, password: str) -> Any:
        """The payload to a reader that overlooks how ``token`` is written, as its own maker may be.

        Raises OpenError where that does not help.
        """

    def quirk(self, token: str) -> str | None:
        """Why a token that opens here does not open everywhere; None where it does."""

    def is_same(self, token: str, original: str) -> bool:
        """Whether a lenient reader takes ``token`` for ``original``, in another spelling."""

    def span(self, token: str, part: str) -> tuple[int, int]:
        """Where the named part begins and ends.  Raises KeyError where there is no such part."""

    def form(self, token: str, now_s: float) -> dict[str, str]:
        """What can be told of ``token`` without its password, in words that are the same in every run."""

    def resigned(self, token: str, password: str) -> str:
        """``token``, changed before its MAC, with a MAC that holds for the change."""

    def aged(self, token: str, password: str, seconds: float) -> str:
        """``token`` as it would be had it been sealed ``seconds`` earlier.

        Raises OpenError where it has no form of this format, or nobody can know.
        """


@dataclass(frozen=True, slots=True)
class OwnFormat:
    """The format of an implementation that brings its own: sealed and opened by itself."""

    seal_data: Callable[[Any, str], str]
    unseal_data: Callable[[str, str], Any]
    name: SealName = "own"

    def new_password(self, rng: random.Random) -> str:
        return IronFormat().new_password(rng)

    def seal(self, payload: Any, password: str, rng: random.Random, options: Mapping[str, Any]) -> str:  # noqa: ARG002
        try:
            token = self.seal_data(payload, password)
        except TargetError:
            raise
        except Exception as err:
            raise TargetError(f"the target's seal_data raised {type(err).__name__}: {err}") from err
        if not isinstance(token, str):
            raise TargetError(f"the target's seal_data must return a text, got a {type(token).__name__}.")
        return token

    def open(self, token: str, password: str) -> Any:
        try:
            # Through JSON, because what is not JSON has no place in an observation.
            return json.loads(json.dumps(self.unseal_data(token, password)))
        except (OpenError, TargetError):
            raise
        except Exception as err:
            raise OpenError("its own unseal_data does not open it") from err

    def leniently(self, token: str, password: str) -> Any:
        return self.open(token, password)

    def quirk(self, token: str) -> str | None:  # noqa: ARG002 - nobody else opens it
        return None

    def is_same(self, token: str, original: str) -> bool:
        return token == original

    def span(self, token: str, part: str) -> tuple[int, int]:
        if part != "whole":
            raise KeyError(part)
        return 0, len(token)

    def form(self, token: str, now_s: float) -> dict[str, str]:  # noqa: ARG002 - only it can tell
        return {"format": "own"}

    def resigned(self, token: str, password: str) -> str:  # noqa: ARG002
        raise HarnessError("only the target knows what authenticates a seal of its own format")

    def aged(self, token: str, password: str, seconds: float) -> str:  # noqa: ARG002
        raise OpenError("only the target can date a seal of its own format")


def format_of(
    name: SealName,
    seal_data: Callable[[Any, str], str] | None = None,
    unseal_data: Callable[[str, str], Any] | None = None,
) -> Format:
    """The format called ``name``.  Raises TargetError where ``own`` comes without its two functions."""
    if name == "own":
        if seal_data is None or unseal_data is None:
            raise TargetError(
                "the target says seal = 'own' but has no seal and unseal. "
                "Give the Implementation seal_data and unseal_data, or let the adapter answer both."
            )
        return OwnFormat(seal_data, unseal_data)
    return FernetFormat() if name == "fernet" else IronFormat()
