"""Turn a messy batch of articles into a clean parallel corpus that a person can trust."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "alignment.aligner": ["align_texts", "align_versions"],
    "alignment.result": ["Alignment"],
    "corpus.folder": ["CorpusFolder", "open_corpus"],
    "dedup": ["Duplicates", "find_duplicates", "find_repeats"],
    "document": ["Document"],
    "encoders": ["get_encoder"],
    "errors": ["AlignError"],
    "jobs.run": ["RunOptions", "run"],
    "pairing": ["Pairs", "find_pairs"],
    "reading": ["ReadOptions", "read_batch"],
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted(["__version__", *_HOME])


def __getattr__(name: str) -> Any:  # on first use: importing the package alone loads nothing
    if name not in _HOME:
        raise AttributeError(f"module 'align' has no attribute {name!r}")
    return getattr(import_module(f"align.{_HOME[name]}"), name)
