"""What an upgrade changes: requirements, behaviour, and whether cookies survive it.

Two sides, each a run or a saved report, are compared by pure functions; only `continuity` calls an
implementation, because what one release sealed must be opened by the other.
"""

from .continuity import Cell, judge_continuity
from .sides import Side, of_report
from .values import Change, Diff, Group, compared

__all__ = ["Cell", "Change", "Diff", "Group", "Side", "compared", "judge_continuity", "of_report"]
