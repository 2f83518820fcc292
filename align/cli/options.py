"""Options that several commands share, so that the same words mean the same everywhere."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from align.document import PARAGRAPH_MODES
from align.errors import UsageError
from align.text.languages import parse

if TYPE_CHECKING:
    from align.dedup.options import DedupOptions
    from align.reading.options import ReadOptions

Command = TypeVar("Command", bound=Callable[..., Any])
Option = Callable[[Any], Any]

# What the rooms offer, repeated here so that a command's help imports nothing heavy; a test compares them.
INPUT_FORMATS = (
    "auto", "text", "jsonl", "csv", "parquet", "arrow", "html", "warc", "subtitles", "docx", "odt", "epub",
)  # fmt: skip
FORMATS = ("tsv", "tmx", "jsonl", "parquet", "moses", "xliff", "beads")
TERM_FORMATS = ("tsv", "tbx", "tbx-2008")
ON_KNOWN_ID = ("fail", "skip", "update", "rename")
SPARE = ("numbers", "names", "dates")
NORMALIZE = ("accents", "han", "hyphens")
KEEP = ("longest", "first", "newest", "prefer")


def language_tag(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The canonical tag of a language (`align.text.languages.parse`)."""
    if value is None:
        return None
    try:
        return parse(value)
    except UsageError as error:
        raise click.BadParameter(str(error), param=option) from None


def no_dash(_: click.Context, option: click.Parameter, value: Path | None) -> Path | None:
    """A folder's name; elsewhere - is standard output, and a folder of that name is nobody's wish."""
    if str(value) == "-":
        raise click.BadParameter(
            "several files are written, so standard output will not do; name a folder", param=option
        )
    return value


_READ = (
    click.option(
        "--input-format",
        type=click.Choice(INPUT_FORMATS),
        default="auto",
        show_default=True,
        help="How to read files; auto goes by what is in them, then by their names.",
    ),
    click.option(
        "--encoding",
        metavar="NAME",
        help="Encoding of all text files, such as cp1252 or big5, if you know it.  [default: as the bytes tell]",
    ),
    click.option(
        "--include",
        multiple=True,
        metavar="PATTERN",
        help="Of folders and globs, read only such files: *.txt, raw/*.",
    ),
    click.option(
        "--exclude-files", multiple=True, metavar="PATTERN", help="Of folders and globs, read no such files."
    ),
    click.option("--id-field", metavar="NAME", help="Field of a row that is its id.  [default: id]"),
    click.option(
        "--text-field",
        metavar="NAME",
        default="text",
        show_default=True,
        help="Field with the text; data.text is a field in another.",
    ),
    click.option("--language-field", metavar="NAME", help="Field of a row that is its language."),
    click.option(
        "--language",
        metavar="CODE",
        callback=language_tag,
        help="Language of all documents, such as en or pt-BR, if you know it.",
    ),
    click.option(
        "--max-document",
        type=click.FloatRange(min=0, min_open=True),
        default=32,
        show_default=True,
        metavar="MB",
        help="Largest document that is read; larger ones are listed as failed.",
    ),
)
_READ_NAMES = (
    "input_format", "encoding", "include", "exclude_files", "id_field", "text_field", "language_field", "language",
    "max_document",
)  # fmt: skip


def read_options(command: Command) -> Command:
    """Adds the options of reading and hands them over as one argument, `reading: ReadOptions`."""
    return _composed(command, _READ, _READ_NAMES, lambda picked, _: {"reading": _reading(picked)})


def _reading(picked: dict[str, Any]) -> ReadOptions:
    from align.reading.options import ReadOptions

    return ReadOptions(
        format=picked["input_format"],
        encoding=picked["encoding"],
        include=picked["include"],
        exclude_files=picked["exclude_files"],
        id_field=picked["id_field"],
        text_field=picked["text_field"],
        language_field=picked["language_field"],
        language=picked["language"],
        max_bytes=int(picked["max_document"] * (1 << 20)),
    )


paragraphs_option = click.option(
    "--paragraphs",
    type=click.Choice(PARAGRAPH_MODES),
    default="auto",
    show_default=True,
    help="What parts paragraphs: every line, blank lines, or whichever the text uses.",
)

_DEDUP = (
    click.option(
        "--threshold",
        type=float,
        default=0.7,
        show_default=True,
        help="Least Jaccard similarity of a duplicate.",
    ),
    click.option("--ngram", type=int, default=5, show_default=True, help="Tokens in a shingle."),
    click.option("--slots", type=int, default=128, show_default=True, help="Numbers in a signature."),
    click.option(
        "--backend",
        type=click.Choice(["kernel", "datasketch"]),
        default="kernel",
        show_default=True,
        help="What makes the signatures; datasketch is the slow reference.",
    ),
    click.option(
        "--keep",
        type=click.Choice(KEEP),
        default="longest",
        show_default=True,
        help="Which document of a cluster stays; newest and prefer go by --keep-field.",
    ),
    click.option("--keep-field", metavar="NAME", help="Field with the date (newest) or the source (prefer)."),
    click.option(
        "--prefer", multiple=True, metavar="VALUE", help="With --keep prefer: best first; may hold * and ?."
    ),
    click.option(
        "--on-known-id",
        type=click.Choice(ON_KNOWN_ID),
        help="What becomes of a document whose id an earlier one has, with another text: it is refused, left out, "
        "put in that one's stead, or named anew.  [default: fail; rename what is named by its file; in a batch with "
        "--keep newest or prefer, as these say]",
    ),
    click.option(
        "--containment",
        type=float,
        metavar="SHARE",
        help="Also remove documents of which this share is in a longer one.",
    ),
    click.option(
        "--spare",
        type=click.Choice(SPARE),
        multiple=True,
        help="Remove no near-duplicate that differs in such things alone, as notices of one template do; may be given "
        "several times. The pair is listed as spared. Of a template in more than a thousand documents not all "
        "pairs are compared.",
    ),
    click.option(
        "--normalize",
        type=click.Choice(NORMALIZE),
        multiple=True,
        help="Also compare without accents, Chinese characters as simplified ones, words without their line-end "
        "hyphens; may be given several times.",
    ),
    click.option(
        "--differences",
        type=click.IntRange(min=0),
        default=300,
        show_default=True,
        metavar="N",
        help="Say of N near-duplicates, the least similar first, in what they differ.",
    ),
    click.option(
        "--passages",
        type=int,
        default=0,
        metavar="TOKENS",
        help="Also list passages (sentences in a row) of so many tokens that two kept documents of the batch have in "
        "common, in passages.tsv: quotations, syndicated paragraphs. Earlier batches are not looked at.",
    ),
    click.option("--repeats/--no-repeats", default=True, help="Look for repeated passages inside documents."),
    click.option(
        "--boilerplate",
        type=int,
        metavar="N",
        help="Look for lines that recur in at least N kept documents.  [default: 5 with --cut boilerplate]",
    ),
    paragraphs_option,
)
_DEDUP_NAMES = (
    "threshold", "ngram", "slots", "backend", "keep", "keep_field", "prefer", "on_known_id", "containment", "spare",
    "normalize", "differences", "passages", "repeats", "boilerplate", "paragraphs", "cut",
)  # fmt: skip


def dedup_options(*, cut: str, cut_help: str) -> Callable[[Command], Command]:
    """Adds the options of deduplication and hands them over as `dedup: DedupOptions` and `cut`.

    Stands below `read_options`, because the field that chooses among duplicates is one of reading. `cut` is what is
    cut unless the user says otherwise.
    """
    cut_option = click.option(
        "--cut",
        type=click.Choice(["repeats", "boilerplate", "none"]),
        help=f"{cut_help} Boilerplate that is cut does not count in the comparison either.  [default: {cut}]",
    )

    def made(picked: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        from dataclasses import replace

        if picked["keep"] == "newest" and not picked["keep_field"]:
            raise click.UsageError("--keep newest goes by a date: name its field with --keep-field.")
        unless_told = "none" if cut == "repeats" and not picked["repeats"] else cut
        chosen = picked["cut"] or unless_told
        return {
            "reading": replace(given["reading"], prefer=picked["keep_field"]),
            "dedup": _dedup(picked, chosen),
            "cut": chosen,
        }

    return lambda command: _composed(command, (*_DEDUP, cut_option), _DEDUP_NAMES, made)


def _dedup(picked: dict[str, Any], cut: str) -> DedupOptions:
    from align.dedup.options import DedupOptions

    boilerplate = picked["boilerplate"]
    if boilerplate is None:
        boilerplate = 5 if cut == "boilerplate" else 0
    others = {name: picked[name] for name in _DEDUP_NAMES if name not in ("keep_field", "boilerplate", "cut")}
    return DedupOptions(boilerplate=boilerplate, **others)


_SPARK = (
    click.option(
        "--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True,
        help="Who does the work: this machine, or, for what outgrows it, a Spark cluster, with the same outcome.",
    ),
    click.option(
        "--master", metavar="URL",
        help="With --engine spark: local[4], spark://HOST:7077, yarn, k8s://...  [default: as spark-submit says, else "
        "local[*]]",
    ),
    click.option(
        "--conf", multiple=True, metavar="KEY=VALUE",
        help="With --engine spark: a setting of Spark, such as spark.executor.memory=8g.",
    ),
)  # fmt: skip
_SPARK_NAMES = ("engine", "master", "conf")


def spark_options(command: Command) -> Command:
    """Adds the options of the engine and hands them over as one argument, `spark: SparkOptions | None`."""

    def made(picked: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
        if picked["engine"] == "spark":
            from align.engines.spark.options import SparkOptions

            return {"spark": SparkOptions.of(picked["master"], picked["conf"])}
        for name in ("master", "conf"):
            if picked[name]:
                raise click.UsageError(f"--{name} is for --engine spark: add that, or leave it out.")
        return {"spark": None}

    return _composed(command, _SPARK, _SPARK_NAMES, made)


_PAIRING = (
    click.option(
        "--given", type=click.Path(path_type=Path), metavar="TSV",
        help="Pairs that are known: two document ids a line.",
    ),
    click.option(
        "--exclude", type=click.Path(path_type=Path), metavar="TSV",
        help="Pairs that are known not to be any.",
    ),
    click.option(
        "--min-probability", type=click.FloatRange(0, 1), default=0.5, show_default=True, metavar="P",
        help="Accept pairs of at least this probability.",
    ),
    click.option(
        "--neighbours", type=click.IntRange(min=1), default=16, show_default=True, metavar="N",
        help="Documents of each other language that a document is compared with.",
    ),
    click.option(
        "--source-language", metavar="CODE", callback=language_tag,
        help="Source of all pairs that have this language.  [default: the document whose id sorts first]",
    ),
    click.option(
        "--names/--no-names", default=True, show_default=True,
        help="Count ids that differ only in a language code (a.en.txt, a.zh.txt) as evidence.",
    ),
)  # fmt: skip
_PAIRING_NAMES = ("given", "exclude", "min_probability", "neighbours", "source_language", "names")


def pairing_options(command: Command) -> Command:
    """Adds the options of pairing and hands them over as one argument, `pairing: PairOptions`."""

    def made(picked: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
        from align.pairing import PairOptions, read_given

        tables = {name: read_given(picked[name]) if picked[name] else () for name in ("given", "exclude")}
        return {"pairing": PairOptions(**{**picked, **tables})}

    return _composed(command, _PAIRING, _PAIRING_NAMES, made)


def _composed(
    command: Command,
    options: tuple[Option, ...],
    names: tuple[str, ...],
    made: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]],
) -> Command:
    """The command with these options, of which it is given what is `made` of their values (and of its other ones)."""

    @functools.wraps(command)
    def composed(*args: Any, **given: Any) -> Any:
        picked = {name: given.pop(name) for name in names}
        return command(*args, **{**given, **made(picked, given)})

    wrapped: Any = composed
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


batch_option = click.option(
    "--batch", type=click.IntRange(min=1), metavar="N", help="Only batch N of a corpus that grew by batches."
)
max_size_option = click.option(
    "--max-size", type=click.IntRange(1, 9), help="Most units on one side of a bead."
)


def folder_option(*, required: bool = False) -> Option:
    """The folder that a job writes."""
    return click.option(
        "-o",
        "--output",
        "out",
        required=required,
        type=click.Path(path_type=Path),
        metavar="DIR",
        callback=no_dash,
        help="Folder for the results.",
    )


encoder_option = click.option(
    "--encoder",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="Sentence encoder: auto takes for each pair the one that knows both languages, use (15) or e5 (93); others: "
    "align models list.",
)
overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Replace what an earlier run left in the output."
)


def _check_names(context: click.Context, parameter: click.Parameter, value: str) -> frozenset[str]:
    from align.checks import checked_names

    return checked_names(value.split(","))


skip_checks_option = click.option(
    "--skip-checks", default="", metavar="NAMES", callback=_check_names,
    help="Checks that are not made: numbers, untranslated, end, brackets, doubled, two-ways, addresses, length.",
)  # fmt: skip

spreadsheet_safe_option = click.option(
    "--spreadsheet-safe",
    is_flag=True,
    help="TSV: an apostrophe before texts that a spreadsheet would take for formulas (=, +, -, @).",
)
