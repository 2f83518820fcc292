"""Turn a messy batch of articles into a clean parallel corpus that a person can trust."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# fmt: off
_HOMES = {
    "alignment.aligner": ["align_texts", "align_versions"],
    "alignment.bead": ["Bead"],
    "alignment.options": ["AlignOptions"],
    "alignment.result": ["Alignment", "Covered", "WordLink"],
    "corpus.folder": ["CorpusFolder", "open_corpus"],
    "dedup": [
        "Boilerplate", "Cluster", "DedupOptions", "Difference", "Differences", "DuplicatePair", "Duplicates", "Passage",
        "Removal", "Repeat", "find_duplicates", "find_repeats",
    ],
    "document": ["Document", "Paragraph", "Sentence"],
    "encoders": ["Encoder", "get_encoder"],
    "engines": ["spark"],
    "errors": [
        "AlignError", "EncoderError", "EngineError", "IndexFileError", "InputError", "OutputError", "SignatureError",
        "UnknownEncoderError", "UsageError",
    ],
    "jobs.opened": ["Corpus", "open"],
    "jobs.run": ["RunOptions", "RunResult", "run"],
    "pairing": ["DocumentPair", "PairOptions", "Pairs", "find_pairs", "read_given"],
    "reading": ["ReadOptions", "read_batch"],
}
# fmt: on
_HOME = {name: module for module, names in _HOMES.items() for name in names}
# A star brings no `open` along, which would stand before Python's own.
__all__ = sorted(["__version__", *_HOME.keys() - {"open"}])


def __getattr__(name: str) -> Any:  # on first use: importing the package alone loads nothing
    if name not in _HOME:
        raise AttributeError(f"module 'align' has no attribute {name!r}")
    return getattr(import_module(f"align.{_HOME[name]}"), name)
