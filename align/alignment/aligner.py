"""The aligner's front door: texts, documents or ready-made units in, an `Alignment` out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, cast

from align import __version__
from align._internal.options import chosen
from align._internal.parallel import one_blas_thread
from align.alignment.associations import WordAssociations
from align.alignment.bead import Bead
from align.alignment.cuts import cut, with_parts
from align.alignment.doubts import with_doubts
from align.alignment.hierarchy import open_passages, paragraph_prior, whole_paragraphs
from align.alignment.model import Weights, load_model, weights_of
from align.alignment.options import AlignOptions
from align.alignment.prepared import PreparedDocument, PreparedUnits, prepare_text
from align.alignment.reordered import in_place_of_gaps, with_reordered
from align.alignment.result import Alignment, TextUnit
from align.alignment.search import Prior, Solution
from align.alignment.windows import TextPair, settled_weights, solve_long
from align.document import Document, Level, ParagraphMode, Sentence, Unit
from align.encoders import Encoder, as_encoder, encoder_for, for_language
from align.encoders.lexicon import get_lexicon
from align.errors import UsageError
from align.reading.documents import Documents, OneDocument, to_document_or_units, to_documents
from align.text.declared import settle_document, settle_texts
from align.text.languages import parse
from align.text.paragraphs import common_mode

_ANSWERED = 0.5  # share of both sides of a passage that its parts must answer, aligned by themselves


def align_texts(
    source: OneDocument | Iterable[str],
    target: OneDocument | Iterable[str],
    *,
    source_language: str | None = None,
    target_language: str | None = None,
    encoder: str | Encoder | None = None,
    level: Level | None = None,
    max_size: int | None = None,
    options: AlignOptions | None = None,
) -> Alignment:
    """Aligns two texts that are translations of each other.

    A string is split into paragraphs and sentences, a document (in any form of `align.reading.documents`) into
    sentences; a list of strings is taken as ready-made units, which are sentences unless `level` says otherwise.
    Languages that are not given are detected. What is given directly wins over `options`.

    Returns:
        the alignment at `level` ("sentence" by default), with the one of the paragraphs in `.paragraphs`.

    Raises:
        UsageError: no text, ready-made units on one side only, a `max_size` out of range, or no such language.
        EncoderError: no such encoder.
    """
    options = _settled(chosen(options, AlignOptions), level, max_size, encoder)
    source_language, target_language = map(_given, (source_language, target_language))
    mode = common_mode(source, target) if isinstance(source, str) and isinstance(target, str) else "auto"
    left = _side(source, "source", source_language, options, mode)
    return _align_sides(left, _side(target, "target", target_language, options, mode), options)


def _settled(
    options: AlignOptions, level: Level | None, max_size: int | None, encoder: str | Encoder | None
) -> AlignOptions:
    """The options with what was given directly."""
    size = options.max_size if max_size is None else max_size
    return AlignOptions(level or options.level, size, as_encoder(encoder or options.encoder))


def _align_sides(left: _Side, right: _Side, options: AlignOptions) -> Alignment:
    if isinstance(left, PreparedDocument) and isinstance(right, PreparedDocument):
        found = align_documents(left, right, options=options)
    elif isinstance(left, PreparedDocument) or isinstance(right, PreparedDocument):
        raise UsageError("one side is a list of units, the other a text; give both sides in the same form")
    else:
        found = _with_blanks(_align(left.said, right.said, options), left.units, right.units)
    sides = (("source", left.warnings), ("target", right.warnings))
    of_sides = [f"{name}: {warning}" for name, warnings in sides for warning in warnings]
    return replace(found, warnings=(*of_sides, *found.warnings))


def _given(language: str | None) -> str | None:
    return parse(language) if language else None


def _with_blanks(found: Alignment, source: tuple[TextUnit, ...], target: tuple[TextUnit, ...]) -> Alignment:
    """The alignment of all units: blank ones say nothing, are no evidence of anything, and so are gaps."""
    if (found.source, found.target) == (source, target):
        return found
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
        while columns and said.target and not said.reordered and columns[0] < said.target[0]:
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
    options: AlignOptions | None = None,
) -> dict[str, Alignment]:
    """Aligns one text with several versions of it, each under a name of the caller's: a language or an id.

    Every version is aligned with the source by itself, as by `align_texts`; the source has the same positions in all.
    Versions that come as documents (in any form of `align.reading.documents`) go by their ids.

    Raises:
        UsageError, EncoderError: as `align_texts`.
    """
    options = _settled(chosen(options, AlignOptions), level, max_size, encoder)
    if isinstance(targets, Mapping) and not {"id", "text"} <= targets.keys():
        versions = dict(targets)
    else:
        versions = {document.id: document for document in to_documents(targets)}
    left = _side(source, "source", _given(source_language), options)
    return {
        name: _align_sides(left, _side(target, "target", None, options), options)
        for name, target in versions.items()
    }


class _PreparedTexts:
    """One side given as a list of texts: all of them as units, and those that say something, prepared."""

    def __init__(self, texts: Sequence[str], language: str | None, options: AlignOptions) -> None:
        self.units = tuple(TextUnit(text, k) for k, text in enumerate(texts))
        said = [unit for unit in self.units if unit.text.strip()]
        settled, self.warnings = settle_texts([unit.text for unit in said], language)
        self.said = PreparedUnits(said, options, settled)


_Side = PreparedDocument | _PreparedTexts


def _side(
    given: OneDocument | Iterable[str],
    name: str,
    language: str | None,
    options: AlignOptions,
    paragraphs: ParagraphMode = "auto",
) -> _Side:
    text = to_document_or_units(given, name=name, language=language, paragraphs=paragraphs)
    if isinstance(text, Document):
        document, warnings = settle_document(text, language)
        return PreparedDocument(document, options, warnings)
    return _PreparedTexts(text, language, options)


def align_documents(
    source: Document | PreparedDocument,
    target: Document | PreparedDocument,
    *,
    options: AlignOptions | None = None,
    known: WordAssociations | None = None,
) -> Alignment:
    """Aligns the paragraphs of two documents and, unless `options` stop there, the sentences inside them.

    Positions stay those of the documents, whatever was cut from them. Whoever aligns a document several times
    prepares it once (`Preparer`, with the same options). `known` is what other texts tell of the two languages' words.
    """
    options = options or AlignOptions()
    left, right = (
        side if isinstance(side, PreparedDocument) else PreparedDocument(side, options)
        for side in (source, target)
    )
    paragraphs = _align(left.paragraphs, right.paragraphs, options.of_paragraphs, known=known)
    if options.level == "paragraph":
        return paragraphs
    prior = paragraph_prior(paragraphs, left.sentences.units, right.sentences.units)
    sentences = left.sentences, right.sentences
    return _align(*sentences, options, paragraphs=paragraphs, prior=prior, known=known)


def align_units(
    source: Sequence[Unit],
    target: Sequence[Unit],
    *,
    options: AlignOptions | None = None,
    languages: tuple[str | None, str | None] = (None, None),
) -> Alignment:
    """Aligns two lists of units as they are."""
    options = options or AlignOptions()
    left = PreparedUnits(source, options, languages[0])
    return _align(left, PreparedUnits(target, options, languages[1]), options)


def _align(
    source: PreparedUnits[Unit],
    target: PreparedUnits[Unit],
    options: AlignOptions,
    *,
    paragraphs: Alignment | None = None,
    prior: Prior | None = None,
    known: WordAssociations | None = None,
) -> Alignment:
    """Aligns the units of both sides.

    `prior` is what is known of candidates beforehand (log odds), `known` what is known of words.
    """
    size, languages, asked = options.size, (source.language, target.language), as_encoder(options.encoder)
    encoder = encoder_for(asked, *languages)
    weights = weights_of(encoder, languages)
    if source.units and target.units:
        model = load_model(options.level, weights)
        with one_blas_thread():
            texts = TextPair.of(
                source.text(encoder),
                target.text(encoder),
                size,
                get_lexicon(),
                prior,
                by_signs=model.by_signs,
                known=known,
            )
            weights = settled_weights(weights, texts, encoder, languages)
            model = load_model(options.level, weights)
            beads = tuple(_rounded(with_reordered(_beads(solve_long(texts, model)), texts, model)))
    else:
        beads = tuple(Bead((i,), (), 1.0) for i in range(len(source.units)))
        beads += tuple(Bead((), (j,), 1.0) for j in range(len(target.units)))
    rows, columns = source.units, target.units
    if paragraphs is not None:
        sentences = cast("tuple[Sentence, ...]", rows), cast("tuple[Sentence, ...]", columns)
        believed = encoder if weights != "blind" else None
        beads, rows, columns = _with_passages(beads, paragraphs, *sentences, options, languages, believed)
    signature = _signature(options, encoder, weights, languages)
    found = Alignment(options.level, rows, columns, beads, paragraphs, signature)
    return with_doubts(found, asked, encoder, languages)


def _with_passages(
    beads: tuple[Bead, ...],
    paragraphs: Alignment,
    source: tuple[Sentence, ...],
    target: tuple[Sentence, ...],
    options: AlignOptions,
    languages: tuple[str | None, str | None],
    encoder: Encoder | None,
) -> tuple[tuple[Bead, ...], tuple[Sentence, ...], tuple[Sentence, ...]]:
    """The beads with passages in place of gaps that answer each other as a whole, cut as far as the encoder can tell.

    That a run of gaps is such a passage is believed where its parts, aligned by themselves, answer each other.
    """
    whole, parts = whole_paragraphs(beads, paragraphs, source, target), {}
    if encoder is not None:
        for bead in whole:
            parts[bead] = cut(*_sides_of(bead, source, target), encoder, languages)
        for bead in open_passages(beads, paragraphs, source, target):
            found = cut(*_sides_of(bead, source, target), encoder, languages)
            left = tuple(chain.from_iterable(part[0] for part in found))
            right = tuple(chain.from_iterable(part[1] for part in found))
            covered = align_units(left, right, options=options, languages=languages).coverage
            if (sure := min(covered.source, covered.target)) > _ANSWERED:
                whole.append(replace(bead, confidence=sure))
                parts[whole[-1]] = found
    if not whole:
        return beads, source, target
    return with_parts(in_place_of_gaps(list(beads), whole), parts, source, target)


def _sides_of(
    bead: Bead, source: tuple[Sentence, ...], target: tuple[Sentence, ...]
) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    return tuple(source[i] for i in bead.source), tuple(target[j] for j in bead.target)


def text_pair(
    source: Sequence[str],
    target: Sequence[str],
    encoder: str | Encoder,
    max_size: int,
    *,
    languages: tuple[str | None, str | None] = (None, None),
    by_signs: bool = False,
) -> TextPair:
    """Everything the search needs to know about two non-empty lists of units."""
    left, right = (
        prepare_text(side, encoder, max_size, language)
        for side, language in zip((source, target), languages, strict=True)
    )
    with one_blas_thread():
        return TextPair.of(left, right, max_size, get_lexicon(), by_signs=by_signs)


def _beads(found: Solution) -> list[Bead]:
    columns = (found.i, found.j, found.m, found.n, found.confidence)
    return [
        Bead(tuple(range(i, i + m)), tuple(range(j, j + n)), p)
        for i, j, m, n, p in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _rounded(beads: list[Bead]) -> Iterator[Bead]:
    return (replace(bead, confidence=round(bead.confidence, 4)) for bead in beads)


def _signature(
    options: AlignOptions, encoder: Encoder, weights: Weights, languages: tuple[str | None, str | None]
) -> dict[str, Any]:
    signatures = dict.fromkeys(for_language(encoder, code).signature for code in languages)
    return {
        "align": __version__,
        "encoder": " and ".join(signatures),
        "encoder_name": encoder.name,
        "level": options.level,
        "max_size": options.size,
        "weights": {"set": weights, **load_model(options.level, weights).signature},
        "source_language": languages[0],
        "target_language": languages[1],
    }
