"""The last word on pairs that the quick comparison leaves open: their paragraphs are really aligned.

Pages of one manual and reports of one event have their words, numbers and names in common, and are no translations of
each other; an alignment finds nothing in them to trust, where it finds most of a true translation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from align.document import Document
from align.pairing.comparing import Comparison
from align.pairing.decide import probability
from align.pairing.options import PairOptions
from align.pairing.sets import Edge

_SURE = 0.9999  # probability from which the quick comparison is taken at its word
_ANSWERED = 0.1  # share of either text in trusted beads below which a pair is none
_ALSO_KNOWN = frozenset(
    {"id"}
)  # languages that align well though the encoder was not trained for them, as measured


def refute(
    comparison: Comparison,
    batch: Sequence[Document],
    given: set[Edge],
    options: PairOptions,
    progress: Callable[[int, int], None],
) -> None:
    """Aligns what would be accepted without being sure, and tells `comparison` which of it is no translation.

    Pairs with documents of earlier batches, whose texts are not at hand, and pairs of languages that the default
    encoder does not know, stay as they are.
    """
    least = options.min_probability
    doubtful = [
        edge
        for edge in comparison.edges
        if least <= probability(comparison.judge(*edge).logit) < _SURE
        and max(edge) < len(batch)
        and edge not in given
        and all(_known(batch[i].language) for i in edge)
    ]
    for done, (a, b) in enumerate(doubtful, 1):
        if not _answers(batch[a], batch[b]):
            comparison.refute(a, b)
        progress(done, len(doubtful))


def _known(language: str | None) -> bool:
    from align.encoders import get_encoder

    return language in (get_encoder("use").languages or frozenset()) | _ALSO_KNOWN


def _answers(source: Document, target: Document) -> bool:
    from align.alignment.aligner import AlignConfig, align_documents

    covered = align_documents(source, target, config=AlignConfig("paragraph")).coverage
    return max(covered.source, covered.target) >= _ANSWERED
