"""The card of a data set: what an export holds, in Markdown with the front matter that Hugging Face reads.

The card stands as ``README.md`` beside the exported file, so that ``datasets.load_dataset(FOLDER)`` reads both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from align._internal.files import atomic, refuse_existing
from align._internal.wording import counted
from align.corpus.folder import CorpusFolder
from align.errors import UsageError
from align.formats.registry import format_of
from align.jobs.export import Exported, Selection, selected
from align.report.published import LanguagePair, by_languages, counted_pair
from align.text.languages import base

CARD = "README.md"
LOADABLE = ("parquet", "jsonl", "tsv")  # what datasets reads by its ending

_FIELDS = {
    "parquet": (
        "`source`, `target` (the texts), `source_document`, `target_document`, `source_language`, `target_language`, "
        "`type` (units of the source to units of the target), `source_positions`, `target_positions`, `confidence`, "
        "`review`, `reviewer`, `reviewed`, `reordered`, `bead` (its number in its pair)"
    ),
    "jsonl": (
        "`translation` (an object with a text for each language), `source_document`, `target_document`, `type`, "
        "`source_positions`, `target_positions`, `confidence`, `review`, `reviewer`, `reviewed`, `reordered`, `bead`"
    ),
    "tsv": (
        "`source_document`, `target_document`, `source_language`, `target_language`, `bead`, `type`, "
        "`source_positions`, `target_positions`, `confidence`, `source`, `target`, and what a reviewer said"
    ),
}
_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"),
)  # fmt: skip


def card_file(path: str, format: str | None, *, overwrite: bool) -> Path:
    """Where the card of an export goes.

    Raises:
        OutputError: one is there already.
        UsageError: the export goes to standard output, or is of a format that datasets does not read.
    """
    if path == "-":
        raise UsageError("a card stands beside its file; name a file with -o, not standard output")
    if (format or format_of(path)) not in LOADABLE:
        raise UsageError(f"a card is for formats that datasets reads: {', '.join(LOADABLE)}")
    file = Path(path).parent / CARD
    if not overwrite:
        refuse_existing(file)
    return file


def write_card(
    file: Path, run: CorpusFolder, data: Path, selection: Selection, found: Exported, *, format: str | None
) -> None:
    """Writes the card of what was exported to `data`, in the same folder.

    Raises:
        OutputError: it cannot be written.
    """
    form = format or format_of(data)
    pairs = by_languages(
        counted_pair((bitext.source_language, bitext.target_language), bitext.rows)
        for bitext in selected(run, selection)
    )
    with atomic(file) as stream:
        front = _front_matter(run, data, form, pairs, found.written.beads, checked=selection.checks)
        stream.write(f"---\n{front}---\n\n")
        stream.write("\n".join(_body(run, data, form, pairs, found)))


def size_category(rows: int) -> str:
    """The class of size that Hugging Face knows a number of rows by."""
    return next((name for most, name in _SIZES if rows < most), "n>1T" if rows > 10**12 else "1B<n<10B")


def _front_matter(
    run: CorpusFolder, data: Path, form: str, pairs: Sequence[LanguagePair], rows: int, *, checked: bool
) -> str:
    """YAML; texts that came from outside are quoted as JSON, of which YAML is a superset."""
    tags = sorted({tag for pair in pairs for tag in pair.languages})
    codes = sorted({base(tag) or tag for tag in tags})
    lines = ["language:", *(f"- {json.dumps(code)}" for code in codes)]  # "no" would be false without quotes
    if varieties := [tag for tag in tags if tag not in codes]:
        lines += ["language_bcp47:", *(f"- {json.dumps(tag)}" for tag in varieties)]
    lines += [
        f"pretty_name: {json.dumps(_name(run), ensure_ascii=False)}",
        "license: unknown",
        "multilinguality:",
        "- translation",
        "size_categories:",
        f"- {size_category(rows)}",
        "task_categories:",
        "- translation",
        "tags:",
        "- parallel-corpus",
        "- sentence-alignment",
        "configs:",
        "- config_name: default",
        *(
            ['  sep: "\\t"', "  keep_default_na: false"] if form == "tsv" else []
        ),  # N/A is a text as any other
        "  data_files:",
        "  - split: train",
        f"    path: {json.dumps(data.name, ensure_ascii=False)}",
    ]
    if form == "parquet":
        lines += ["dataset_info:", "  config_name: default", "  features:", *_features(checked)]
        lines += [
            "  splits:",
            "  - name: train",
            f"    num_bytes: {_bytes(data)}",
            f"    num_examples: {rows}",
        ]
    return "".join(f"{line}\n" for line in lines)


def _bytes(data: Path) -> int:
    """How large the rows of a Parquet file are; without it datasets passes the description of the split over."""
    import pyarrow.parquet as pq

    found = pq.read_metadata(data)
    return sum(found.row_group(number).total_byte_size for number in range(found.num_row_groups))


def _features(checked: bool) -> Iterator[str]:
    """The columns of a Parquet export as datasets describes them."""
    import pyarrow as pa

    from align.formats.parquet import bead_schema

    for column in bead_schema(checked=checked):
        yield f"  - name: {column.name}"
        if pa.types.is_list(column.type):
            yield f"    list: {column.type.value_type}"
        else:
            yield f"    dtype: {_DTYPES.get(str(column.type), str(column.type))}"


_DTYPES = {"double": "float64"}


def _name(run: CorpusFolder) -> str:
    return " ".join(run.path.resolve().name.split())


def _body(
    run: CorpusFolder, data: Path, form: str, pairs: Sequence[LanguagePair], found: Exported
) -> Iterator[str]:
    yield f"# {_plain(_name(run))}"
    yield ""
    yield (
        f"A parallel corpus of {found.written.beads:,} beads (aligned blocks of one or more sentences) from "
        f"{found.pairs:,} pairs of documents."
    )
    yield ""
    yield "```python"
    yield "from datasets import load_dataset"
    yield ""
    yield 'corpus = load_dataset("PATH_OF_THIS_FOLDER", split="train")'
    yield "```"
    yield ""
    yield "## Figures"
    yield ""
    yield from _figures(pairs)
    yield ""
    yield from _documents(run)
    yield ""
    yield "## Fields"
    yield ""
    yield f"{_FIELDS[form]}."
    yield ""
    yield (
        "Positions are 0-based: paragraph `p7`, its third sentence `p7s2`. The confidence is the estimated probability "
        "that exactly this bead is right; a gap (a bead with nothing on one side) has one, too."
    )
    yield ""
    yield "## How it was made"
    yield ""
    yield from _made(run, found)
    yield ""
    yield "## Licence"
    yield ""
    yield "To be filled in: the licence of the texts, where they come from, and whom to ask."
    yield ""


def _figures(pairs: Sequence[LanguagePair]) -> Iterator[str]:
    yield "| languages | documents paired | beads | gaps | sentences | words | words a sentence |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for pair in pairs:
        yield (
            f"| {pair.languages[0]}, {pair.languages[1]} | {pair.pairs:,} | {pair.beads:,} | {pair.gaps:,} "
            f"| {pair.units[0]:,} / {pair.units[1]:,} | {pair.words[0]:,} / {pair.words[1]:,} "
            f"| {pair.mean_lengths[0]:.1f} / {pair.mean_lengths[1]:.1f} |"
        )
    yield ""
    yield "In scripts that are written without spaces a word is one character."


def _documents(run: CorpusFolder) -> Iterator[str]:
    """What became of the documents, in shares."""
    count = run.info.get("summary", {})
    whole = max(count.get("documents", 0), 1)
    names = {"duplicate": "removed as duplicates", "unpaired": "without a translation", "failed": "failed"}
    said = [
        f"{count[name]:,} {what} ({count[name] / whole:.1%})"
        for name, what in names.items()
        if count.get(name)
    ]
    yield f"Of {count.get('documents', 0):,} documents: {', '.join(said) or 'all paired'}."


def _made(run: CorpusFolder, found: Exported) -> Iterator[str]:
    signature: dict[str, Any] = run.info.get("signature", {})
    yield f"By `align` {run.info.get('version') or signature.get('version', '')}:"
    yield ""
    for name in ("encoder", "segmenter", "language_detector", "weights", "inputs"):
        if signature.get(name):
            yield f"- {name.replace('_', ' ')}: `{_plain(str(signature[name]))}`"
    for reason, count in found.left_out.items():
        yield f"- left out: {counted(count, 'bead')} {reason}"
    if found.calibration:
        yield f"- confidences: {found.calibration}"
    accepted = _accepted(run)
    yield f"- reviewed by people: {accepted}"


def _accepted(run: CorpusFolder) -> str:
    from align.review import progress

    if not run.reviewed:
        return "nothing"
    done = progress(run)
    return f"{done['accepted']:,} beads accepted, {done['rejected']:,} rejected, {done['edited']:,} edited"


def _plain(text: str) -> str:
    """A text that is no markup of Markdown."""
    return "".join(character for character in text if character not in "`<>[]|\\*#")
