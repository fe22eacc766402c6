"""The applications that an endpoint serves: each has a client id, an API key and signing keys of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from ..protocol import EndpointInfo
from . import sessions, signing
from .signing import SigningKey


@dataclass(slots=True, eq=False)
class Application:
    """One application.

    Attributes:
        keys: The first signs, and is the one in the key set.
    """

    info: EndpointInfo
    keys: list[SigningKey]

    @classmethod
    def first(cls, info: EndpointInfo) -> Application:
        return cls(info, list(signing.signing_keys()[:-1]))

    def neighbour(self, rng: random.Random) -> Application:
        """Another application at the same address, as of another customer or another stage."""
        info = EndpointInfo(self.info.base_url, sessions.new_id("client", rng), new_api_key(rng))
        return Application(info, [*self.keys[1:], self.keys[0]])

    @property
    def signing_key(self) -> SigningKey:
        return self.keys[0]

    def rotate_keys(self) -> None:
        """Sign with the next key from now on; the old one leaves the key set."""
        self.keys.append(self.keys.pop(0))

    def rotate_api_key(self, rng: random.Random) -> None:
        """Take another API key from now on, and the old one no more."""
        self.info = replace(self.info, api_key=new_api_key(rng))


def new_api_key(rng: random.Random) -> str:
    return f"sk_test_{sessions.new_token(rng)}"
