"""The pages in a real browser: what the script adds, and what must never happen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from align.corpus.folder import CorpusFolder
from align.report import write_report

from .conftest import article_run

FIRST_LINKED = (
    "JSON.parse(document.querySelector('#data-sentence').textContent).words"
    ".findIndex(words => words && words[0].length)"
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, documents: dict[str, tuple[str, str]]) -> CorpusFolder:
    made = article_run(tmp_path_factory.mktemp("run") / "out", documents)
    write_report(made)
    return made


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page without network that fails the test when its script or its security policy complains."""
    context = chromium.new_context(viewport={"width": 1300, "height": 900}, offline=True)
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert complaints == []
    assert all(url.startswith(("file:", "data:")) for url in asked)


def pair_url(run: CorpusFolder) -> str:
    return (run.path / "report" / "pairs" / f"{run.pairs[0].file}.html").as_uri()


def shown(page: Any) -> list[str]:
    return page.eval_on_selector_all("[data-panel]:not([hidden]) .b", "rows => rows.map(row => row.id)")


def confidences(page: Any) -> list[float]:
    rows = page.locator("[data-panel]:not([hidden]) .b .m i")
    return [float(text) for text in rows.all_text_contents()]


def test_order_filters_and_search(run: CorpusFolder, page: Any) -> None:
    beads = list(run.beads(run.pairs[0], "sentence"))
    page.goto(pair_url(run))
    assert len(shown(page)) == len(beads)

    page.select_option("#order", "worst")
    assert confidences(page) == sorted(confidences(page))
    page.select_option("#order", "reading")
    assert shown(page) == [f"s{i}" for i in range(len(beads))]

    page.fill("#most", "60")
    assert shown(page) == [f"s{i}" for i, row in enumerate(beads) if round(100 * row.confidence) <= 60]
    page.click("[data-types=sentence] >> text=gaps")
    assert shown(page) == [
        f"s{i}" for i, row in enumerate(beads) if round(100 * row.confidence) <= 60 and row.is_gap
    ]
    page.keyboard.press("Escape")
    assert len(shown(page)) == len(beads)

    page.keyboard.press("/")
    page.keyboard.type("MODEL")
    assert shown(page) == [
        f"s{i}" for i, row in enumerate(beads) if "model" in (row.source + "\n" + row.target).lower()
    ]
    assert page.evaluate("CSS.highlights.get('found').size") > 0
    assert page.inner_text("#status") == f"{len(shown(page))} of {len(beads)} beads"

    page.click("text=Paragraphs")
    assert all(id.startswith("p") for id in shown(page))


def test_keys_walk_through_beads_and_words(run: CorpusFolder, page: Any) -> None:
    beads = list(run.beads(run.pairs[0], "sentence"))
    page.goto(pair_url(run))
    for key in "jjk":
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.id") == "s0"
    doubtful = [i for i, row in enumerate(beads) if i and (row.is_gap or row.is_doubtful)]
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == f"s{doubtful[0]}"
    page.keyboard.press("N")
    assert page.inner_text("#said") in ("no earlier bead", "")

    linked = page.evaluate(FIRST_LINKED)
    page.goto(f"{pair_url(run)}#s{linked}")
    page.reload()
    before = page.inner_text(f"#s{linked}")
    page.keyboard.press("ArrowRight")
    assert page.locator(f"#s{linked} .w.on").count() >= 2
    assert page.inner_text(f"#s{linked}") == before
    assert ": " in page.inner_text("#said")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()


def test_hovering_a_word_shows_its_counterpart(run: CorpusFolder, page: Any) -> None:
    page.goto(pair_url(run))
    linked = page.evaluate(FIRST_LINKED)
    page.hover(f"#s{linked} p")
    page.hover(f"#s{linked} .w >> nth=0")
    sides = page.eval_on_selector_all(
        f"#s{linked} .w.on", "words => words.map(word => word.closest('[role=cell]').matches(':last-child'))"
    )
    assert set(sides) == {False, True}


def test_words_leave_the_texts_as_they_are(run: CorpusFolder, page: Any) -> None:
    page.goto(pair_url(run))
    beads = list(run.beads(run.pairs[0], "sentence"))
    marked = 0
    for i, row in enumerate(beads[:12]):
        page.keyboard.press("j")
        assert page.locator(f"#s{i} p").all_text_contents() == [
            text for text in (row.source, row.target) if text
        ]
        marked += page.locator(f"#s{i} .w").count()
    assert marked > 10


def test_a_click_on_the_path_leads_to_the_bead(run: CorpusFolder, page: Any) -> None:
    page.goto(pair_url(run))
    page.select_option("#order", "worst")
    box = page.locator("svg.map").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.8)
    current = page.evaluate("document.activeElement.id")
    assert 0.6 < int(current[1:]) / page.locator("[data-panel=sentence] .b").count() < 0.95
    assert page.locator(f"#{current}").is_visible()
    assert page.input_value("#order") == "reading"


def test_the_first_page_filters_documents(run: CorpusFolder, page: Any) -> None:
    page.goto((run.path / "report" / "index.html").as_uri())
    rows = page.locator("#list-documents .chunk > *")
    assert rows.count() == 6
    page.click("#documents >> text=failed")
    assert rows.count() == 1
    page.click("#documents >> text=failed")
    page.fill("#documents input", "copy of")
    assert rows.count() == 1
    page.select_option("#pairs select", "-gaps")
    page.click("#list-pairs a")
    assert page.locator("h1").inner_text().startswith("000_")


def test_nothing_in_a_text_runs(evil_run: CorpusFolder, page: Any) -> None:
    write_report(evil_run)
    for path in sorted((evil_run.path / "report").rglob("*.html")):
        page.goto(path.as_uri())
        for row in page.locator("[data-panel]:not([hidden]) .b").all():
            row.hover()
        assert page.title() != "owned"
        assert page.locator("img").count() == 0


@pytest.mark.parametrize("width", [360, 768, 1300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_the_screen(run: CorpusFolder, chromium: Any, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    for path in sorted((run.path / "report").rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
    context.close()


def test_without_script_everything_is_there(run: CorpusFolder, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pair_url(run))
    assert page.locator("[data-panel] .b").count() == sum(
        len(list(run.beads(run.pairs[0], level))) for level in ("sentence", "paragraph")
    )
    assert not page.locator(".tools").is_visible()
    assert page.locator("#s3").is_visible()
    context.close()


def test_names_and_roles_for_those_who_hear_the_page(run: CorpusFolder, page: Any) -> None:
    page.goto(pair_url(run))
    assert page.get_by_role("table", name="Sentences side by side").count() == 1
    assert page.get_by_role("row").count() > 50
    assert page.get_by_role("searchbox", name="Search both texts").count() == 1
    assert page.get_by_role("img", name="Path of the alignment").count() == 1
    unnamed = page.eval_on_selector_all(
        "button, input, select",
        "all => all.filter(it => !it.innerText && !it.ariaLabel && !it.labels?.length).map(it => it.outerHTML)",
    )
    assert unnamed == []
