"""The pages in a real browser that reaches no other machine: what they need, they bring."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.test_cli import Parley

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
SECONDS = 30

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs a browser: apt-get install chromium chromium-driver"
)


@pytest.fixture(scope="module")
def base(loaded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the bundled dossiers."""
    parley = Parley(tmp_path_factory.mktemp("unused"), "serve", "--port", "0", DATABASE_URL=loaded_url)
    yield parley.base
    assert parley.end() == 0


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1600"]
    # Whatever the page asks of another machine fails, as on one without internet.
    arguments += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={tmp_path}"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    for argument in arguments:
        options.add_argument(argument)
    driver = webdriver.Chrome(options, Service(DRIVER))
    yield driver
    driver.quit()


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the browser's console says that is worse than a remark."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("WARNING", "SEVERE")]


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_telephone(base: str, browser: webdriver.Chrome, scheme: str) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    documentation = ("/", "/docs", "/docs?q=due", "/docs/listDemands", "/docs/createProposal", "/problems")
    words = ("/v1/vocabularies/DemandState", "/v1/vocabularies/Stance", "/v1/vocabularies/issues", "/v1/terms")
    for path in (*documentation, *words):
        browser.get(f"{base}{path}")
        browser.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert browser.execute_script("return document.documentElement.scrollWidth") == 390, path
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
    # What is no JSON a browser may save instead of showing it; tests/test_readme.py asks for those.
    for link in [link for link in links if "format=" not in str(link)]:
        browser.get(str(link))
        assert '"data"' in browser.find_element(By.TAG_NAME, "body").text, link
    assert complaints(browser) == []
