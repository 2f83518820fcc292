"""What is known of a document by itself (sentences, subwords, sums of the encoder): made once for all its pairs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import Generic, TypeVar

from align.alignment.features.units import MAX_UNIT_CHARACTERS, Text
from align.alignment.options import AlignOptions
from align.document import Document, Paragraph, Sentence, Unit
from align.encoders import Encoder, as_encoder, overlaps
from align.encoders.lexicon import get_lexicon

_ROOM = 16_000  # units of the documents that are kept for their next pair, 8 KB each with the default encoder

_Unit = TypeVar("_Unit", bound=Unit, covariant=True)


class PreparedUnits(Generic[_Unit]):
    """The units of one side of an alignment.

    Attributes:
        units: as they were given.
        language: ISO 639-1, None where it is not known.
    """

    def __init__(self, units: Sequence[_Unit], options: AlignOptions, language: str | None) -> None:
        self.units, self.language = tuple(units), language
        self._options = options
        self._texts: dict[str, Text] = {}

    def text(self, encoder: Encoder) -> Text:
        """Their subwords and vectors; made when first asked for, of units of which there are some.

        Pairs of other languages may have another encoder: what each of them makes of the units is kept.
        """
        found = self._texts.get(encoder.name)
        if found is None:
            texts = [unit.text for unit in self.units]
            found = prepare_text(texts, encoder, self._options.size, self.language)
            self._texts[encoder.name] = found
        return found

    @property
    def held(self) -> int:
        """How many units are held, each as often as there are encoders that made something of it."""
        return len(self.units) * max(1, len(self._texts))


def prepare_text(texts: Sequence[str], encoder: str | Encoder, max_size: int, language: str | None) -> Text:
    """All that is known of a non-empty list of texts; runs of them have up to `max_size`."""
    known = [text[:MAX_UNIT_CHARACTERS] for text in texts]
    (vectors,) = overlaps(as_encoder(encoder), [known], max_size, languages=[language])
    return Text(known, vectors, get_lexicon().ids(known))


class PreparedDocument:
    """A document; its paragraphs and sentences are prepared when they are first asked for.

    Attributes:
        warnings: what is to be known of it by itself.
    """

    def __init__(self, document: Document, options: AlignOptions, warnings: tuple[str, ...] = ()) -> None:
        self.document, self.options, self.warnings = document, options, warnings

    @property
    def id(self) -> str:
        return self.document.id

    @cached_property
    def paragraphs(self) -> PreparedUnits[Paragraph]:
        """The paragraphs, by what is best for paragraphs unless they are what is to be aligned."""
        return PreparedUnits(self.document.paragraphs, self.options.of_paragraphs, self.document.language)

    @cached_property
    def sentences(self) -> PreparedUnits[Sentence]:
        """The sentences of all paragraphs."""
        from align.text.sentences import segment

        language = self.document.language
        parts = (segment(p, p.language or language) for p in self.document.paragraphs)
        return PreparedUnits(tuple(chain.from_iterable(parts)), self.options, language)

    @property
    def units(self) -> int:
        """How many paragraphs and sentences are held."""
        paragraphs, sentences = (self.__dict__.get(name) for name in ("paragraphs", "sentences"))
        held: int = paragraphs.held if paragraphs else len(self.document.paragraphs)
        return held + (sentences.held if sentences else 0)


class Preparer:
    """Prepares documents and keeps the latest for their next pair, as far as there is room.

    Args:
        options: how they will be aligned.
        room: units (paragraphs and sentences) of the documents that are kept.
    """

    def __init__(self, options: AlignOptions, room: int = _ROOM) -> None:
        self.options, self.room = options, room
        self._kept: OrderedDict[Document, PreparedDocument] = OrderedDict()

    def __call__(self, document: Document) -> PreparedDocument:
        """The document prepared: the one made for an earlier pair, if that is still there."""
        found = self._kept.pop(document, None) or PreparedDocument(document, self.options)
        while self._kept and found.units + sum(kept.units for kept in self._kept.values()) > self.room:
            self._kept.popitem(last=False)
        self._kept[document] = found
        return found
