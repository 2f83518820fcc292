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
Normalize = Literal["accents", "han", "hyphens"]  # see `align.dedup.normalization`
NORMALIZE: tuple[Normalize, ...] = get_args(Normalize)
Spare = Literal["numbers", "names", "dates"]  # kinds of `align.dedup.differences`
SPARE: tuple[Spare, ...] = get_args(Spare)
LEAST_PASSAGE = 15  # tokens; shorter ones are set phrases
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
    # Near-duplicates that differ in nothing but these are listed, and none is removed for the other.
    spare: tuple[Spare, ...] = ()
    # What does not count in the comparison: accents, whether Chinese characters are simplified, line-end hyphens.
    normalize: tuple[Normalize, ...] = ()
    # Of how many near-duplicates, the least similar first, is told what they differ in.
    differences: int = 300
    passages: int = 0  # look for passages of so many tokens that two kept documents have in common; 0: do not
    repeats: bool = True  # look for repeated passages inside documents
    boilerplate: int = 0  # look for lines that recur in at least this many kept documents; 0: do not
    backend: Backend = "kernel"  # what makes the signatures; "datasketch" is the readable, slow reference
    paragraphs: ParagraphMode = "auto"  # how text is split into paragraphs, as in reading

    def __post_init__(self) -> None:
        check_kinds(self)
        if isinstance(self.prefer, str):
            object.__setattr__(self, "prefer", (self.prefer,))
        object.__setattr__(self, "spare", _in_order(self.spare, SPARE, "spare"))
        object.__setattr__(self, "normalize", _in_order(self.normalize, NORMALIZE, "normalize"))
        if self.passages and self.passages < LEAST_PASSAGE:
            raise UsageError(f"passages {self.passages}: give at least {LEAST_PASSAGE} tokens, or 0 for none")
        if self.differences < 0:
            raise UsageError(f"differences {self.differences}: give a number of pairs, or 0 for none")
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


def _in_order(given: str | tuple[str, ...], known: tuple[str, ...], name: str) -> tuple[str, ...]:
    """What was given, each once and in the order of what there is."""
    chosen = (given,) if isinstance(given, str) else tuple(given)
    if unknown := [value for value in chosen if value not in known]:
        raise UsageError(f"{name} {unknown[0]!r}: choose of {', '.join(known)}")
    return tuple(value for value in known if value in chosen)
