"""What a project needs to be checked: ``reseal init`` looks at it, and writes what is missing."""

from .files import Written, write_missing
from .project import LANGUAGES, Language, Project, look_at

__all__ = ["LANGUAGES", "Language", "Project", "Written", "look_at", "write_missing"]
