"""From pieces to sums of token states, with the compiled network where it was built, else with its twin in numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from align._internal.arrays import Floats32, Ints, Ints32
from align._internal.parallel import groups, run_parallel
from align.encoders.e5.files import BEGIN, DIMENSION, END, POSITIONS, ModelFile, model_file
from align.encoders.e5.kernel import network
from align.encoders.e5.weights import embedding_norm, read_layers

QUERY = (41, 1294, 12)  # the pieces of "query: ", which the model saw before every text
MARKS = len(QUERY) + 2  # tokens of every text that are not its own
WINDOW = POSITIONS - MARKS  # most pieces the model sees at once

_CHUNK = 1_024  # tokens that go through the network together


class StateSums:
    """The network with its embeddings."""

    def __init__(self) -> None:
        self._file: ModelFile = model_file()
        places = self._file.floats("emb.pos").reshape(POSITIONS, DIMENSION)
        self._places = places + self._file.floats("emb.type")[:DIMENSION]
        self._network = network(embedding_norm(self._file), read_layers(self._file))

    def sums(self, ids: Sequence[Ints32]) -> Floats32:
        """For each text the sum of its tokens' last states, ``(len(ids), 384)``; none is longer than `WINDOW`."""
        out = np.empty((len(ids), DIMENSION), np.float32)
        lengths = np.array([len(pieces) + MARKS for pieces in ids], np.int64)

        def chunk(texts: slice) -> None:
            out[texts] = self._chunk(ids[texts], lengths[texts])

        run_parallel(chunk, groups(lengths, _CHUNK))
        return out

    def _chunk(self, ids: Sequence[Ints32], lengths: Ints) -> Floats32:
        bounds = np.concatenate([[0], np.cumsum(lengths)])
        tokens = np.concatenate([part for pieces in ids for part in ((BEGIN, *QUERY), pieces, (END,))])
        places = np.arange(len(tokens)) - np.repeat(bounds[:-1], lengths)
        embedded = self._file.embeddings(tokens)
        embedded += self._places[places]
        return self._network.sums(embedded, bounds)
