"""The evidence that needs no encoder: lengths in characters, numbers, names, marks, and a bead's place in the text.

`fill_signs` is for the cheap pass; the other functions add columns for the candidates that survive it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from align._internal.arrays import Bools, Floats, Ints
from align.alignment.candidates import Candidates
from align.alignment.features.distances import Pair
from align.alignment.features.evidence import FeatureTable, RichInputs
from align.alignment.signs import KINDS

SIGN_BASIC = (
    "chars", "chars2", "signs.met", "signs.unmet", "marks.same", "marks.differ", "off",
    "gap.here", "gap.chars", "gap.signs", "gap.near",
)  # fmt: skip
_NEAR = 4  # units around a gap in which its unit's signs are looked for


def fill_signs(out: Floats, names: Sequence[str], pair: Pair, c: Candidates) -> None:
    """Fills the columns of `out` whose `names` are in `SIGN_BASIC`."""
    two = (c.m > 0) & (c.n > 0)
    for where, features in ((two, _of_sides), (~two, _of_gaps)):
        found = features(pair, c.take(where))
        for k, name in enumerate(names):
            if name in found:
                out[:, k] = 0
                out[where, k] = found[name]


def _of_sides(pair: Pair, b: Candidates) -> dict[str, Floats | Bools]:
    ratio, z = character_lengths(pair, b, pair.signs.ratio)
    met, unmet = _met(pair, b, "all")
    final_s, final_t = pair.signs.of_units("final")
    last_s, last_t = final_s[b.i + b.m - 1], final_t[b.j + b.n - 1]
    return {
        "chars": ratio,
        "chars2": z,
        "signs.met": met,
        "signs.unmet": unmet,
        "marks.same": (last_s == last_t) & (last_s > 0),
        "marks.differ": last_s != last_t,
        "off": off_diagonal(pair, b),
    }


def _of_gaps(pair: Pair, g: Candidates) -> dict[str, Floats | Bools]:
    weight, near = gap_signs(pair, g)
    return {
        "gap.here": np.ones(len(g)),
        "gap.chars": np.log(_of_gap(g, *pair.signs.of_units("characters"))),
        "gap.signs": weight,
        "gap.near": near,
    }


def character_lengths(pair: Pair, b: Candidates, ratio: float) -> tuple[Floats, Floats]:
    """Log ratio of the two lengths in characters, and how unlikely it is (Gale and Church 1993)."""
    source, target = _lengths(pair, b)
    source, target = source * np.sqrt(ratio), target / np.sqrt(ratio)
    log_ratio = np.abs(np.log((target + 4) / (source + 4)))
    z = (target - source) ** 2 / (6.8 * (target + source) / 2 + 1)
    return log_ratio, np.minimum(z, 25) / 5


def _lengths(pair: Pair, b: Candidates) -> tuple[Floats, Floats]:
    left, right = (np.concatenate([[0.0], np.cumsum(side)]) for side in pair.signs.of_units("characters"))
    return left[b.i + b.m] - left[b.i], right[b.j + b.n] - right[b.j]


def _met(pair: Pair, b: Candidates, kind: str) -> tuple[Floats, Floats]:
    """Signs that the two sides share, and those that one side has and the text of the other, but not this side."""
    left, right, shared = pair.signs.tables[kind].found(b.i, b.m, b.j, b.n)
    met = np.minimum(np.minimum(left, right), shared)
    return np.log1p(met), np.log1p(np.maximum(left - shared, 0) + np.maximum(right - shared, 0))


def off_diagonal(pair: Pair, b: Candidates) -> Floats:
    """How far a bead is from where the other side would be if the text between two anchors were translated evenly."""
    left, right = (np.concatenate([[0.0], np.cumsum(side)]) for side in pair.signs.of_units("characters"))
    i, j = pair.anchors
    middle_s, middle_t = (left[:-1] + left[1:]) / 2, (right[:-1] + right[1:]) / 2
    known_s = np.concatenate([[0.0], middle_s[i], left[-1:]])
    known_t = np.concatenate([[0.0], middle_t[j], right[-1:]])
    expected = np.interp((left[b.i] + left[b.i + b.m]) / 2, known_s, known_t)
    here = (right[b.j] + right[b.j + b.n]) / 2
    away: Floats = np.log1p(np.abs(here - expected) / (right[-1] / max(len(right) - 1, 1)))
    return away


def _of_gap(g: Candidates, source: Floats, target: Floats) -> Floats:
    """A value of the one unit of each gap."""
    u, v = np.minimum(g.i, len(source) - 1), np.minimum(g.j, len(target) - 1)
    return np.where(g.m == 1, source[u], target[v])


def gap_signs(pair: Pair, g: Candidates, kind: str = "all") -> tuple[Floats, Floats]:
    """The weight of the signs of each gap's unit that the other text has, too, and of those that it has nearby."""
    table = pair.signs.tables[kind]
    rows, columns = len(table.source) - 1, len(table.target) - 1
    own = _of_gap(g, np.diff(table.source), np.diff(table.target))
    source, one = g.m == 1, np.ones(len(g), np.int64)
    near = np.zeros(len(g))
    for mine, theirs, of_source in ((g.i, g.j, True), (g.j, g.i, False)):
        at = np.flatnonzero(source == of_source)
        low, high = _around(theirs[at], columns if of_source else rows)
        if of_source:
            near[at] = table.boxes.of(mine[at], one[at], low, high - low)
        else:
            near[at] = table.boxes.of(low, high - low, mine[at], one[at])
    return np.log1p(own), np.log1p(np.minimum(near, own))


def _around(boundary: Ints, units: int) -> tuple[Ints, Ints]:
    return np.maximum(boundary - _NEAR, 0), np.minimum(boundary + _NEAR, units)


def shared_signs(table: FeatureTable, e: RichInputs) -> None:
    """Numbers, names and whole units that both sides have, that only one has, and that a unit next door has."""
    pair, b, two = e.pair, e.b, e.two
    for kind in KINDS:
        met, unmet = _met(pair, b, kind)
        weight, near = gap_signs(pair, e.g, kind)
        table.add(kind + ".met", met, two)
        table.add(kind + ".unmet", unmet, two)
        table.add(f"gap.{kind}", weight, ~two)
        table.add(f"gap.{kind}.near", near, ~two)
    boxes = pair.signs.tables["all"].boxes
    rows, columns = boxes.shared.shape
    one = np.ones(len(b), np.int64)
    leaks = [
        np.where(inside, boxes.of(*(np.where(inside, x, 0) for x in place)), 0.0)
        for inside, place in (
            (b.i > 0, (b.i - 1, one, b.j, b.n)),
            (b.i + b.m < rows, (b.i + b.m, one, b.j, b.n)),
            (b.j > 0, (b.i, b.m, b.j - 1, one)),
            (b.j + b.n < columns, (b.i, b.m, b.j + b.n, one)),
        )
    ]
    table.add("signs.next", np.log1p(sum(leaks)), two)


def marks(table: FeatureTable, e: RichInputs) -> None:
    """Punctuation by its meaning in either language, and list items and headings."""
    b, two, signs = e.b, e.two, e.pair.signs
    final_s, final_t = signs.of_units("final")
    last_s, last_t = final_s[b.i + b.m - 1], final_t[b.j + b.n - 1]
    table.add("marks.same", (last_s == last_t) & (last_s > 0), two)
    table.add("marks.differ", last_s != last_t, two)
    table.add("marks.one", (last_s == 0) != (last_t == 0), two)
    before_s, before_t = final_s[np.maximum(b.i - 1, 0)], final_t[np.maximum(b.j - 1, 0)]
    table.add("marks.before", (b.i > 0) & (b.j > 0) & (before_s != before_t), two)
    left, right = (
        np.concatenate([np.zeros((1, side.shape[1])), np.cumsum(side, axis=0)])
        for side in signs.of_units("marks")
    )
    counts_s, counts_t = left[b.i + b.m] - left[b.i], right[b.j + b.n] - right[b.j]
    apart, both = np.abs(counts_s - counts_t), counts_s + counts_t
    table.add("marks.inside", np.log1p(apart[:, :-1].sum(1)), two)
    table.add("marks.clauses", np.log((counts_s[:, -1] + 1) / (counts_t[:, -1] + 1)) ** 2, two)
    table.add("marks.shared", np.log1p((both - apart)[:, :-1].sum(1)), two)
    form_s, form_t = signs.of_units("form")
    first_s, first_t = form_s[b.i], form_t[b.j]
    table.add("form.same", (first_s == first_t) & (first_s > 0), two)
    table.add("form.differs", first_s != first_t, two)
    table.add("gap.form", _of_gap(e.g, form_s > 0, form_t > 0), ~two)


def lengths(table: FeatureTable, e: RichInputs) -> None:
    """Lengths by the ratio and the spread that the cheap pass found in these texts, and where the bead stands."""
    pair, b, two = e.pair, e.b, e.two
    p = e.posterior[two]
    source, target = _lengths(pair, b)
    ratio = float((p @ target + 10) / (p @ source + 10 / pair.signs.ratio))
    table.add("chars", character_lengths(pair, b, ratio)[0], two)
    table.add("chars2", character_lengths(pair, b, ratio)[1], two)
    square = (target / np.sqrt(ratio) - source * np.sqrt(ratio)) ** 2 / (source + target + 1)
    spread = float((p @ square + 20 * 3.4) / (p.sum() + 20))
    table.add("chars.spread", np.minimum(square / spread, 16) / 4, two)
    table.add("chars.size", np.log1p(np.minimum(source * np.sqrt(ratio), target / np.sqrt(ratio))), two)
    table.add("off", off_diagonal(pair, b), two)
    table.add("gap.here", np.ones(len(e.g)), ~two)
    table.add("gap.chars", np.log(_of_gap(e.g, *pair.signs.of_units("characters"))), ~two)
    level = float((p @ np.minimum(square, 60)) / max(p.sum(), 1e-9))
    table.add("gap.spread", np.log1p(level), ~two)


def slots(table: FeatureTable, e: RichInputs) -> None:
    """Is a unit left opposite just one other by its surroundings, whatever these two units say themselves?

    What fits around a 1-1 bead, its own score left out, against what fits around all other 1-1 beads and gaps of its
    source unit and of its target unit; for a gap, how surely its unit has one such partner.
    """
    c, two = e.c, e.two
    single = (c.m <= 1) & (c.n <= 1)
    one = single & two
    rows, columns = len(e.pair.source), len(e.pair.target)
    share = []
    for unit, has, size in ((c.i, c.m == 1, rows), (c.j, c.n == 1, columns)):
        at = single & has
        top = np.full(size, -np.inf)
        np.maximum.at(top, unit[at], e.outside[at])
        value = np.zeros(len(c))
        value[at] = np.exp(np.maximum(e.outside[at] - top[unit[at]], -700))
        total = np.bincount(unit[at], value[at], size)
        part = np.zeros(len(c))
        part[at] = value[at] / total[unit[at]]
        partner = np.bincount(unit[one], part[one], size)
        share.append((part, partner))
    both = np.minimum(share[0][0], share[1][0])
    table.add("slot", np.where(one, both, 0.0))
    table.add("slot.log", np.where(one, np.log(both + 1e-4), 0.0))
    u, v = np.minimum(c.i, rows - 1), np.minimum(c.j, columns - 1)
    partner = np.where(c.m == 1, share[0][1][u], share[1][1][v])
    table.add("gap.slot", np.where(two, 0.0, partner))
