"""Which words of a bead answer which: the word evidence behind its coverage, for a person to read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from align.alignment.bead import Bead
from align.alignment.result import WordLink
from align.document import Unit
from align.encoders.lexicon import Lexicon, get_lexicon

_ANSWERED = 0.35  # cosine below which a word counts as unanswered
_MOST = 400  # words of one side that are looked at


class _Words:
    """The words of one side with the mean vectors of their pieces."""

    def __init__(self, units: Sequence[Unit], chosen: Sequence[int], lexicon: Lexicon) -> None:
        self.places: list[tuple[int, int, int]] = []
        self.words: list[str] = []
        vectors = []
        for unit in chosen:
            text = units[unit].text
            tokens = lexicon.tokenise(text[:20_000])
            says = lexicon.is_word(tokens.ids)
            rows = lexicon.rows(tokens.ids)
            for number in np.unique(tokens.words[says])[: _MOST - len(self.words)]:
                own = np.flatnonzero((tokens.words == number) & says)
                start, end = int(tokens.starts[own[0]]), int(tokens.ends[own[-1]])
                word = text[start:end]
                start += len(word) - len(word.lstrip())
                self.places.append((unit, start, end))
                self.words.append(text[start:end])
                vectors.append(rows[own].mean(0))
        stacked = np.array(vectors, np.float32).reshape(len(vectors), lexicon.dimension)
        norm = np.linalg.norm(stacked, axis=1, keepdims=True)
        self.vectors = stacked / np.maximum(norm, 1e-9)


def word_links(source: Sequence[Unit], target: Sequence[Unit], bead: Bead) -> tuple[WordLink, ...]:
    """For each word of the source side its best answer on the target side and the other way round, best first."""
    lexicon = get_lexicon()
    left, right = _Words(source, bead.source, lexicon), _Words(target, bead.target, lexicon)
    if not left.words or not right.words:
        return ()
    cosine = left.vectors @ right.vectors.T
    for k, word in enumerate(left.words):
        for j, other in enumerate(right.words):
            if word.casefold() == other.casefold():
                cosine[k, j] = 1.0
    pairs = {(k, int(cosine[k].argmax())) for k in range(len(left.words))}
    pairs |= {(int(cosine[:, j].argmax()), j) for j in range(len(right.words))}
    links = [
        WordLink(
            left.places[k], right.places[j], left.words[k], right.words[j], round(float(cosine[k, j]), 3)
        )
        for k, j in sorted(pairs)
        if cosine[k, j] >= _ANSWERED
    ]
    return tuple(sorted(links, key=lambda link: -link.similarity))
