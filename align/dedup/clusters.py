"""Stars: each removed document is verified against the one that is kept for it; no chains.

Documents are taken in the order of the keep policy. A document that nobody has claimed is kept, and claims every
unclaimed document it makes a verified pair with. So the result does not depend on the order of the input (but for
the policy "first", which is that order).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from align._internal.arrays import Bools, Floats, Ints
from align._internal.arrow import as_numpy, floats, integers
from align.dedup.batch import Collection
from align.dedup.dates import moments


def ranks(collection: Collection) -> Ints:
    """For each document its place in the order of the keep policy; 0 is the first to be kept."""
    options, count = collection.options, len(collection)
    if options.keep == "first" or not count:
        return np.arange(count)
    keys: dict[str, pa.Array] = {}
    if options.keep in ("newest", "prefer"):
        keys["precedence"] = floats(precedence(collection))
    if options.containment is not None:
        # The longer document by what is compared: a container goes before whatever is contained in it.
        keys["shingles"] = integers(-collection.numbers("counts"))
    # What stands in a document twice counts once, and of two that are as long so the one that holds it once stays.
    keys["length"] = integers(collection.numbers("repeated") - collection.numbers("lengths"))
    keys["again"] = integers(collection.numbers("repeated") > 0)
    return _places(keys | {"id": collection.column("id")})


def in_order(documents: pa.Table) -> Ints:
    """`ranks` of documents in the order of their numbers; by columns of `align.dedup.stages.removals.LINKED`."""
    return _places(
        {
            "precedence": documents["precedence"],
            "length": integers(-as_numpy(documents["lengths"].combine_chunks())),
            "again": documents["again"],
            "id": documents["rank_id"],
        }
    )


def _places(keys: dict[str, pa.Array]) -> Ints:
    """The place of each row in the order of these columns, the least first; of equal ones the one read first."""
    order = np.arange(len(keys["id"]))
    place = np.empty(len(order), np.int64)
    by = [(name, "ascending") for name in (*keys, "order")]
    place[as_numpy(pc.sort_indices(pa.table(keys | {"order": integers(order)}), sort_keys=by))] = order
    return place


def precedence(collection: Collection) -> Floats:
    """What the policies "newest" and "prefer" go by before all else, the least first."""
    if collection.options.keep == "newest":
        return -moments(collection.column("prefer"))[0]  # those without a date come last
    return _preference(collection, collection.options.prefer).astype(float)


def _preference(collection: Collection, prefer: Sequence[str]) -> Ints:
    """The number of the first pattern that the preferred field, or else the source, matches."""
    field = collection.column("prefer")
    values = pc.if_else(pc.is_valid(field), field, collection.column("source")).fill_null("")
    encoded = values.combine_chunks().dictionary_encode()
    places = [
        next(
            (
                n
                for n, pattern in enumerate(prefer)
                if value == pattern or fnmatch.fnmatchcase(value, pattern)
            ),
            len(prefer),
        )
        for value in encoded.dictionary.to_pylist()
    ]
    numbers: Ints = np.array(places, np.int64)[as_numpy(encoded.indices)]
    return numbers


def stars(
    first: Ints,
    second: Ints,
    similarity: Floats,
    directed: Bools,
    rank: Ints,
) -> dict[int, int]:
    """For each removed document the place of the pair with the document that is kept for it.

    A directed pair (its first document is inside the second) can only remove the first, and only where `rank` has the
    second before it. Where several kept documents claim one, the most similar has it, then the one that is first to be
    kept.
    """
    claims: dict[int, list[tuple[int, int]]] = {}  # document: those it may claim, with the place of the pair
    for place, (p, q, one_way) in enumerate(
        zip(first.tolist(), second.tolist(), directed.tolist(), strict=True)
    ):
        winner, loser = (q, p) if rank[q] < rank[p] else (p, q)
        if one_way and winner == p:
            continue  # what is visited first cannot be removed for what comes behind it
        claims.setdefault(winner, []).append((loser, place))
    best: dict[int, tuple[float, int, int]] = {}
    for document in sorted(claims, key=rank.__getitem__):
        if document in best:
            continue
        for other, place in claims[document]:
            claim = (-float(similarity[place]), int(rank[document]), place)
            best[other] = min(best.get(other, claim), claim)
    return {document: best[document][2] for document in sorted(best)}
