"""reseal: does session refresh in an AuthKit SDK, or in your own code, do what its documentation says?

In code: `Implementation` and `RefreshRequest` describe what is checked.  Everything else is the
command ``reseal`` and the pytest plugin of the same name.
"""

from .errors import HarnessError, ResealError, TargetError, UsageError
from .protocol import EndpointInfo, Implementation, RefreshRequest

__all__ = [
    "EndpointInfo",
    "HarnessError",
    "Implementation",
    "RefreshRequest",
    "ResealError",
    "TargetError",
    "UsageError",
]

__version__ = "0.1.0"
