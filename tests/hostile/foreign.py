"""Hostile texts through every writer, read back by programs that are not ours."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from align.corpus.folder import CorpusFolder
from align.jobs.export import export_run
from align.report import write_report
from align.text.clean import clean
from tests.formats.hostile import HOSTILE
from tests.run_builder import Pair, bead, make_run

CHROMIUM = Path("/usr/bin/chromium")
Texts = list[tuple[str, str]]


def hostile_run(folder: Path, random_: random.Random, beads: int = 12) -> tuple[CorpusFolder, Texts]:
    """A run of one pair, and the texts of its beads as they must come back."""

    def text() -> str:
        made = "".join(random_.choice((*HOSTILE, chr(random_.randrange(0x3000)), "x")) for _ in range(4))
        return clean(made).replace("\n", " ").strip() or "x"

    texts = [(text(), text()) for _ in range(beads)]
    rows = [bead(number, *sides, random_.random()) for number, sides in enumerate(texts)]
    documents = {
        "<b>a'\"": ("en", "\n\n".join(source for source, _ in texts)),
        "b&amp;": ("zh", "\n\n".join(target for _, target in texts)),
    }
    return make_run(folder, documents, [Pair("<b>a'\"", "b&amp;", {"sentence": rows})]), texts


def writers(folder: Path, random_: random.Random) -> Iterator[tuple[str, str]]:
    """Every format and who reads it; what is wrong, "" for nothing."""
    run, texts = hostile_run(folder / "run", random_)
    for reader, (name, read) in READERS.items():
        export_run(run, folder / name, overwrite=True)
        try:
            found = read(folder / name)
        except ImportError:
            continue
        except Exception as error:  # whatever a foreign parser raises
            yield reader, f"{type(error).__name__}: {error!s:.200}"
            continue
        other = next((pair for pair in zip(found, texts, strict=False) if pair[0] != pair[1]), None)
        wrong = f"{len(found)} beads of {len(texts)}" if len(found) != len(texts) else f"{other!r:.300}"
        yield reader, wrong if other or len(found) != len(texts) else ""


def _csv(path: Path) -> Texts:
    with open(path, encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t")
        return [(row["source"], row["target"]) for row in rows]


def _pandas(path: Path) -> Texts:
    import pandas

    frame = pandas.read_csv(path, sep="\t", keep_default_na=False, dtype=str, lineterminator="\n")
    return list(zip(frame["source"], frame["target"], strict=True))


def _lxml(path: Path) -> Texts:
    from lxml import etree

    units = etree.parse(path).iter("{*}tu")
    return [tuple("".join(seg.itertext()) for seg in unit.iter("{*}seg")) for unit in units]  # type: ignore[misc]


def _toolkit_tmx(path: Path) -> Texts:
    from translate.storage.tmx import tmxfile

    with open(path, "rb") as stream:
        return [(unit.source or "", unit.target or "") for unit in tmxfile(stream, "en", "zh").units]


def _toolkit_xliff(path: Path) -> Texts:
    from translate.storage.xliff2 import Xliff2File

    return [
        (unit.source or "", unit.target or "") for unit in Xliff2File.parsestring(path.read_bytes()).units
    ]


def _arrow(path: Path) -> Texts:
    from pyarrow import parquet

    return [(row["source"], row["target"]) for row in parquet.read_table(path).to_pylist()]


READERS: dict[str, tuple[str, Callable[[Path], Texts]]] = {
    "csv": ("c.tsv", _csv),
    "pandas": ("c.tsv", _pandas),
    "lxml": ("c.tmx", _lxml),
    "translate-toolkit, TMX": ("c.tmx", _toolkit_tmx),
    "translate-toolkit, XLIFF": ("c.xliff", _toolkit_xliff),
    "Arrow": ("c.parquet", _arrow),
}


def browsed(folder: Path, random_: random.Random) -> Iterator[tuple[str, str]]:
    """The pages of a report on hostile texts in Chromium: none runs a script of a text, none asks for anything."""
    from playwright.sync_api import sync_playwright

    run, _ = hostile_run(folder / "run", random_)
    write_report(run)
    with sync_playwright() as api:
        chromium = api.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for path in sorted((run.path / "report").rglob("*.html")):
            page, wrong = chromium.new_page(), []
            page.on(
                "dialog", lambda dialog, at=wrong: (at.append(f"dialog {dialog.message}"), dialog.dismiss())
            )  # type: ignore[misc]
            page.on("pageerror", lambda error, at=wrong: at.append(f"error {error}"))  # type: ignore[misc]
            page.on("request", lambda asked, at=wrong: asked.url.startswith("file:") or at.append(asked.url))  # type: ignore[misc]
            page.goto(path.as_uri())
            yield "Chromium", "; ".join(wrong)
            page.close()
        chromium.close()


# Each would run, or leave its attribute, if it were taken for markup in some place.
MARKUP = (
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(2)>',
    "' onmouseover='alert(3)' autofocus onfocus='alert(4)",
    "</title></textarea></script><script>alert(5)</script>",
    "javascript:alert(6)",
    "<iframe srcdoc='<script>alert(7)</script>'>",
    "&lt;img src=x onerror=alert(8)&gt;",
    "{{constructor.constructor('alert(9)')()}}${alert(10)}",
    "<a href=//evil.example/>go</a>",
)
# What none of our own elements is or has.
_FOREIGN = (
    "img, iframe, object, embed, svg *, script:not([src]), [onerror], [onload], [onfocus], [onmouseover], "
    "[srcdoc], a[href^='javascript'], a[href*='evil'], style:not([data-own])"
)
_OPENED = {
    "pairs": ("p", "Escape"),
    "history": ("h", "Escape"),
    "decisions without a place": ("x", "Escape"),
    "help": ("?", "Escape"),
    "quality": ("q", "Escape"),
    "split": ("s", "Escape"),
    "boundary": ("b", "Escape"),
    "edit": ("e", "Escape"),
    "comment": ("c", "Escape"),
    "levels": ("l", "l"),
    "words": ("i", "i"),
}


def _marked_up(folder: Path) -> Path:
    """A run with markup for ids, texts, the name of its folder, and in decisions of reviewers with such names."""
    from align.review.session import Review

    run = folder / MARKUP[0].replace("/", "")
    ids = f"{MARKUP[1]}{MARKUP[2]}", f"{MARKUP[3]}{MARKUP[5]}"
    texts = [(text, f"一 {text}") for text in MARKUP]
    beads = [bead(number, *sides, 0.3 + number / 20) for number, sides in enumerate(texts)]
    whole = {id: "\n\n".join(sides) for id, sides in zip(ids, zip(*texts, strict=True), strict=True)}
    levels = {"sentence": beads, "paragraph": beads}
    opened = make_run(
        run, {ids[0]: ("en", whole[ids[0]]), ids[1]: ("zh", whole[ids[1]])}, [Pair(*ids, levels)]
    )
    for number, name in enumerate(MARKUP):
        review = Review(opened, reviewer=name)
        shown = review.view(0, "sentence").beads[number]
        values = {"comment": [shown.comment, name], "source_edit": [None, f"{name} {name}"]}
        review.act(0, "sentence", {"kind": "set", "id": shown.id, "values": values, "nonce": f"n{number}"})
        review.close()
    return run


def reviewed(folder: Path) -> Iterator[tuple[str, str]]:
    """The review page on markup in every place, in Chromium: nothing runs, no element or attribute is made of it."""
    from urllib.parse import urlencode

    from playwright.sync_api import sync_playwright

    from .client import served

    run = _marked_up(folder)
    with served(run, reviewer=MARKUP[0]) as (port, token, _), sync_playwright() as api:
        chromium = api.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page, wrong = chromium.new_page(), list[str]()
        page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))  # type: ignore[func-returns-value]
        page.on("pageerror", lambda error: wrong.append(f"error {error}"))
        page.on("console", lambda said: "Content Security" in said.text and wrong.append(said.text))  # type: ignore[func-returns-value]
        here = f"http://127.0.0.1:{port}/"
        page.on("request", lambda asked: asked.url.startswith(here) or wrong.append(asked.url))  # type: ignore[func-returns-value]

        def judged(place: str) -> tuple[str, str]:
            page.wait_for_timeout(150)
            made = page.eval_on_selector_all(
                _FOREIGN, "found => found.map(one => one.outerHTML.slice(0, 99))"
            )
            found, wrong[:] = [*wrong, *made], []
            return f"Chromium, review page: {place}", "; ".join(found)

        page.goto(f"{here}?{urlencode({'token': token})}")
        page.wait_for_selector(".bead.current")
        yield judged("beads")
        for place, (opens, closes) in _OPENED.items():
            page.keyboard.press(opens)
            yield judged(place)
            page.keyboard.press(closes)
        for number, text in enumerate(MARKUP):
            page.keyboard.press("/")
            page.keyboard.type(text)
            page.keyboard.press("Enter")
            yield judged(f"search {number}")
            page.keyboard.press("Escape")
            page.keyboard.press("g")
            page.keyboard.type(text)
            page.keyboard.press("Enter")
            yield judged(f"go to {number}")
            page.keyboard.press("Escape")
        chromium.close()
