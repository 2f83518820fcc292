"""Terms as files: a table, or TBX, the exchange format of term bases.

TBX-Basic of ISO 30042:2019, as data categories in attributes (DCA); and of ISO 30042:2008 (MARTIF), which many tools
still expect. A term and its translations are one concept entry; how many beads speak for a translation is its note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from align._internal.files import output
from align._internal.tables import write_table
from align._internal.wording import counted
from align.errors import UsageError
from align.terms.find import Term
from align.text.clean import clean
from align.text.languages import output_tag

TERM_COLUMNS = (
    "source_language", "target_language", "source", "target", "count", "source_count", "target_count", "strength",
)  # fmt: skip
TERM_FORMATS = ("tsv", "tbx", "tbx-2008")
Terms = Mapping[tuple[str, str], Sequence[Term]]  # by the languages of source and target

_ENDINGS = {".tsv": "tsv", ".tbx": "tbx"}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class _Names(NamedTuple):
    """What the elements of an edition of TBX are called."""

    root: str
    header: str
    entry: str
    language: str
    term: str
    attributes: dict[str, str]
    namespace: str = ""


_EDITIONS = {
    "tbx": _Names(
        "tbx", "tbxHeader", "conceptEntry", "langSec", "termSec",
        {"type": "TBX-Basic", "style": "dca"}, "urn:iso:std:iso:30042:ed-2",
    ),
    "tbx-2008": _Names("martif", "martifHeader", "termEntry", "langSet", "tig", {"type": "TBX-Basic"}),
}  # fmt: skip


def term_format(path: str | Path) -> str:
    """The format that the ending of a path stands for; ``-`` is TSV.

    Raises:
        UsageError: the ending says nothing.
    """
    ending = Path(path).suffix.lower()
    if str(path) == "-":
        return "tsv"
    if ending not in _ENDINGS:
        raise UsageError(
            f"{path}: the ending {ending or '(none)'} stands for no format; give --format {'|'.join(TERM_FORMATS)}"
        )
    return _ENDINGS[ending]


def write_terms(
    path: str | Path, terms: Terms, format: str, *, about: str, spreadsheet_safe: bool = False
) -> None:
    """Writes terms in one of `TERM_FORMATS`; `about` says where they come from.

    `spreadsheet_safe` (TSV): a text that a spreadsheet would take for a formula is behind an apostrophe.

    Raises:
        OutputError: the file cannot be written. It is there whole or not at all.
    """
    if format == "tsv":
        write_table(path, TERM_COLUMNS, term_rows(terms), spreadsheet_safe=spreadsheet_safe)
    else:
        _write_tbx(path, terms, _EDITIONS[format], about)


def term_rows(terms: Terms) -> Iterator[tuple[object, ...]]:
    """The cells of `TERM_COLUMNS`."""
    for (source, target), found in terms.items():
        for term in found:
            counts = term.count, term.source_count, term.target_count
            texts = clean(term.source), clean(term.target)
            yield output_tag(source), output_tag(target), *texts, *counts, term.strength


def by_source(terms: Sequence[Term]) -> dict[str, list[Term]]:
    """The translations of each term, the most frequent first; terms in the order of their first."""
    found: dict[str, list[Term]] = {}
    for term in terms:
        found.setdefault(term.source, []).append(term)
    return {source: sorted(same, key=lambda term: -term.count) for source, same in found.items()}


def _write_tbx(path: str | Path, terms: Terms, names: _Names, about: str) -> None:
    from lxml import etree

    space: Any = {None: names.namespace} if names.namespace else None

    def make(name: str, *inside: Any, **attributes: str) -> Any:
        """An element; `lang` is its language."""
        given = {_LANG if key == "lang" else key: value for key, value in attributes.items()}
        made = etree.Element(f"{{{names.namespace}}}{name}" if names.namespace else name, given, nsmap=space)
        for part in inside:
            if isinstance(part, str):
                made.text = clean(part)
            else:
                made.append(part)
        return made

    sources = {output_tag(source) for source, _ in terms}
    entries = [_entry(make, names, number, *found) for number, found in enumerate(_concepts(terms), 1)]
    header = make(names.header, make("fileDesc", make("sourceDesc", make("p", about))))
    language = sources.pop() if len(sources) == 1 else "en"
    root = make(names.root, header, make("text", make("body", *entries)), lang=language, **names.attributes)
    with output(path, binary=True) as stream:
        stream.write(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def _concepts(terms: Terms) -> Iterator[tuple[tuple[str, str], list[Term]]]:
    for languages, found in terms.items():
        for translations in by_source(found).values():
            yield languages, translations


def _entry(
    make: Callable[..., Any],
    names: _Names,
    number: int,
    languages: tuple[str, str],
    translations: list[Term],
) -> Any:
    first = translations[0]
    sides = (
        (languages[0], [(first.source, first.source_count)]),
        (languages[1], [(term.target, term.count) for term in translations]),
    )
    sections = []
    for language, said in sides:
        terms = [
            make(names.term, make("term", text), make("note", counted(count, "bead"))) for text, count in said
        ]
        sections.append(make(names.language, *terms, lang=output_tag(language)))
    return make(names.entry, *sections, id=f"c{number}")
