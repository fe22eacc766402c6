"""What is this cookie, and why does it not open?

`detect` and `structure` look at the text alone, `unwrap` takes off what others put around it,
`opening` tries the password and `passwords` what it may have been meant to be, `session` looks
inside.  `diagnosis` puts it together.
"""

from .diagnosis import inspect_cookie
from .render import to_json, to_text
from .sdks import SDKS
from .values import Content, Finding, Inspection, Part

__all__ = ["SDKS", "Content", "Finding", "Inspection", "Part", "inspect_cookie", "to_json", "to_text"]
