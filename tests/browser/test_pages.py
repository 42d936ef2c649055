"""The pages in a real browser that reaches no other machine: what they need, they bring."""

from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.conftest import pytestmark
from tests.cli.test_cli import Parley
from tests.guide import GUIDES, SERVER, blocks_of

__all__ = ["pytestmark"]

SECONDS = 30


@pytest.fixture(scope="module")
def base(loaded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the bundled dossiers."""
    parley = Parley(tmp_path_factory.mktemp("unused"), "serve", "--port", "0", DATABASE_URL=loaded_url)
    yield parley.base
    assert parley.end() == 0


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the browser's console says that is worse than a remark."""
    entries: list[dict[str, str]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in entries if entry["level"] in ("WARNING", "SEVERE")]


def test_an_operation_is_found_and_tried_by_keyboard_without_internet(base: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{base}/docs")
    wait = WebDriverWait(browser, SECONDS)
    keys = ActionChains(browser)
    keys.send_keys("/").send_keys("demands tabled_from").perform()
    first = wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, "#operations > .operations a"))[0]
    assert "/v1/demands" in first.text
    first.send_keys(Keys.ENTER)
    wait.until(lambda page: page.current_url.endswith("/docs/listDemands"))
    browser.find_element(By.ID, "fill").send_keys(Keys.ENTER)
    field = browser.find_element(By.NAME, "claimant")
    assert field.get_attribute("value") == "russia"
    field.clear()
    field.send_keys("ukraine", Keys.ENTER)
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, "#answer .status.s2"))
    assert '"data": [' in browser.find_element(By.CSS_SELECTOR, "#answer pre").text
    assert "issue=TERR" in browser.find_element(By.ID, "curl").text
    assert complaints(browser) == []


def test_a_write_from_the_page_is_refused_without_a_key_and_says_so(base: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{base}/docs/createParty")
    assert '-H "Authorization: Bearer $PARLEY_KEY"' in browser.find_element(By.ID, "curl").text
    browser.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
    refused = WebDriverWait(browser, SECONDS).until(
        lambda page: page.find_elements(By.CSS_SELECTOR, "#answer .status.s4")
    )
    assert refused[0].text == "401"


def test_no_page_scrolls_sideways_on_a_telephone(base: str, browser: webdriver.Chrome) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    documentation = ("/", "/docs", "/docs?q=due", "/docs/listDemands", "/docs/createProposal", "/problems")
    words = ("/v1/vocabularies/DemandState", "/v1/vocabularies/Stance", "/v1/vocabularies/issues", "/v1/terms")
    for path in (*documentation, *words):
        browser.get(f"{base}{path}")
        browser.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for scheme in ("light", "dark"):
            media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
            assert browser.execute_script("return document.documentElement.scrollWidth") == 390, (path, scheme)
    assert complaints(browser) == []


def test_the_first_page_leads_to_the_documentation(base: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{base}/")
    assert "Parley" in browser.title
    browser.find_element(By.CSS_SELECTOR, "a[href$='/docs']").click()
    WebDriverWait(browser, SECONDS).until(lambda page: page.current_url.endswith("/docs"))
    WebDriverWait(browser, SECONDS).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".tag-of"))
    assert complaints(browser) == []


def test_each_question_of_the_first_page_is_answered(base: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{base}/")
    links = [found.get_attribute("href") for found in browser.find_elements(By.CSS_SELECTOR, ".asks a")]
    assert len(links) >= 3
    # What is no JSON a browser may save instead of showing it; tests/test_guides.py requests those.
    for link in [link for link in links if "format=" not in str(link)]:
        browser.get(str(link))
        assert '"data"' in browser.find_element(By.TAG_NAME, "body").text, link
    assert complaints(browser) == []


def test_guides_fit_the_window_and_only_code_scrolls(base: str, browser: webdriver.Chrome) -> None:
    guides = [f"/guide/{path.stem}" for path in GUIDES.glob("*.md") if path.stem != "index"]
    assert guides
    for address in ("/guide", *guides):
        browser.get(f"{base}{address}")
        for width in (390, 1280):
            # Chromium's own windows are 500 pixels wide at least.
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": True}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            widths = browser.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
            assert widths == [width, width], address
    assert complaints(browser) == []


def test_a_guide_shows_one_language_where_its_reader_chose_one(base: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{base}/guide/clients")
    shown = "return [...document.querySelectorAll('pre > code')].filter((one) => one.checkVisibility()).map((one) => one.className)"
    assert set(browser.execute_script(shown)) == {f"language-{name}" for name in ("python", "js", "r", "text")}
    for name in ("python", "js", "r"):
        browser.find_element(By.ID, f"show-{name}").click()
        assert set(browser.execute_script(shown)) == {f"language-{name}", "language-text"}


def test_what_the_guide_does_in_a_browser_prints_what_it_shows(base: str, browser: webdriver.Chrome) -> None:
    blocks = blocks_of("clients")
    (followed,) = (block for block in blocks if block.needs == "browser")
    first = next(block for block in blocks if block.language == "js")
    browser.get(f"{base}/guide/clients")
    console = "window.said = []; const console = { log: (...words) => said.push(words.join(' ')) };"
    code = (first.code + followed.code).replace(SERVER, base)
    browser.execute_script(f"(async () => {{ {console} {code} }})();")
    wanted = (first.output + followed.output).splitlines()
    WebDriverWait(browser, SECONDS).until(lambda page: len(page.execute_script("return said")) >= len(wanted))
    assert browser.execute_script("return said") == wanted
    assert complaints(browser) == []
