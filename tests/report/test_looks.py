"""What the first page says is to be looked at first; and the pages as people with other screens and needs have them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from align.corpus.folder import CorpusFolder
from align.pairing.assemble import candidate_of
from align.report import write_comparison, write_report
from align.report.attention import title_of
from align.report.published import by_languages, counted_pair, word_count

from ..run_builder import Pair, bead, make_run

LONG = "\n".join(
    f"Sentence number {i} of an article that has many more of them than this one." for i in range(40)
)
ARABIC = "الذكاء الاصطناعي يتقدم بسرعة.\nقال Google إن النموذج Gemini 3 سيصدر قريبا."


def edited(run: CorpusFolder, table: str, key: str, cells: dict[str, dict[str, str]]) -> None:
    """Puts other cells into the rows of a table."""
    with open(run.path / table, encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    with open(run.path / table, "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, **cells.get(row[key], {})} for row in rows)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> CorpusFolder:
    chapter = [
        replace(bead(i, f"Sentence {i} of a chapter.", "", 0.9), source_positions=(f"p{i}s0",))
        for i in range(2, 12)
    ]
    beads = [
        bead(0, "Artificial intelligence moves fast.", ARABIC.split("\n")[0], 0.95),
        bead(1, "x", "y", 0.2),
    ]
    made = make_run(
        tmp_path_factory.mktemp("looks") / "out",
        {
            "en.txt": ("en", f"# A title\n{LONG}"),
            "ar.txt": ("ar", ARABIC),
            "lonely.txt": ("en", "Quite another thing, of which nobody made a translation."),
            "taken.txt": ("en", "And one more that somebody else fits better than."),
            "near.txt": (
                "en",
                f"# A title\n{LONG.replace('number 7 ', 'seven ').replace('number 20 ', 'twenty ')}",
            ),
            "copy.txt": ("en", LONG),
        },
        [Pair("ar.txt", "en.txt", {"sentence": [_turned(row) for row in [*beads, *chapter]]})],
        duplicates=[("en.txt", "copy.txt", 0.995, "near")],
        failed={"broken.bin": "is no text"},
    )
    edited(
        made,
        "documents.tsv",
        "document",
        {
            "lonely.txt": {"reason": "best match ar.txt has probability 0.312, below 0.5"},
            "taken.txt": {"reason": "its best match ar.txt is taken by en.txt, which fits as well or better"},
        },
    )
    edited(made, "pairs.tsv", "source", {"ar.txt": {"source_coverage": "0.41"}})
    record = json.loads((made.path / "run.json").read_text())
    record["options"]["dedup"]["threshold"] = 0.99
    record["warnings"] = [{"about": "ar.txt and en.txt", "warning": "the encoder does not know Klingon"}]
    (made.path / "run.json").write_text(json.dumps(record))
    made = CorpusFolder(made.path)
    write_report(made)
    return made


def _turned(row: Any) -> Any:
    return replace(
        row,
        source=row.target,
        target=row.source,
        source_positions=row.target_positions,
        target_positions=row.source_positions,
        type="-".join(reversed(row.type.split("-"))),
    )


def test_what_is_to_be_looked_at_first(run: CorpusFolder) -> None:
    index = lxml_html.parse(str(run.path / "report" / "index.html")).getroot()
    found = {
        kind.xpath("string(h3/text())").strip(): [
            " ".join(item.text_content().split()) for item in kind.xpath("ul/li")
        ]
        for kind in index.xpath("//*[@class='kind']")
    }
    assert list(found) == [
        "Documents that could not be used",
        "Warnings",
        "Pairs with low coverage",
        "Long stretches without an answer",
        "Documents without a partner, and what came nearest",
        "Nearly duplicates",
        "Only just duplicates",
    ]
    assert found["Documents that could not be used"] == ["broken.bin is no text"]
    assert found["Pairs with low coverage"][0].endswith("41 % of one side is answered")
    assert found["Long stretches without an answer"][0].endswith("10 units of the target, p2s0 to p11s0")
    near, below = found["Documents without a partner, and what came nearest"]
    assert (near.split()[0], below.split()[0]) == ("taken.txt", "lonely.txt")
    assert below.endswith("probability 0.312")
    assert "near.txt" in found["Nearly duplicates"][0]
    for link in index.xpath("//*[@class='kind']//a/@href"):
        assert (run.path / "report" / link.partition("#")[0]).is_file()
    assert "A title" in index.xpath("string(//*[@id='list-documents'])")


def test_reasons_name_the_nearest_candidate() -> None:
    assert candidate_of("best match a has probability 0.2 has probability 0.312, below 0.5") == (
        "a has probability 0.2",
        0.312,
    )
    assert candidate_of("its best match b is a version of c, which speaks against it") == ("b", None)
    assert candidate_of("nothing like it in another language") is None


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n## A  title \nmore", "A title"),
        ("", ""),
        ("***\n", ""),
        ("x" * 200, "x" * 89 + "…"),
        ("---\ntitle: So it is\n---\nNot this", "So it is"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert title_of(text) == title


def test_published_figures() -> None:
    assert [word_count(text) for text in ("It's 3.5 %.", "我爱北京。GPT-4", "สวัสดี", "")] == [4, 6, 6, 0]
    rows = [bead(0, "One two.", "一二。", 0.9), bead(1, "Three.", "", 0.9)]
    forth = counted_pair(("zh", "en"), [_turned(row) for row in rows])
    assert forth == counted_pair(("en", "zh"), rows)
    (both,) = by_languages([forth, forth])
    assert (both.languages, both.pairs, both.beads, both.gaps) == (("en", "zh"), 2, 2, 2)
    assert (both.units, both.words, both.mean_lengths) == ((4, 2), (6, 4), (1.5, 2.0))


# As people with other screens and needs have the pages.


SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1300, "height": 900}},
    "dark": {"viewport": {"width": 1300, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True},
}


def every_page(run: CorpusFolder) -> list[Path]:
    other = make_run(
        run.path.parent / "other",
        {"en.txt": ("en", f"# A title\n{LONG}"), "ar.txt": ("ar", ARABIC)},
        [
            Pair(
                "ar.txt", "en.txt", {"sentence": [_turned(bead(0, "Artificial intelligence", "الذكاء", 0.5))]}
            )
        ],
    )
    write_comparison(run, other)
    folders = {page.parent: page for page in sorted((run.path / "report").rglob("*.html"), reverse=True)}
    assert folders[run.path / "report" / "compare"].name != "index.html"
    assert {folder.name for folder in folders} == {"report", "pairs", "duplicates", "unpaired", "compare"}
    return [*folders.values(), run.path / "report" / "compare" / "index.html"]


@pytest.mark.browser
@pytest.mark.parametrize("screen", SCREENS)
def test_no_fault_of_accessibility_and_nothing_too_wide(
    run: CorpusFolder, chromium: Any, screen: str
) -> None:
    pytest.importorskip("axe_playwright_python", reason="pip install axe-playwright-python")
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    context = chromium.new_context(bypass_csp=True, offline=True, **SCREENS[screen])
    for path in every_page(run):
        page = context.new_page()
        page.goto(path.as_uri())
        page.add_script_tag(content=axe)
        faults = page.evaluate("axe.run().then(found => found.violations.map(v => [v.id, v.nodes[0].html]))")
        assert faults == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    context.close()


@pytest.mark.browser
def test_columns_order_and_filters_choose(run: CorpusFolder, chromium: Any) -> None:
    page = chromium.new_page(viewport={"width": 1300, "height": 900})
    page.goto((run.path / "report" / "index.html").as_uri())

    def shown() -> list[str]:
        rows = page.locator("#list-documents [role=rowheader] bdi")
        return [str(text) for text in rows.all_text_contents()]

    as_found = shown()
    page.click(".documents .head >> text=Document")
    assert shown() == sorted(as_found)
    page.click(".documents .head >> text=Document")
    assert shown() == sorted(as_found, reverse=True)
    assert page.get_attribute(".documents .head [aria-sort]", "aria-sort") == "descending"
    page.click(".documents .head >> text=Score")  # numbers: the highest first, what has none behind
    assert set(shown()[:3]) == {"en.txt", "ar.txt", "copy.txt"}
    page.select_option("[data-for=documents] select[data-filter=language]", "ar")
    assert shown() == ["ar.txt"]
    page.select_option("[data-for=documents] select[data-filter=language]", "")
    assert len(shown()) == len(as_found)
    page.close()


@pytest.mark.browser
def test_scripts_from_right_to_left_stand_right(run: CorpusFolder, chromium: Any) -> None:
    page = chromium.new_page(viewport={"width": 1300, "height": 900})
    page.goto(next((run.path / "report" / "pairs").glob("*.html")).as_uri())
    cell = page.locator("[data-panel=sentence] #s0 [role=cell] p").first
    assert cell.get_attribute("dir") == "rtl"
    assert cell.evaluate("p => getComputedStyle(p).direction") == "rtl"
    page.close()


@pytest.mark.browser
def test_a_printed_page_holds_everything_and_no_controls(run: CorpusFolder, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto((run.path / "report" / "index.html").as_uri())
    page.emulate_media(media="print")
    assert not page.locator(".tools").first.is_visible()
    assert page.locator("#list-documents [role=row]").last.is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf()[:5] == b"%PDF-"
    page.close()
