"""The vectors in ``fixtures``: made from seeds, and verified.

``python -m reseal.vectors`` makes them again, byte for byte.  A vector that must be refused is one
named mutation away from a valid parent, and `mutations` recomputes it, which proves that nothing
else differs.
"""

from .make import FILES, contents
from .verify import Problem, verify

__all__ = ["FILES", "Problem", "contents", "verify"]
