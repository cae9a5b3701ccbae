"""A real browser shows the demo, an event changes a cell in place, and the page survives that its
server is killed and comes back."""
import os
import shutil

from harness.checks import Skip, check, closing, equal, eventually, run, step
from harness.server import Server

try:
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
except ImportError:
    webdriver = None

PICTURE = "freshet-demo.png"
# What every card shows, as one object: {"/packages/x.json": {"/a/b": "text"}}
CELLS = """
  const out = {};
  for (const card of document.querySelectorAll('main article')) {
    const cells = out[card.querySelector('h2').textContent] = {};
    for (const row of card.querySelectorAll('tr'))
      cells[row.children[0].textContent] = row.children[1].textContent;
  }
  return out;
"""


class Page:
    """What is on the screen."""

    def __init__(self, driver):
        self.driver = driver

    def ask(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def cells(self):
        return self.ask(CELLS)

    def status(self):
        return self.ask("return document.getElementById('status').dataset.state")

    def reads(self):
        return self.ask("return performance.getEntriesByType('navigation').length + ':' + window.marker")

    def press(self):
        self.driver.find_element(By.ID, "make").click()

    def changes(self, what, press=True):
        """The cells that change, after the button was pressed."""
        before = self.cells()
        told = self.ask("return document.querySelectorAll('#log li b').length")
        if press:
            self.press()

        def look():
            now = self.cells()
            return {(card, at) for card in now for at in now[card]
                    if before.get(card, {}).get(at) not in (None, now[card][at])}
        changed = eventually(look, f"a cell changes {what}", within=30, every=0.05)
        check(self.ask("return document.querySelectorAll('#log li b').length") >= min(told, 1),
              "the log of the page lost its lines")
        return changed


def start_browser(folder):
    if webdriver is None:
        raise Skip("python3-selenium is not here")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        raise Skip("chromium or chromedriver is not here")
    options = Options()
    options.binary_location = program
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--window-size=1280,1000", "--no-first-run", f"--user-data-dir={folder}/profile"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(service=Service(driver), options=options)
    started.set_script_timeout(20)
    return started


class Browser:
    def __init__(self, folder):
        self.folder = folder / "browser"
        self.folder.mkdir()
        self.driver = start_browser(self.folder)
        closing(self)

    def complaints(self):
        """Errors on the console, but for the network's: the server is killed on purpose."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and "net::ERR" not in entry["message"]]

    def close(self):
        try:
            self.driver.quit()
        except WebDriverException:
            pass
        shutil.rmtree(self.folder, ignore_errors=True)


def demo():
    server = Server(verb="demo", start=False)
    server.flags = ["--set", f"listen=127.0.0.1:{server.port}",
                    "--set", f"admin=127.0.0.1:{server.admin}",
                    "--set", "bus.demo.rate=0.01"]  # nothing happens by itself meanwhile
    server.start()
    return server


def scenario():
    server = demo()
    browser = Browser(server.folder)
    page = Page(browser.driver)
    browser.driver.get(server.url + "/")
    page.ask("window.marker = 'first'; document.querySelector('main').dataset.marker = 'first'")
    eventually(lambda: page.status() == "live", "the page is connected", within=30)
    eventually(lambda: len([c for c in page.cells().values() if c]) >= 3, "three pages are shown")
    equal(browser.driver.title, "freshet demo", "the title")
    step(f"shows {', '.join(page.cells())}")

    for number in range(3):
        changed = page.changes(f"after press {number + 1}")
        equal(page.reads(), "1:first", "the document was loaded again")
        step(f"press {number + 1}: {sorted(changed)[0]} and {len(changed) - 1} more")
    flashed = page.ask("return document.querySelectorAll('td.flash').length")
    check(flashed > 0, "no cell shows that it changed")
    browser.driver.save_screenshot(PICTURE)
    check(os.path.getsize(PICTURE) > 10_000, "the screenshot is empty")
    step(f"screenshot: {os.path.abspath(PICTURE)}")

    server.kill()
    eventually(lambda: page.status() != "live", "the page notices that its server is gone", within=30)
    check(all(page.cells().values()), "cells vanished with the server")
    server.start()
    eventually(lambda: page.status() == "live", "the page is connected again", within=60)
    changed = page.changes("after the restart")
    equal(page.reads(), "1:first", "the document was loaded again after the restart")
    equal(page.ask("return document.querySelector('main').dataset.marker"), "first", "the cards' place")
    step(f"after the restart: {sorted(changed)[0]}")
    equal(browser.complaints(), [], "errors on the browser's console")


run(scenario)
