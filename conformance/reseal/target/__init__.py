"""Implementations under test, of every kind, behind one protocol."""

from .base import About, Answer, Raised, Returned, Silent, Target
from .open import open_target

__all__ = ["About", "Answer", "Raised", "Returned", "Silent", "Target", "open_target"]
