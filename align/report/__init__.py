"""A run as pages that open from disk: the batch, every pair of translations, every pair of near-duplicates."""

from align.report.build import Report, ReportOptions, write_report
from align.report.compare import ComparedRuns, write_comparison

__all__ = ["ComparedRuns", "Report", "ReportOptions", "write_comparison", "write_report"]
