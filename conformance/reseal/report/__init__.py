"""Reports of a run: for programs (`to_json`), people (`to_text`) and CI (`to_junit`)."""

from .as_json import to_json
from .as_junit import to_junit
from .as_text import to_text

__all__ = ["to_json", "to_junit", "to_text"]
