"""Documents that were read file by file, once all of their ids are known."""

from __future__ import annotations

import pyarrow as pa

from align._internal.arrow import strings
from align.reading.rows import Ids


def settle_ids(documents: pa.Table, ids: Ids) -> pa.Table:
    """The documents with the names they have in the batch, the reason where one cannot be used, and its ``same_id``.

    Rows of `align.reading.read_apart` in the order of reading, those that can get one another's names together; of each
    its ``file`` (the id of its input) and whether it is ``empty``. `ids` are those of what was read before.
    """
    columns = ("id", "file", "line", "empty", "problem", "warning")
    held = {name: documents[name].to_pylist() for name in columns}
    same: list[str | None] = [None] * documents.num_rows
    for n, (id, file, line, empty, problem) in enumerate(
        zip(*(list(held[name]) for name in columns[:-1]), strict=True)
    ):
        if problem is not None:
            continue
        found = ids.settle(file, id, row=line is not None, empty=empty)
        if found is None:
            continue
        held["id"][n], held["problem"][n], same[n] = found.name, found.problem, found.same
        if found.warning:
            held["warning"][n] = "; ".join(filter(None, (held["warning"][n], found.warning)))
    for name in ("id", "problem", "warning"):
        documents = documents.set_column(documents.schema.get_field_index(name), name, strings(held[name]))
    return documents.append_column("same_id", strings(same))
