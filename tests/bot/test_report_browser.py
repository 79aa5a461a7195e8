"""The page in Debian's Chromium, driven by Playwright: filters work, nothing leaves it, the console stays silent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bot.test_report import written

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",  # tests run as root in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # or it looks up Google's hosts at every start
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not there: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("report")).as_uri()


@pytest.fixture
def page(browser: Browser, report: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.extend({request.url} - {report}))
    page.goto(report)
    yield page
    context.close()
    assert complaints == []


def shown(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(".question:not([hidden])", "items => items.map(item => item.id)")
    return [identity.removeprefix("q-") for identity in found]


def test_filters_leave_what_was_asked_for_and_say_how_many(page: Page) -> None:
    assert len(shown(page)) == 8
    page.get_by_role("combobox", name="Verdict").select_option("silenced")
    assert shown(page) == ["n%221", "q4"]
    assert page.get_by_role("status").inner_text() == "2 of 8 questions shown"
    page.get_by_role("combobox", name="Language").select_option("id")
    assert shown(page) == ["q4"]
    page.get_by_role("combobox", name="Language").select_option("")
    page.get_by_role("combobox", name="Verdict").select_option("bad")
    assert len(shown(page)) == 5
    page.get_by_role("combobox", name="Against the baseline").select_option("worse")
    assert shown(page) == ["n%221", "q4"]
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".question:not([hidden])")).to_have_count(8)


def test_words_are_searched_in_every_script(page: Page) -> None:
    page.get_by_label("Words").fill("第二大股东")
    assert shown(page) == ["q3"]
    page.get_by_label("Words").fill("LIGHTCAP")
    assert shown(page) == ["q4"]
    page.get_by_label("Words").press("Enter")  # sends nothing
    assert shown(page) == ["q4"]


def test_a_link_to_a_question_that_is_filtered_away_shows_it(page: Page) -> None:
    page.get_by_role("combobox", name="Verdict").select_option("right")
    page.get_by_role("link", name="q5").click()
    expect(page.locator("[id=q-q5]")).to_be_in_viewport()


def test_the_keyboard_reaches_every_control_and_the_skip_link_comes_first(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the questions"
    page.keyboard.press("Enter")
    seen = set()
    for _ in range(6):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.name || document.activeElement.type"))
    assert {"language", "verdict", "change", "words", "reset"} <= seen


def test_a_screen_reader_finds_headings_tables_charts_and_names(page: Page) -> None:
    tree = page.locator("body").aria_snapshot()
    for line in (
        'heading "Questions, wrong ones first" [level=2]',
        'combobox "Language"',
        'img "Risk–coverage curve; answering',
        'img "Reliability diagram; confidence',
        'table "answer_accuracy, question language (rows) by article language (columns)"',
        "status:",
    ):
        assert line in tree
    assert page.locator("blockquote:not([lang])").count() == 0


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_width_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


CONTRAST = """() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map(Number)
      .map((value) => color.startsWith("color(") ? value : value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const clear = (color) => color === "rgba(0, 0, 0, 0)" || color === "transparent";
  const paper = (item) => {
    while (item && clear(getComputedStyle(item).backgroundColor)) item = item.parentElement;
    return getComputedStyle(item).backgroundColor;
  };
  const poor = [];
  for (const item of document.querySelectorAll("body *")) {
    const said = [...item.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!said || item.closest("svg, script")) continue;
    const [a, b] = [light(getComputedStyle(item).color), light(paper(item))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(item.outerHTML.slice(0, 120));
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_light_and_dark(page: Page, scheme: Literal["light", "dark"]) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 at least, of all text, in both schemes."""
    page.emulate_media(color_scheme=scheme)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(20, 23, 26)") is (scheme == "dark")
    page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    assert page.evaluate(CONTRAST) == []


def test_without_scripts_everything_is_there_and_no_dead_controls(browser: Browser, report: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report)
    assert page.locator("#filters").is_hidden()
    assert page.locator(".question").count() == 8
    context.close()
