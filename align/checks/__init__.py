"""Checks: what speaks against a bead that a translator would look at, each with a name of its own."""

from align.checks.checks import CHECKS, Checker, Languages, checked_names, failed_checks
from align.checks.counts import CheckCounter
from align.checks.whole import TwoWays, UsualLengths, log_ratio

__all__ = [
    "CHECKS",
    "CheckCounter",
    "Checker",
    "Languages",
    "TwoWays",
    "UsualLengths",
    "checked_names",
    "failed_checks",
    "log_ratio",
]
