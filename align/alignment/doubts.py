"""What speaks against an alignment: languages that the encoder never learned, texts that do not answer each other.

A gap is what is left where nothing answers. That is sound as far as the rest of the texts is answered. Measured on
excerpts of gold (12 and 40 beads) with ``use``, by the coverage of the better covered text; "claimed" is the mean
confidence of the gaps before it is capped here:

============  =====  =======  =====  ===========================
coverage       gaps  claimed  right  of these in known languages
============  =====  =======  =====  ===========================
below .15      1902      .97    .06  none
.15 to .5       492      .74    .11  none
.5 to .8        237      .62    .37  80 gaps, .71 right
.8 and over     793      .94    .94  718 gaps, .96 right
============  =====  =======  =====  ===========================

So in a language that the encoder does not know, a gap is believed no more than the coverage allows (`_believed`). In
known languages no translation had less than half; texts that are none do, and so may a very free one.
"""

from __future__ import annotations

from dataclasses import replace

from align.alignment.result import Alignment
from align.encoders import Encoder, for_language, serves
from align.encoders.auto import AutoEncoder
from align.text.languages import base

Languages = tuple[str | None, str | None]

# Share of both texts in trusted beads below which nothing in them is coherent.
_INCOHERENT = 0.25
_EVEN_ODDS = 0.5
"""Highest confidence where nothing is coherent: of a gap in known languages, since nobody can say which side errs, and
of a pair in any, since one that stands alone is mostly chance."""
_COHERENT_BY_SIGNS = 0.65
"""Share of both texts below which no pair is believed where vectors say nothing: lengths and numbers alone reached .61
at most on 78 pairs of texts in two languages that had nothing to do with each other, .70 to 1 on most translations."""
_ENOUGH_UNITS = 40
"""Units of both texts below which lengths agree by chance: two stories of twelve lines each, of nothing in common, were
covered by .93."""
_NOTHING_FITS = 0.05
"""The share of gaps that are right where nothing at all is covered, in languages that the encoder does not know."""


def with_doubts(found: Alignment, asked: Encoder, encoder: Encoder, languages: Languages) -> Alignment:
    """The alignment with its warnings, and with nothing claimed more than it can be.

    `asked` is the encoder that was asked for, `encoder` the one that was chosen for these languages. Where one side is
    empty, its absence is a fact.
    """
    unknown = _language_warnings(asked, encoder, languages)
    warnings = [*found.warnings, *unknown]
    if not (found.source and found.target):
        return replace(found, warnings=tuple(warnings))
    covered = found.coverage
    share = max(covered.source, covered.target)
    most = _believed(share, known=not unknown)
    if share < _INCOHERENT:
        warnings.append(
            f"hardly anything is aligned with confidence ({covered.source:.0%} of the source, {covered.target:.0%} of "
            f"the target), so no pair is claimed with more than {_EVEN_ODDS:.2f} and no gap with more than {most:.2f}; "
            "these texts may be no translations of each other"
        )
    pair = 1.0 if _is_coherent(found, share) else _EVEN_ODDS
    limits = [most if bead.is_gap else pair for bead in found.beads]
    beads = tuple(
        replace(bead, confidence=limit) if bead.confidence > limit else bead
        for bead, limit in zip(found.beads, limits, strict=True)
    )
    return replace(found, beads=beads, warnings=tuple(warnings))


def _is_coherent(found: Alignment, share: float) -> bool:
    """Whether the texts answer each other as translations do, `share` of the better covered one."""
    if found.weights != "blind":
        return share >= _INCOHERENT
    return share >= _COHERENT_BY_SIGNS and len(found.source) + len(found.target) >= _ENOUGH_UNITS


def _believed(coverage: float, *, known: bool) -> float:
    """Highest confidence of a gap of texts of which this share is answered."""
    if known:
        return _EVEN_ODDS if coverage < _INCOHERENT else 1.0
    return round(_NOTHING_FITS + (1 - _NOTHING_FITS) * coverage**3, 4)


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
