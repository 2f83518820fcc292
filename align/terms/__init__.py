"""The terms of a corpus: words and short runs of words, with what answers them in the other language."""

from align.terms.files import (
    TERM_COLUMNS,
    TERM_FORMATS,
    Terms,
    by_source,
    term_format,
    term_rows,
    write_terms,
)
from align.terms.find import Finder, Term

__all__ = [
    "TERM_COLUMNS",
    "TERM_FORMATS",
    "Finder",
    "Term",
    "Terms",
    "by_source",
    "term_format",
    "term_rows",
    "write_terms",
]
