"""The whole way of a reviewer in a real browser, by keyboard."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from align.corpus.folder import CorpusFolder
from align.review import progress, reviewed_rows
from align.review.results import open_view, reading
from align.review.session import Review
from align.review.web.server import address_file

from .builder import make_run

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
HERE = ("http://127.0.0.1:", "file:")  # where requests may go
PATIENCE = 30_000  # milliseconds: a busy machine is slow, not wrong


class Server:
    """`align review` as a process of its own, that can be killed."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "align", "review", str(folder), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    @property
    def port(self) -> str:
        match = re.search(r":(\d+)/", self.url)
        assert match, self.url
        return match[1]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def serve(articles: CorpusFolder) -> Iterator[Any]:
    servers: list[Server] = []

    def start(*options: str) -> Server:
        servers.append(Server(articles.path, *(options or ("--port", "0", "--reviewer", "Ana"))))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def browse(chromium: Any) -> Iterator[Any]:
    """Opens pages; a script error, a refused policy or a request to elsewhere fails the test."""
    problems: list[str] = []
    contexts: list[Any] = []

    def console(message: Any) -> None:
        expected = "Failed to load resource" in message.text or "ERR_CONNECTION" in message.text
        if message.type == "error" and not expected:
            problems.append(message.text)

    def open_(url: str, *, context: Any = None, said: str = "Reviewing as", **options: Any) -> Page:
        if context is None:
            context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", **options)
            contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", console)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda r: problems.append(r.url) if not r.url.startswith(HERE) else None)
        page.goto(url)
        page.wait_for_selector(".bead.current")
        settled(page, said)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


def settled(page: Page, said: str) -> None:
    says(page, "#status", said)


def says(page: Page, selector: str, said: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator(selector)).to_contain_text(said, timeout=PATIENCE)


def current(page: Page) -> str:
    return str(page.locator(".bead.current").get_attribute("id")).removeprefix("bead-")


def leave(page: Any, opened: str) -> None:
    """Esc, and what was open is gone before the next key comes."""
    page.keyboard.press("Escape")
    page.wait_for_selector(opened, state="hidden")


def press(page: Page, key: str, said: str) -> None:
    page.evaluate("document.getElementById('status').textContent = ''")
    page.keyboard.press(key)
    settled(page, said)


def states(run: CorpusFolder, level: str = "paragraph") -> list[tuple[str, str]]:
    rows = reviewed_rows(run, run.pairs[0], level)  # type: ignore[arg-type]
    return [
        (" ".join(r.row.source_positions) + "|" + " ".join(r.row.target_positions), r.status) for r in rows
    ]


def test_the_whole_way_by_keyboard_with_a_killed_server(
    articles: CorpusFolder, serve: Any, browse: Any
) -> None:
    server = serve()
    page = browse(server.url)
    assert "token" not in page.url
    press(page, "w", "In order")
    page.keyboard.press("Home")
    press(page, "a", "Accepted")
    assert current(page) == "p1 p2|p1"
    press(page, "r", "Rejected")
    assert current(page) == "p3|"
    press(page, "m", "Merged")
    assert current(page) == "p3 p4|p2"
    # A split: the cursor goes from the guess to after the first source unit and before the first target unit.
    page.keyboard.press("s")
    page.wait_for_selector(".cut")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    press(page, "Enter", "Split")
    assert current(page) == "p3|"
    # The boundary to the next bead.
    page.keyboard.press("b")
    page.wait_for_selector(".cut")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(".cut .primary:disabled")  # one bead would be empty
    page.keyboard.press("ArrowUp")
    press(page, "Enter", "Boundary moved")
    assert current(page) == "p3 p4|"
    press(page, "u", "Undone")
    press(page, "e", "")
    page.wait_for_selector(".editor textarea")
    page.keyboard.press("Control+Home")
    page.keyboard.type("<img src=x onerror=alert(1)> ")
    press(page, "Control+Enter", "Text saved")
    assert page.locator(".bead.current ins").text_content() == "<img src=x onerror=alert(1)> "
    page.keyboard.press("c")
    page.wait_for_selector(".editor textarea")
    assert page.locator(".bead.current .text.source").is_visible()  # what the comment is about
    page.keyboard.type("siehe <b>oben</b>")
    page.keyboard.press("Escape")  # drops nothing unasked
    says(page, ".editor .cut-note", "Esc again")
    press(page, "Enter", "Comment saved")
    press(page, "v", "Marked as reordered")
    before = states(articles)
    server.kill()
    # The page does not pretend: what is done now waits, and is done once when the server is back.
    page.keyboard.press("a")
    page.wait_for_selector("#alert:not([hidden])")
    assert "does not answer" in str(page.locator("#alert-text").text_content())
    assert page.locator(".bead.current.accepted").count() == 0
    assert states(articles) == before
    server = serve("--port", server.port, "--reviewer", "Ana")
    says(page, "#alert-text", "new key")
    browse(server.url, context=page.context).close()
    settled(page, "Accepted")
    page.wait_for_selector("#alert", state="hidden")
    assert dict(states(articles)) == {**dict(before), "p3|": "accepted"}
    press(page, "u", "Undone: acceptance")
    for _ in range(3):
        press(page, "u", "Undone")
    assert progress(articles)["edited"] == 0
    for _ in range(4):
        press(page, "U", "Done again")
    assert dict(states(articles))["p3|"] == "accepted"
    row = next(r for r in reviewed_rows(articles, articles.pairs[0], "paragraph") if r.comment)
    assert row.comment == "siehe <b>oben</b>"
    assert row.row.source.startswith("<img src=x onerror=alert(1)> ")
    assert row.row.reordered
    page.reload()  # the place is kept
    page.wait_for_selector(".bead.current")
    settled(page, "Reviewing as")
    assert "p3|" in page.url or "p3%7C" in page.url


def test_two_tabs_do_not_lose_each_others_work(articles: CorpusFolder, serve: Any, browse: Any) -> None:
    ana = browse(serve().url)
    bob = browse(serve("--port", "0", "--reviewer", "Bob").url)
    for page in (ana, bob):
        press(page, "w", "In order")
        page.keyboard.press("Home")
        page.wait_for_selector("[id='bead-p0|p0'].current")
    page = bob
    page.keyboard.press("c")
    page.wait_for_selector(".editor textarea")
    page.keyboard.type("Bob is typing")
    press(ana, "m", "Merged")
    page.keyboard.press("Control+Enter")
    says(page, "#alert-text", "Ana changed this")
    assert page.locator(".editor textarea").input_value() == "Bob is typing"
    page.click(".do-accept")  # what was typed is not dropped unasked
    settled(page, "Save or cancel")
    assert page.locator(".editor textarea").input_value() == "Bob is typing"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector("[id='bead-p0 p1 p2|p0 p1']")
    press(page, "r", "Rejected")
    ana.wait_for_selector(".bead.rejected")
    settled(ana, "Bob changed something here")
    assert states(articles)[0] == ("p0 p1 p2|p0 p1", "rejected")


def test_levels_pairs_help_search_and_history(serve: Any, browse: Any) -> None:
    page = browse(serve().url)
    press(page, "a", "left")
    page.keyboard.press("l")
    page.wait_for_selector("[data-level=sentence][aria-checked=true]")
    page.wait_for_selector("[id^='bead-p0s0|']")
    assert page.locator(".text.target").first.get_attribute("lang") == "zh"
    assert page.locator(".text.target").first.get_attribute("dir") == "auto"
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")
    assert page.locator("#help kbd").count() > 30
    leave(page, "#help")
    page.keyboard.press("/")
    page.wait_for_selector("#search-words:focus")  # what no key stands for is put in without one
    page.keyboard.type("小红书")
    page.keyboard.press("Enter")
    settled(page, "Found in bead")
    assert "小红书" in str(page.locator(".bead.current").text_content())
    leave(page, "#search")
    page.keyboard.press("p")
    page.wait_for_selector("#pairs[open] .pair-row-doubt")
    page.keyboard.type("")
    page.locator("#pairs .pair-row:not([aria-current])").click()
    says(page, "#pair-names", "003")
    page.keyboard.press("h")
    page.wait_for_selector("#history[open]")
    assert "Nothing has been done" in str(page.locator("#history").text_content())
    leave(page, "#history")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("A")
    page.wait_for_selector("#stretch[open] .primary:focus")
    assert "Beads 0 to 3" in str(page.locator("#stretch").text_content())
    press(page, "Enter", "Accepted 4 beads")
    press(page, "u", "Undone: acceptance")
    assert page.locator(".bead.accepted").count() == 0
    press(page, "U", "Done again: acceptance")
    page.keyboard.press("g")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    page.wait_for_selector(".bead.current[aria-rowindex='21']")  # rows are counted from 1, beads from 0


def test_keys_that_come_too_early_wait_for_their_field(
    articles: CorpusFolder, serve: Any, browse: Any
) -> None:
    page = browse(serve().url)
    press(page, "w", "In order")
    page.keyboard.press("Home")
    page.wait_for_selector("[id='bead-p0|p0'].current")

    def slowly(route: Any) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/api/act*", slowly)
    page.keyboard.press("a")  # is not answered yet when the others come
    for key in "c" + "arm":
        page.keyboard.press(key)
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+Enter")
    settled(page, "Comment saved")
    store = reading(articles)
    assert store is not None
    assert [action.kind for action in store.actions()] == ["accept", "comment"]
    store.close()
    row = next(row for row in reviewed_rows(articles, articles.pairs[0], "paragraph") if row.comment)
    assert (row.row.source_positions, row.comment) == (("p1", "p2"), "ar")
    page.keyboard.press("r")
    for key in ["g", "1", "9", "Enter", "/", *"p3", "Enter"]:
        page.keyboard.press(key)
    settled(page, "Found in bead")
    assert states(articles)[1][1] == "rejected"
    assert [status for _, status in states(articles)].count("open") == len(states(articles)) - 2


def test_on_a_phone_nothing_is_cut_off_and_fingers_do(
    articles: CorpusFolder, serve: Any, browse: Any
) -> None:
    page = browse(serve().url, has_touch=True, is_mobile=True)
    page.set_viewport_size({"width": 390, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tap(page, ".do-accept", "Accepted")
    tap(page, ".do-reject", "Rejected")
    tap(page, ".do-undo", "Undone: rejection")
    tap(page, ".do-doubtful", "doubtful left")
    tap(page, ".do-merge", "Merged")
    page.tap(".do-split")
    page.locator(".cut-side").first.locator(".gap").nth(1).tap()
    tap(page, ".cut .primary", "Split")
    page.tap(".do-boundary")
    gaps = page.locator(".cut-side").first.locator(".gap")
    assert all(gap.bounding_box()["height"] >= 24 for gap in gaps.all())  # a finger is broad
    gaps.last.tap()
    page.locator(".cut-side").nth(1).locator(".gap").nth(1).tap()
    tap(page, ".cut .primary", "Boundary moved")
    page.tap(".do-edit")
    page.keyboard.type("So: ")
    tap(page, ".bead.current .primary", "saved")
    page.tap(".do-comment")
    page.keyboard.type("Is it?")
    tap(page, ".bead.current .primary", "Comment saved")
    assert done(articles) == ["accept", "reject", "undo", "merge", "split", "boundary", "edit", "comment"]


def test_a_sentence_is_cut_at_the_caret_by_touch(articles: CorpusFolder, serve: Any, browse: Any) -> None:
    page = browse(serve().url, has_touch=True, is_mobile=True)
    page.set_viewport_size({"width": 390, "height": 780})
    page.tap(".do-split")
    page.tap(".cut button:has-text('Cut a sentence')")
    page.wait_for_selector(".caret textarea:focus")
    page.tap(".caret button:has-text('Cut here')")
    says(page, ".cut", "…")
    tap(page, ".cut > .cut-keys .primary", "Split")
    assert done(articles) == ["split"]
    assert any(":0-" in positions for positions, _ in states(articles))


def tap(page: Page, selector: str, said: str) -> None:
    page.evaluate("document.getElementById('status').textContent = ''")
    page.tap(selector)
    settled(page, said)


def done(run: CorpusFolder) -> list[str]:
    """What was done, in its order."""
    store = reading(run)
    assert store is not None
    with contextlib.closing(store):
        return [action.kind for action in store.actions()]


def test_a_long_list_is_windowed_and_stays_quick(serve: Any, browse: Any) -> None:
    page = browse(serve().url)
    press(page, "w", "In order")
    page.keyboard.press("l")
    page.wait_for_selector("[id^='bead-p0s0|']")
    page.keyboard.press("End")
    total = int(str(page.locator("#beads").get_attribute("aria-rowcount")))
    page.wait_for_selector(f".bead.current[aria-rowindex='{total}']")
    page.keyboard.press("Home")
    page.wait_for_selector(".bead.current[aria-rowindex='1']")
    for _ in range(12):
        page.mouse.move(600, 400)
        page.mouse.wheel(0, 900)
        page.wait_for_timeout(40)
    shown = page.locator(".bead")
    numbers = [int(str(shown.nth(i).get_attribute("aria-rowindex"))) for i in range(shown.count())]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) <= 160


def test_the_browser_is_led_there_by_a_file_that_only_its_owner_reads(
    articles: CorpusFolder, serve: Any, browse: Any
) -> None:
    """The address is in nobody's list of processes; the page can be loaded again."""
    server = serve()
    port = int(server.url.rpartition(":")[2].partition("/")[0])
    with address_file(articles.path, port, server.url) as file:
        page = browse(file.as_uri())
        assert page.url.startswith(f"http://127.0.0.1:{port}/")
        assert "token" not in page.url
        page.reload()
        page.wait_for_selector(".bead.current")


@pytest.mark.slow
def test_a_sample_is_judged_by_two_who_see_nothing_of_each_other(serve: Any, browse: Any) -> None:
    pages = {}
    for name in ("Ana", "Ben"):
        options = ("--port", "0", "--reviewer", name, "--sample", "12", "--level", "paragraph")
        pages[name] = browse(serve(*options).url, said="Judging a sample")
    ana, ben = pages.values()
    for key in "ar" + "a" * 9:
        ana.keyboard.press(key)
    says(ana, "#progress-text", "Sample: 11 of 12 judged")
    ana.keyboard.press("u")
    says(ana, "#progress-text", "Sample: 10 of 12 judged")
    ana.keyboard.press("u")
    says(ana, "#progress-text", "Sample: 9 of 12 judged")
    ana.keyboard.press("o")
    says(ana, "#status", "Reopened")
    assert ana.evaluate("document.activeElement.classList.contains('current')")
    ana.keyboard.press("a")
    says(ana, "#progress-text", "Sample: 10 of 12 judged")
    ana.keyboard.press("e")  # no editor whose text would be refused once it is written
    says(ana, "#status", "accepted or rejected as it stands")
    assert ana.locator("textarea").count() == 0
    assert ana.locator("#actions .do-merge").count() == 0
    ana.keyboard.press("a")
    ana.keyboard.press("n")
    ana.keyboard.press("a")
    says(ana, "#status", "The whole sample is judged")
    ana.keyboard.press("m")
    says(ana, "#status", "accepted or rejected as it stands")
    says(ben, "#progress-text", "Sample: 0 of 12 judged")
    assert ben.locator(".bead.sampled.rejected, .bead.sampled.accepted").count() == 0
    ben.keyboard.press("h")
    says(ben, "#history", "Nothing has been done here yet")
    ben.keyboard.press("Escape")
    for _ in range(12):
        ben.keyboard.press("a")
    says(ben, "#status", "The whole sample is judged")
    ben.keyboard.press("q")
    says(ben, "#quality", "Ana and Ben agree on 11 of 12 beads")
    says(ben, "#quality", "1 disagreement is open")
    cy = browse(
        serve("--port", "0", "--reviewer", "Cy", "--settle", "--level", "paragraph").url, said="Settling"
    )
    says(cy, ".bead.current", "Ana: rejected")
    cy.keyboard.press("a")
    says(cy, "#status", "Every disagreement is settled")


def test_only_what_the_filter_asks_for(serve: Any, browse: Any, articles: CorpusFolder) -> None:
    page = browse(serve().url)
    page.keyboard.press("f")
    page.select_option("#only-types", "1-2")
    says(page, "#filter-count", "fit")
    count = int(re.sub(r"\D", "", page.locator("#filter-count").inner_text()))
    rows = list(reviewed_rows(articles, articles.pairs[0], "paragraph"))
    assert count == sum(row.row.type == "1-2" for row in rows) > 1
    says(page, ".bead.current .details", "1-2")
    assert page.locator(".bead.left-out").count() > count
    page.keyboard.press("n")
    says(page, "#status", f"of {count} beads fit")
    page.click("#filter-accept")
    page.click(f'#stretch button.primary:has-text("Accept {count} beads")')
    says(page, "#status", f"Accepted {count} beads")
    assert {
        row.status for row in reviewed_rows(articles, articles.pairs[0], "paragraph") if row.row.type == "1-2"
    } == {"accepted"}
    page.keyboard.press("u")
    says(page, "#status", "Undone: acceptance")
    page.keyboard.press("A")  # not what the filter leaves out
    says(page, "#stretch", "All undecided beads that the filter shows")
    says(page, "#stretch", f"Accept {count} beads")
    leave(page, "#stretch")
    page.click("#filter-close")
    page.wait_for_selector(".bead.left-out", state="detached")
    words = page.evaluate(
        """() => {
          const text = document.querySelector(".bead.current .text.target .unit").lastChild;
          getSelection().setBaseAndExtent(text, 0, text, 4);
          return String(getSelection());
        }"""
    )
    page.keyboard.press("f")
    says(page, "#status", "fit")
    assert page.locator("input[name=only_target]").input_value() == words
    assert words in page.locator(".bead.current .text.target").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(serve: Any, browse: Any, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page = browse(serve().url, color_scheme=scheme)
    faults = {}

    def look(name: str) -> None:
        faults[name] = [(f["id"], f["nodes"][0]["html"][:200]) for f in axe.run(page).response["violations"]]

    look("beads")
    for key, opened in (
        ("?", "#help[open]"),
        ("p", "#pairs[open]"),
        ("q", "#quality[open]"),
        ("g", "#goto[open]"),
        ("y", "#terms[open]"),
    ):
        page.keyboard.press(key)
        page.wait_for_selector(opened)
        look(opened)
        leave(page, opened.removesuffix("[open]"))
    for key, opened in (("s", ".cut"), ("e", "textarea"), ("f", "#only-types"), ("/", "#search-words")):
        page.keyboard.press(key)
        page.wait_for_selector(opened)
        look(opened)
        if key in "f/":
            page.wait_for_selector("form:focus-within")
        leave(page, opened)
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_sentence_is_cut_at_the_caret(serve: Any, browse: Any, articles: CorpusFolder) -> None:
    page = browse(serve().url)
    press(page, "w", "In order")
    page.keyboard.press("Home")
    id = current(page)
    text = str(page.locator(".bead.current .text.source .unit").first.inner_text())
    page.keyboard.press("s")
    page.wait_for_selector(".cut")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("c")
    page.keyboard.press("Home")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    says(page, ".cut-side.active .unit.second", "…")
    press(page, "Enter", "Split")
    first, second = states(articles)[:2]
    assert first[0].startswith("p0:0-")
    assert second[0].startswith("p0:")
    assert len(text) > 12
    press(page, "u", "Undone: split")
    assert current(page) == id


def test_arabic_is_laid_out_from_the_right_and_a_phone_has_room(tmp_path: Path, browse: Any) -> None:
    texts = {
        "en": ("en", "It is at https://example.org.\nHe came."),
        "ar": ("ar", "API موجود هنا.\nلقد جاء."),
    }
    run = make_run(tmp_path / "rtl", texts, sizes=((1, 1),))
    server = Server(run.path, "--port", "0")
    try:
        page = browse(server.url)
        cell = page.locator(".bead.current .text.target .unit")
        assert cell.evaluate("node => getComputedStyle(node).direction") == "rtl"
        source = page.locator(".bead.current .text.source .unit")
        assert source.evaluate("node => getComputedStyle(node).direction") == "ltr"
        page.set_viewport_size({"width": 390, "height": 700})
        page.keyboard.press("f")
        page.wait_for_selector("#only-types:focus")
        list_, foot = (page.locator(name).bounding_box() for name in ("#beads", ".bottom"))
        assert list_ is not None
        assert foot is not None
        assert list_["height"] > 100
        assert list_["y"] + list_["height"] <= foot["y"] + 1
        page.click("#filter-close")
        page.click(".do-help")
        page.click("#help button.plain:has-text('Take the decision off')")  # what has a key can be tapped
        says(page, "#status", "Reopened")
    finally:
        server.kill()


def test_which_word_answers_which(serve: Any, browse: Any) -> None:
    page = browse(serve().url)
    press(page, "w", "In order")
    page.keyboard.press("Home")
    page.keyboard.press("i")
    page.wait_for_selector(".bead.current .text.target .word")
    page.keyboard.press("]")
    says(page, "#status", "–")
    assert page.locator(".bead.current .text.source .word.answer").count() >= 1
    assert page.locator(".bead.current .text.target .word.answer").count() >= 1
    text = page.locator(".bead.current .text.source").inner_text()
    page.keyboard.press("i")
    says(page, "#status", "no longer shown")
    assert page.locator(".word").count() == 0
    assert page.locator(".bead.current .text.source").inner_text() == text


def test_a_term_shows_the_beads_that_hold_it_in_all_pairs(tmp_path: Path, browse: Any) -> None:
    says_ = [("was not there", "war nicht da"), ("has read it", "hat es gelesen"), ("is open", "ist offen")]
    words = [("maintainer", "Betreuer"), ("committee", "Ausschuss"), ("mailing list", "Verteiler")]
    lines = [(f"The {a} {c}.", f"Der {b} {d}.") for a, b in words for c, d in says_]
    texts = {f"en{k}": ("en", "\n".join(line[0] for line in lines)) for k in (1, 2, 3)}
    texts |= {f"de{k}": ("de", "\n".join(line[1] for line in lines)) for k in (1, 2, 3)}
    texts["de3"] = ("de", texts["de3"][1].replace("Ausschuss", "Vorstand"))
    pairs = [(f"en{k}", f"de{k}") for k in (1, 2, 3)]
    run = make_run(tmp_path / "terms", texts, pairs=pairs, sizes=((1, 1),))
    accepted = [
        {"pair": pair, "ids": [bead.id for bead in view.beads]}
        for pair in range(3)
        for view in [open_view(run, run.pairs[pair], "paragraph")]
    ]
    with contextlib.closing(Review(run, reviewer="Ana")) as review:
        for given in accepted:
            review.act(given["pair"], "paragraph", {"kind": "accept", "beads": given["ids"]})
    server = Server(run.path, "--port", "0")
    try:
        page = browse(server.url)
        page.keyboard.press("y")
        page.wait_for_selector("#terms[open] li")
        page.fill("#terms input", "ausSchuss")
        row = page.locator("#terms li")
        assert re.findall("[A-Za-z]+|[0-9]+", row.inner_text()) == [
            "committee",
            "9",
            "Ausschuss",
            "6",
            "otherwise",
            "3",
        ]
        row.get_by_text("Ausschuss").click()
        says(page, "#filter-count", "3 beads fit in this pair")
        assert page.locator(".bead:not(.left-out)").count() == 3
        press(page, "n", "of 3 beads fit")
        for _ in range(3):
            page.keyboard.press("n")
        says(page, "#pair-names", "en2")
        page.keyboard.press("y")
        page.locator("#terms li", has_text="committee").get_by_text("otherwise").click()
        says(page, "#pair-names", "en3")
        says(page, "#filter-count", "3 beads fit")
    finally:
        server.kill()
