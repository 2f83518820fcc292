"""documents.tsv as an interrupted job finds it again, whoever had it open in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.corpus.status import Entries, Entry, read_documents, write_documents
from align.errors import OutputError

READ = [
    Entry("b", "b.txt"),
    Entry("a", "a.txt"),
    Entry("a", "x/a.txt", status="failed", reason="its id is taken"),
]


def entries() -> Entries:
    found = Entries()
    for entry in READ:
        problem = entry.reason
        row = {"id": entry.document, "source": entry.source, "line": None, "language": None}
        found.add({**row, "warning": None, "problem": problem})
    return found


def test_a_table_that_was_sorted_says_the_same_of_each_document(tmp_path: Path) -> None:
    table = tmp_path / "documents.tsv"
    told = [Entry("b", "b.txt", "de"), Entry("a", "a.txt", "en"), READ[2]]
    write_documents(table, sorted(told, key=lambda entry: entry.document))
    found = entries()
    found.restore(table)
    assert list(found) == told
    found.note("a", status="failed")
    assert [entry.status for entry in found] == ["unpaired", "failed", "failed"]


@pytest.mark.parametrize("lines", [READ[:2], [*READ, Entry("c", "c.txt")], [READ[0], READ[0], READ[2]]])
def test_a_table_of_other_documents_is_refused(tmp_path: Path, lines: list[Entry]) -> None:
    table = tmp_path / "documents.tsv"
    write_documents(table, lines)
    with pytest.raises(OutputError, match=r"lines were taken out or added; .* run with --overwrite"):
        entries().restore(table)
    assert list(read_documents(table)) == lines
