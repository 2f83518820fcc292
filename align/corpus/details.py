"""Removed near-duplicates of a corpus folder that differ in details alone, as notices of one template do."""

from __future__ import annotations

from align.corpus.folder import DUPLICATES, CorpusFolder


def removed_for_details(folder: CorpusFolder) -> tuple[int, int]:
    """How many removed near-duplicates differ from what is kept in numbers, names or dates alone, and of how many it is
    known what they differ in.
    """
    removed = {
        frozenset((entry.document, entry.related))
        for entry in folder.documents
        if entry.status == "duplicate" and (entry.reason or "").startswith("near")
    }
    told = [
        row["differences"]
        for row in (folder.table(DUPLICATES) if removed else ())
        if row.get("differences") and frozenset((row["id1"], row["id2"])) in removed
    ]
    return sum("other" not in differences for differences in told), len(told)
