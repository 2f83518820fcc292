"""Units of more than two languages: a column, a ``tuv`` or a file for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from align import __version__
from align._internal.files import atomic, output
from align._internal.tables import write_table
from align.errors import UsageError
from align.formats.bitext import Written
from align.formats.moses import one_line
from align.formats.registry import format_of
from align.text.clean import clean

_BLOCK = 16_384  # rows in memory at a time, and in a row group
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Version:
    """What a unit is in one language: text, document and positions."""

    text: str
    document: str
    positions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MultilingualUnit:
    """What answers each other in several languages; a language without an answer is not among the versions."""

    confidence: float
    versions: Mapping[str, Version]


Units = Iterable[MultilingualUnit]


def write_multilingual(
    path: str | Path, units: Units, languages: Sequence[str], *, format: str | None = None
) -> Written:
    """Writes units in these languages as TSV, Parquet, TMX or Moses, as they come.

    Raises:
        UsageError: another format.
        OutputError: the file cannot be written.
    """
    chosen = format or format_of(path)
    if chosen not in _WRITERS:
        raise UsageError(
            f"format {chosen}: has no place for {len(languages)} languages; choose one of {', '.join(_WRITERS)}"
        )
    return _WRITERS[chosen](path, units, languages)


def multilingual_files(path: str | Path, languages: Sequence[str], format: str) -> tuple[str, ...]:
    """The files that `write_multilingual` would write."""
    if format != "moses":
        return (str(path),)
    stem = Path(path).with_suffix("") if Path(path).suffix == ".moses" else Path(path)
    return tuple(f"{stem}.{'-'.join(languages)}.{language}" for language in languages)


def _columns(languages: Sequence[str]) -> list[str]:
    places = (f"{language}_{what}" for language in languages for what in ("document", "positions"))
    return [*languages, "confidence", *places]


def _write_tsv(path: str | Path, units: Units, languages: Sequence[str]) -> Written:
    def cells(unit: MultilingualUnit) -> Iterator[object]:
        found = [unit.versions.get(language) for language in languages]
        yield from (version and clean(version.text) for version in found)
        yield unit.confidence
        for version in found:
            yield from (clean(version.document), " ".join(version.positions)) if version else ("", "")

    count = write_table(path, _columns(languages), (list(cells(unit)) for unit in units))
    return Written(count, 0, (str(path),))


def _write_parquet(path: str | Path, units: Units, languages: Sequence[str]) -> Written:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"confidence": pa.float64()} | {language: pa.large_string() for language in languages}
    kinds |= {f"{language}_positions": pa.list_(pa.string()) for language in languages}
    fields = [(name, kinds.get(name, pa.string())) for name in _columns(languages)]
    schema = pa.schema(fields, metadata={"align": __version__})
    count, left = 0, iter(units)
    with output(path, binary=True) as stream, pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        while block := list(islice(left, _BLOCK)):
            writer.write_batch(pa.RecordBatch.from_pylist(list(map(_record, block)), schema=schema))
            count += len(block)
    return Written(count, 0, (str(path),))


def _record(unit: MultilingualUnit) -> dict[str, object]:
    record: dict[str, object] = {"confidence": unit.confidence}
    for language, version in unit.versions.items():
        record |= {language: clean(version.text), f"{language}_document": clean(version.document)}
        record[f"{language}_positions"] = version.positions
    return record


def _write_tmx(path: str | Path, units: Units, languages: Sequence[str]) -> Written:
    from lxml import etree

    from align.formats.tmx import header

    count = 0
    with output(path, binary=True) as stream, etree.xmlfile(stream, encoding="utf-8", close=False) as xml:
        xml.write_declaration()
        xml.write_doctype('<!DOCTYPE tmx SYSTEM "tmx14.dtd">')
        with xml.element("tmx", version="1.4"):
            xml.write(etree.Element("header", header({languages[0]}, set())))
            with xml.element("body"):
                for count, unit in enumerate(units, 1):
                    element = etree.Element("tu", tuid=str(count - 1))
                    etree.SubElement(element, "prop", type="x-confidence").text = f"{unit.confidence:.4f}"
                    for language, version in unit.versions.items():
                        variant = etree.SubElement(element, "tuv", {_LANG: language})
                        for kind, value in (
                            ("x-document", clean(version.document)),
                            ("x-positions", " ".join(version.positions)),
                        ):
                            etree.SubElement(variant, "prop", type=kind).text = value
                        etree.SubElement(variant, "seg").text = clean(version.text)
                    xml.write("\n")
                    xml.write(element)
                xml.write("\n")
    return Written(count, 0, (str(path),))


def _write_moses(path: str | Path, units: Units, languages: Sequence[str]) -> Written:
    """A file for each language; units that lack one are left out and counted."""
    if str(path) == "-":
        raise UsageError("--format moses writes several files and cannot go to standard output; give -o NAME")
    names = multilingual_files(path, languages, "moses")
    count = gaps = 0
    with ExitStack() as files:
        streams = [files.enter_context(atomic(name)) for name in names]
        for unit in units:
            if len(unit.versions) < len(languages):
                gaps += 1
                continue
            for stream, language in zip(streams, languages, strict=True):
                stream.write(one_line(clean(unit.versions[language].text)) + "\n")
            count += 1
    return Written(count, gaps, names)


_WRITERS: Mapping[str, Callable[[str | Path, Units, Sequence[str]], Written]] = {
    "tsv": _write_tsv,
    "parquet": _write_parquet,
    "tmx": _write_tmx,
    "moses": _write_moses,
}
MULTILINGUAL_FORMATS = tuple(_WRITERS)
