"""What speaks against believing an alignment: languages that nobody learned, and texts that do not answer each other."""

from __future__ import annotations

from dataclasses import replace

from align.alignment.result import Alignment
from align.encoders import Encoder, for_language, serves
from align.encoders.auto import AutoEncoder
from align.text.languages import base

Languages = tuple[str | None, str | None]

# Share of both texts in trusted beads below which nothing in them is coherent.
_NO_TRANSLATION = 0.15
MOST_OF_A_GAP = 0.5
"""Highest confidence of a gap where hardly anything is aligned."""


def with_doubts(found: Alignment, asked: Encoder, encoder: Encoder, languages: Languages) -> Alignment:
    """The alignment with its warnings, and with gaps claimed no more than they can be.

    A gap is what is left where nothing answers. That is sound where the rest of the texts is answered; where hardly
    anything is, either the texts are no translations or the encoder saw nothing, and the confidence must not decide
    which. Where one side is empty, its absence is a fact.

    `asked` is the encoder that was asked for, `encoder` the one that was chosen for these languages.
    """
    warnings = [*found.warnings, *_language_warnings(asked, encoder, languages)]
    covered = found.coverage
    if not (found.source and found.target) or max(covered.source, covered.target) >= _NO_TRANSLATION:
        return replace(found, warnings=tuple(warnings))
    beads = (
        replace(bead, confidence=min(bead.confidence, MOST_OF_A_GAP)) if bead.is_gap else bead
        for bead in found.beads
    )
    warnings.append(
        f"hardly anything is aligned with confidence ({covered.source:.0%} of the source, {covered.target:.0%} of the "
        f"target), so gaps are claimed with {MOST_OF_A_GAP:g} at most; these texts may be no translations of each other"
    )
    return replace(found, beads=tuple(beads), warnings=tuple(warnings))


def _language_warnings(asked: Encoder, encoder: Encoder, languages: Languages) -> list[str]:
    """A warning for each language that the encoder is no good at."""
    warnings = []
    for language in dict.fromkeys(map(base, languages)):
        own = for_language(encoder, language)
        if language is None or serves(own, language):
            continue
        if isinstance(asked, AutoEncoder):
            warnings.append(asked.unknown(own, language))
            continue
        known = ", ".join(sorted(own.languages or ()))
        warnings.append(
            f"the encoder '{own.name}' was not trained for '{language}' (it knows {known}); check the "
            "confidences, or use another encoder with --encoder"
        )
    return warnings
