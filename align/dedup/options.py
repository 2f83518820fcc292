"""What can be asked of deduplication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from align._internal.options import check_kinds
from align.document import PARAGRAPH_MODES, ParagraphMode
from align.errors import UsageError

Keep = Literal["longest", "first", "newest", "prefer"]
KEEP: tuple[Keep, ...] = get_args(Keep)
OnKnownId = Literal["fail", "skip", "update", "rename"]
ON_KNOWN_ID: tuple[OnKnownId, ...] = get_args(OnKnownId)
Backend = Literal["kernel", "datasketch"]
Cut = Literal["repeats", "boilerplate", "none"]  # what is taken out of the texts that stay


@dataclass(frozen=True, slots=True)
class DedupOptions:
    """How near-duplicates, repeated passages and boilerplate are found.

    Raises:
        UsageError: an option is out of its range.
    """

    threshold: float = 0.7  # least Jaccard similarity of a reported pair
    ngram: int = 5  # tokens in a shingle
    slots: int = 128  # numbers in a signature
    keep: Keep = "longest"  # which document of a cluster stays; ties go to the id that sorts first
    prefer: tuple[
        str, ...
    ] = ()  # with keep="prefer": values of the field (or source), best first; then by length
    # A document whose id is taken, in its batch or in the index, by another text. None: where dates or sources decide
    # (keep "newest" and "prefer") they do so in a batch; else what is named by its file is renamed, another id refused.
    on_known_id: OnKnownId | None = None
    containment: float | None = None  # also report documents of which this share is inside a longer one
    repeats: bool = True  # look for repeated passages inside documents
    boilerplate: int = 0  # look for lines that recur in at least this many kept documents; 0: do not
    backend: Backend = "kernel"  # what makes the signatures; "datasketch" is the readable, slow reference
    paragraphs: ParagraphMode = "auto"  # how text is split into paragraphs, as in reading

    def __post_init__(self) -> None:
        check_kinds(self)
        if isinstance(self.prefer, str):
            object.__setattr__(self, "prefer", (self.prefer,))
        if not 0.3 <= self.threshold <= 1:
            raise UsageError(f"threshold {self.threshold:g}: give a Jaccard similarity between 0.3 and 1")
        if self.containment is not None and not 0.3 <= self.containment <= 1:
            raise UsageError(f"containment {self.containment:g}: give a share between 0.3 and 1")
        if self.containment is not None and self.keep != "longest":
            raise UsageError("containment removes the shorter document, so it goes with keep 'longest' only")
        if not 1 <= self.ngram <= 100:
            raise UsageError(f"ngram {self.ngram}: give a number of tokens between 1 and 100")
        if not 16 <= self.slots <= 4096:
            raise UsageError(f"slots {self.slots}: give a number between 16 and 4096")
        if self.keep not in KEEP:
            raise UsageError(f"keep {self.keep!r}: choose one of {', '.join(KEEP)}")
        if self.keep == "prefer" and not self.prefer:
            raise UsageError("keep 'prefer': name the preferred sources, best first")
        if self.on_known_id is not None and self.on_known_id not in ON_KNOWN_ID:
            raise UsageError(f"on_known_id {self.on_known_id!r}: choose one of {', '.join(ON_KNOWN_ID)}")
        if self.backend not in get_args(Backend):
            raise UsageError(f"backend {self.backend!r}: choose kernel or datasketch")
        if self.boilerplate < 0 or self.boilerplate == 1:
            raise UsageError(f"boilerplate {self.boilerplate}: give at least 2 documents, or 0 for none")
        if self.paragraphs not in PARAGRAPH_MODES:
            raise UsageError(f"paragraphs {self.paragraphs!r}: choose one of {', '.join(PARAGRAPH_MODES)}")

    def check_cut(self, cut: Cut) -> None:
        """Raises UsageError for a cut of what is not looked for."""
        if cut not in get_args(Cut):
            raise UsageError(f"cut {cut!r}: choose one of {', '.join(get_args(Cut))}")
        if cut == "boilerplate" and not self.boilerplate:
            raise UsageError(
                "cut 'boilerplate': say with boilerplate in how many documents a line must recur"
            )
        if cut == "repeats" and not self.repeats:
            raise UsageError("cut 'repeats': repeats are not looked for; leave out --no-repeats")
