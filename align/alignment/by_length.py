"""Where a path probably runs by lengths alone (Gale and Church 1993): a guide where two long texts share no anchors.

The best path of beads up to 2-2 in a band around the diagonal, row by row. It need not be right bead by bead: the
corridor around it is searched with all the evidence.
"""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Floats, Ints

_MOVES = (
    (1, 0, 4.6),
    (1, 1, 0.1),
    (1, 2, 2.4),
    (2, 1, 2.4),
    (2, 2, 4.5),
)  # units of both sides, and the cost
_SKIP = 4.6  # cost of a target unit without an answer
_VARIANCE = 6.8  # of the length of a translation, for each character (Gale and Church's figure)
_WORST = 12.0  # cost of a mismatch of lengths, at most
_LEAST, _MOST, _SHARE = 60, 400, 0.08  # half width of the band: units, and share of the target


def length_path(source: Floats, target: Floats) -> Ints:
    """For each boundary between source units the target boundary that the best path passes, ``(len(source) + 1,)``.

    `source` and `target` are the units' lengths in characters.
    """
    rows, columns = len(source), len(target)
    forth, back = (np.concatenate([[0.0], np.cumsum(side)]) for side in (source, target))
    back *= forth[-1] / max(back[-1], 1.0)
    half = int(min(max(_LEAST, _SHARE * columns), _MOST, columns))
    width = min(2 * half, columns) + 1
    middle = np.searchsorted(back, forth)
    low = np.clip(middle - half, 0, columns + 1 - width)
    low[0], low[-1] = 0, columns + 1 - width
    came = np.zeros((rows + 1, width), np.int8)
    before = [np.full(width, np.inf), np.full(width, np.inf)]  # the rows i - 2 and i - 1
    skips: Floats = _SKIP * np.arange(width, dtype=float)
    before[1][0] = 0.0
    before[1] = _with_skips(before[1], skips, came[0])
    for i in range(1, rows + 1):
        row = np.full(width, np.inf)
        for number, (m, n, cost) in enumerate(_MOVES, 1):
            if m <= i:
                value = _shifted(before[2 - m], int(low[i] - low[i - m]) - n) + cost
                value += _mismatch(forth[i] - forth[i - m], back, int(low[i]), n, width)
                better = value < row
                row[better], came[i][better] = value[better], number
        before = [before[1], _with_skips(row, skips, came[i])]
    return _traced(came, low, columns)


def _shifted(row: Floats, by: int) -> Floats:
    """Values of an earlier row, `by` places further on."""
    out = np.full(len(row), np.inf)
    first, last = max(by, 0), min(len(row) + by, len(row))
    if first < last:
        out[first - by : last - by] = row[first:last]
    return out


def _mismatch(length: float, back: Floats, low: int, n: int, width: int) -> Floats | float:
    """Cost of the last `n` target units before each boundary as the answer to so many characters."""
    if not n:
        return 0.0
    ends = np.arange(low, low + width)
    other = back[ends] - back[np.maximum(ends - n, 0)]
    cost: Floats = np.minimum((other - length) ** 2 / (_VARIANCE * (other + length) + 1), _WORST)
    return cost


def _with_skips(row: Floats, skips: Floats, came: np.ndarray[tuple[int], np.dtype[np.int8]]) -> Floats:
    """The row with target units left out, too: a running minimum, as every one of them costs the same."""
    best: Floats = np.minimum.accumulate(row - skips) + skips
    came[best < row - 1e-9] = -1
    return np.minimum(best, row)


def _traced(came: np.ndarray[tuple[int, int], np.dtype[np.int8]], low: Ints, columns: int) -> Ints:
    path = np.zeros(len(low), np.int64)
    i, j = len(low) - 1, columns
    path[i] = j
    while i > 0:
        number = int(came[i, j - low[i]])
        if number == -1:
            j -= 1
            continue
        m, n, _ = _MOVES[number - 1]
        path[i - m + 1 : i] = j - n + 1  # inside a bead of two source units
        i, j = i - m, j - n
        path[i] = j
    return path
