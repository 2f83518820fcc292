"""The aligner's front door: texts, documents or ready-made units in, an `Alignment` out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from align import __version__
from align.alignment.bead import Bead
from align.alignment.features.units import MAX_CHARACTERS, Text
from align.alignment.hierarchy import paragraph_prior
from align.alignment.model import Level, load_model
from align.alignment.reordered import with_moved
from align.alignment.result import Alignment, TextUnit
from align.alignment.search import Prior, Solution
from align.alignment.windows import Job, solve_long
from align.document import Document, Sentence, Unit
from align.encoders import Encoder, as_encoder, for_language, overlaps
from align.encoders.lexicon import get_lexicon
from align.errors import UsageError
from align.reading.documents import Documents, OneDocument, to_document_or_units, to_documents

_NO_TRANSLATION = 0.15  # share of both texts in trusted beads below which they are told to be no translations


@dataclass(frozen=True, slots=True)
class AlignConfig:
    """How to align.

    Attributes:
        level: "sentence" aligns paragraphs first and sentences inside them; "paragraph" stops there.
        max_size: most units on one side of a bead; None for what was best for the level.
        encoder: the encoder, or its name.
    """

    level: Level = "sentence"
    max_size: int | None = None
    encoder: str | Encoder = "use"


def align_texts(
    source: OneDocument | Iterable[str],
    target: OneDocument | Iterable[str],
    *,
    source_language: str | None = None,
    target_language: str | None = None,
    encoder: str | Encoder | None = None,
    level: Level | None = None,
    max_size: int | None = None,
    options: AlignConfig | None = None,
) -> Alignment:
    """Aligns two texts that are translations of each other.

    A string is split into paragraphs and sentences, a document (in any form of `align.reading.documents`) into
    sentences; a list of strings is taken as ready-made units, which are sentences unless `level` says otherwise.
    Languages that are not given are detected. What is given directly wins over `options`.

    Returns:
        the alignment at `level` ("sentence" by default), with the one of the paragraphs in `.paragraphs`.

    Raises:
        UsageError: no text, ready-made units on one side only, or a `max_size` out of range.
        EncoderError: no such encoder.
    """
    config = _settled(options or AlignConfig(), level, max_size, encoder)
    left = _document(source, "source", source_language)
    right = _document(target, "target", target_language)
    if isinstance(left, Document) and isinstance(right, Document):
        return align_documents(left, right, config=config)
    if isinstance(left, Document) or isinstance(right, Document):
        raise UsageError("one side is a list of units, the other a text; give both sides in the same form")
    units = [tuple(TextUnit(text, k) for k, text in enumerate(side)) for side in (left, right)]
    said = [tuple(unit for unit in side if unit.text.strip()) for side in units]
    found = align_units(*said, config=config, languages=(source_language, target_language))
    return found if said == units else _with_blanks(found, *units)


def _settled(
    options: AlignConfig, level: Level | None, max_size: int | None, encoder: str | Encoder | None
) -> AlignConfig:
    """The options with what was given directly."""
    size = options.max_size if max_size is None else max_size
    return AlignConfig(level or options.level, size, as_encoder(encoder or options.encoder))


def _with_blanks(found: Alignment, source: tuple[TextUnit, ...], target: tuple[TextUnit, ...]) -> Alignment:
    """The alignment of all units: blank ones say nothing, are no evidence of anything, and so are gaps."""
    left, right = ([unit.index for unit in side if unit.text.strip()] for side in (source, target))
    rows = deque(unit.index for unit in source if not unit.text.strip())
    columns = deque(unit.index for unit in target if not unit.text.strip())
    beads: list[Bead] = []
    for bead in found.beads:
        said = replace(
            bead, source=tuple(left[i] for i in bead.source), target=tuple(right[j] for j in bead.target)
        )
        while rows and said.source and rows[0] < said.source[0]:
            beads.append(Bead((rows.popleft(),), (), 1.0))
        while columns and said.target and not said.moved and columns[0] < said.target[0]:
            beads.append(Bead((), (columns.popleft(),), 1.0))
        beads.append(said)
    beads += [Bead((i,), (), 1.0) for i in rows] + [Bead((), (j,), 1.0) for j in columns]
    return replace(found, source=source, target=target, beads=tuple(beads))


def align_versions(
    source: OneDocument | Iterable[str],
    targets: Mapping[str, OneDocument | Iterable[str]] | Documents,
    *,
    source_language: str | None = None,
    encoder: str | Encoder | None = None,
    level: Level | None = None,
    max_size: int | None = None,
    options: AlignConfig | None = None,
) -> dict[str, Alignment]:
    """Aligns one text with several versions of it, each under a name of the caller's: a language or an id.

    Every version is aligned with the source by itself, as by `align_texts`; the source has the same positions in all.
    Versions that come as documents (in any form of `align.reading.documents`) go by their ids.

    Raises:
        UsageError, EncoderError: as `align_texts`.
    """
    config = _settled(options or AlignConfig(), level, max_size, encoder)
    if isinstance(targets, Mapping) and not {"id", "text"} <= targets.keys():
        versions = dict(targets)
    else:
        versions = {document.id: document for document in to_documents(targets)}
    return {
        name: align_texts(source, target, source_language=source_language, options=config)
        for name, target in versions.items()
    }


def _document(text: OneDocument | Iterable[str], name: str, language: str | None) -> Document | Sequence[str]:
    found = to_document_or_units(text, name=name, language=language)
    if isinstance(found, Document):
        from align.text.detection import detect_document

        return detect_document(found, language)
    return found


def align_documents(source: Document, target: Document, *, config: AlignConfig = AlignConfig()) -> Alignment:
    """Aligns the paragraphs of two documents and, unless `config` stops there, the sentences inside them.

    Positions stay those of the documents, whatever was cut from them.
    """
    languages = (source.language, target.language)
    own = config if config.level == "paragraph" else AlignConfig("paragraph", None, config.encoder)
    paragraphs = align_units(source.paragraphs, target.paragraphs, config=own, languages=languages)
    if config.level == "paragraph":
        return paragraphs
    left, right = _sentences(source), _sentences(target)
    prior = paragraph_prior(paragraphs, left, right)
    return align_units(left, right, config=config, languages=languages, paragraphs=paragraphs, prior=prior)


def _sentences(document: Document) -> tuple[Sentence, ...]:
    from align.text.sentences import segment

    return tuple(
        chain.from_iterable(segment(p, p.language or document.language) for p in document.paragraphs)
    )


def align_units(
    source: Sequence[Unit],
    target: Sequence[Unit],
    *,
    config: AlignConfig = AlignConfig(),
    languages: tuple[str | None, str | None] = (None, None),
    paragraphs: Alignment | None = None,
    prior: Prior | None = None,
) -> Alignment:
    """Aligns two lists of units as they are; `prior` is what is known of candidates beforehand (log odds)."""
    model = load_model(config.level)
    size = model.max_size if config.max_size is None else config.max_size
    if not 1 <= size <= 9:
        raise UsageError(f"max_size is {size}; beads have 1 to 9 units on a side")
    signature = _signature(config, size, languages)
    if source and target:
        sides = [u.text for u in source], [u.text for u in target]
        job = make_job(*sides, config.encoder, size, prior, languages=languages)
        beads = tuple(_rounded(with_moved(_beads(solve_long(job, model)), job, model)))
    else:
        beads = tuple(Bead((i,), (), 1.0) for i in range(len(source)))
        beads += tuple(Bead((), (j,), 1.0) for j in range(len(target)))
    found = Alignment(config.level, tuple(source), tuple(target), beads, paragraphs, signature)
    return replace(found, warnings=(*_language_warnings(config, languages), *_coverage_warnings(found)))


def make_job(
    source: Sequence[str],
    target: Sequence[str],
    encoder: str | Encoder,
    max_size: int,
    prior: Prior | None = None,
    *,
    languages: tuple[str | None, str | None] = (None, None),
) -> Job:
    """Everything the search needs to know about two non-empty lists of units."""
    sides = [[text[:MAX_CHARACTERS] for text in side] for side in (source, target)]
    lexicon = get_lexicon()
    found = overlaps(as_encoder(encoder), sides, max_size, languages=languages)
    left, right = (Text(side, vectors, lexicon.ids(side)) for side, vectors in zip(sides, found, strict=True))
    return Job.of(left, right, max_size, lexicon, prior)


def _beads(found: Solution) -> list[Bead]:
    columns = (found.i, found.j, found.m, found.n, found.confidence)
    return [
        Bead(tuple(range(i, i + m)), tuple(range(j, j + n)), p)
        for i, j, m, n, p in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _rounded(beads: list[Bead]) -> Iterator[Bead]:
    return (replace(bead, confidence=round(bead.confidence, 4)) for bead in beads)


def _signature(config: AlignConfig, size: int, languages: tuple[str | None, str | None]) -> dict[str, Any]:
    encoder = as_encoder(config.encoder)
    return {
        "align": __version__,
        "encoder": " and ".join(dict.fromkeys(for_language(encoder, code).signature for code in languages)),
        "level": config.level,
        "max_size": size,
        "weights": load_model(config.level).signature,
        "source_language": languages[0],
        "target_language": languages[1],
    }


def _coverage_warnings(alignment: Alignment) -> tuple[str, ...]:
    """Texts that are no translations of each other are told as such; a part of a longer text may be one."""
    covered = alignment.coverage
    if max(covered.source, covered.target) >= _NO_TRANSLATION:
        return ()
    return (
        f"hardly anything is aligned with confidence ({covered.source:.0%} of the source, {covered.target:.0%} of the "
        "target); these texts may be no translations of each other",
    )


def _language_warnings(config: AlignConfig, languages: tuple[str | None, str | None]) -> tuple[str, ...]:
    warnings = []
    for language in dict.fromkeys(languages):
        encoder = for_language(as_encoder(config.encoder), language)
        if language and encoder.languages is not None and language not in encoder.languages:
            known = ", ".join(sorted(encoder.languages))
            warnings.append(
                f"the encoder '{encoder.name}' was not trained for '{language}' (it knows {known}); check the "
                "confidences, or use another encoder with --encoder"
            )
    return tuple(warnings)
