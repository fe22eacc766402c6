"""The endpoint for tests of one's own: applications, sessions, scripted answers and a journal.

The pytest fixture ``authkit`` and the command ``reseal serve`` are two doors to what is here.
"""

from ..formats import OpenError
from .application import Authkit
from .host import Host, open_host
from .journal import Entry, Journal
from .script import Script
from .session import Session

__all__ = ["Authkit", "Entry", "Host", "Journal", "OpenError", "Script", "Session", "open_host"]
