"""A run as pages that open from disk: the batch, every pair of translations, every pair of near-duplicates."""

from align.report.build import Report, ReportOptions, write_report

__all__ = ["Report", "ReportOptions", "write_report"]
