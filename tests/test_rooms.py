"""The rooms of the house import downwards only, inside functions too; the root holds the public face alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from align.corpus.folder import WRITTEN
from align.dedup import Deduplication, DedupOptions
from align.dedup.tables import tables

PACKAGE = Path(__file__).parent.parent / "align"
# From the bottom up; a room may import from its own floor and from those below.
FLOORS = (
    {"_internal", "document", "errors", "text"},
    {"checks", "dedup", "encoders", "formats", "reading"},
    {"alignment", "terms"},
    {"pairing"},
    {"corpus"},
    {"evaluation", "review", "training"},
    {"engines", "report"},
    {"jobs"},
    {"cli"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
FACE = {"__init__.py", "__init__.pyi", "__main__.py", "document.py", "errors.py", "py.typed"}


def imported(tree: ast.Module) -> Iterator[str]:
    """Rooms that a module imports from, wherever the import stands; the version is everybody's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("align."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "align":
            yield from (name.name for name in node.names if name.name != "__version__")
        elif isinstance(node, ast.Import):
            yield from (name.name.split(".")[1] for name in node.names if name.name.startswith("align."))


def rooms() -> Iterator[tuple[Path, str, set[str]]]:
    """Every module, its room, and the rooms that it imports from."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in {"__init__", "__main__"}:
            yield path.relative_to(PACKAGE), room, set(imported(ast.parse(path.read_text(encoding="utf-8"))))


def test_the_root_holds_the_public_face_alone() -> None:
    assert {path.name for path in PACKAGE.iterdir() if path.is_file()} == FACE
    assert {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {"__pycache__"} == set(FLOOR) - {
        "document",
        "errors",
    }


def test_rooms_import_downwards() -> None:
    wrong = [
        f"{path} imports {other}"
        for path, room, others in rooms()
        for other in others
        if FLOOR[other] > FLOOR[room]
    ]
    assert wrong == []


def test_the_product_does_not_import_what_learns_its_weights() -> None:
    assert [str(path) for path, room, others in rooms() if "training" in others and room != "training"] == []


def test_functions_fit_a_screen() -> None:
    """None is over 50 lines, signature, docstring and all."""
    long = [
        f"{path.relative_to(PACKAGE)}: {node.name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert long == []


# What a corpus folder holds, and who may say so.
FILES = (
    "run.json", "documents.tsv", "documents.parquet", "duplicates.tsv", "clusters.tsv", "repeats.tsv",
    "boilerplate.tsv", "pairs.tsv", "review.sqlite", "calibration.json", ".warnings.jsonl", "report/index.html",
)  # fmt: skip
FOLDERS = {"aligned", "kept", "report", ".lock"}
# The record by which reading knows a folder that this program wrote; `align.corpus.folder` takes it from there.
ELSEWHERE = {"reading/inputs.py": {"run.json"}}


def texts(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """The texts of a module that are code, with the expression around: no docstrings, no help of the command line."""
    spared: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            spared.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg == "help":
            spared.update(id(inner) for inner in ast.walk(node.value))
    for node in ast.walk(tree):
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and id(inner) not in spared:
                yield node, inner.value


def file_names(tree: ast.Module) -> set[str]:
    """The names of files and folders of a corpus folder that stand in the code of a module."""
    found = set()
    for around, text in texts(tree):
        found |= {name for name in FILES if name in text}
        if isinstance(around, ast.BinOp) and isinstance(around.op, ast.Div) and text in FOLDERS:
            found.add(text)
    return found


def test_the_names_of_the_corpus_folders_files_stand_in_its_room_alone() -> None:
    wrong = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        found = file_names(ast.parse(path.read_text(encoding="utf-8"))) - ELSEWHERE.get(name, set())
        if found and name != "corpus/folder.py":
            wrong[name] = found
    assert wrong == {}


def test_a_name_of_a_file_is_found_wherever_it_stands() -> None:
    code = 'def f(x):\n    """run.json"""\n    return x / "kept", f"see {x}/pairs.tsv", option(help="repeats.tsv")'
    assert file_names(ast.parse(code)) == {"kept", "pairs.tsv"}


def test_the_tables_of_deduplication_are_files_of_the_corpus_folder() -> None:
    found = Deduplication(DedupOptions()).result()
    assert {f"{name}.tsv" for name in tables(found, "none")} <= set(WRITTEN["dedup"])
