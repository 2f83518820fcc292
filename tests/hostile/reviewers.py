"""Many reviewers on one bead, each in a process of its own, and what must be true afterwards."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from align.corpus.folder import CorpusFolder
from align.review.session import Conflict, Review

from .damage import begun_in_child


def crowded(folder: Path, *, reviewers: int, edits: int) -> str:
    """Lets many edit the comment of one bead at the same time; returns what went wrong, "" for nothing."""
    Review(CorpusFolder(folder), reviewer="first").close()  # so that the file is there
    children = [
        begun_in_child(lambda name=f"r{number}": _edit(folder, name, edits))  # type: ignore[misc]
        for number in range(reviewers)
    ]
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    if any(ended):
        return f"reviewers ended with {sorted(set(ended))}"
    review = Review(CorpusFolder(folder), reviewer="last")
    try:
        actions = review.store.actions()
        done = Counter(action.reviewer for action in actions)
        if set(done.values()) != {edits} or len(done) != reviewers:
            return f"edits in the log, by reviewer: {dict(done)}"
        told = [path.read_text().splitlines() for path in folder.glob("told-*")]
        if Counter(line for lines in told for line in lines) != Counter(
            str(action.number) for action in actions
        ):
            return "the log holds other edits than those that were told of"
        last = actions[-1]
        (bead,) = (bead for bead in review.view(0, "sentence").beads if bead.comment)
        if not bead.comment.startswith(f"{last.reviewer} "):
            return f"the bead says {bead.comment!r}, the last edit was that of {last.reviewer}"
    finally:
        review.close()
    return ""


def _edit(folder: Path, name: str, edits: int) -> None:
    """So many edits, each made on what the bead was when it was looked at; again, where somebody was quicker."""
    review = Review(CorpusFolder(folder), reviewer=name)
    id = review.view(0, "sentence").beads[0].id
    with open(folder / f"told-{name}", "w") as told:
        for number in range(edits):
            now = review.view(0, "sentence").beads[0].comment
            while True:
                values = {"comment": [now, f"{name} {number}"]}
                request = {"kind": "set", "id": id, "values": values, "nonce": f"{name}-{number}"}
                outcome = review.act(0, "sentence", request)
                if not isinstance(outcome, Conflict):
                    break
                now = outcome.beads[0].comment
            told.write(f"{outcome.number}\n")
    review.close()
