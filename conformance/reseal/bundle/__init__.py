"""Bundles: one failure in one file, to run again, to judge again, and to report."""

from __future__ import annotations

from .files import read, write
from .values import Bundle

__all__ = ["Bundle", "read", "write"]
