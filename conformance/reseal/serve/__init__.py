"""The endpoint on its own, for tests in any language: ``reseal serve``.

What it does is `reseal.authkit`'s; here are the HTTP API that scripts it, the log, and the process.
"""

from .control import Control
from .server import Settings, serve

__all__ = ["Control", "Settings", "serve"]
