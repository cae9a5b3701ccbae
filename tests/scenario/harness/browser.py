"""Debian's Chromium without a screen, driven by Selenium."""
import os
import pathlib
import shutil
import tempfile

from .checks import Skip, check, closing, step

try:
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
except ImportError:
    webdriver = None


def _start(folder):
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
    """One tab."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="freshet-browser-"))
        closing(self)
        self.driver = None
        self.driver = _start(self.folder)

    def open(self, address):
        """Shows a document, and marks it: reads() tells whether it is still that one."""
        self.driver.get(address)
        self.ask("window.marker = 'first'")

    def ask(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def reads(self):
        """`1:first` as long as the document of open() was not loaded again."""
        return self.ask("return performance.getEntriesByType('navigation').length + ':' + window.marker")

    def press(self, name):
        self.driver.find_element(By.ID, name).click()

    def type(self, name, text):
        field = self.driver.find_element(By.ID, name)
        field.clear()
        field.send_keys(text)

    def resize(self, width, height):
        """Narrower than any window is allowed to be, as on a phone."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1,
                                     "mobile": width < 600})

    def picture(self, name):
        self.driver.save_screenshot(name)
        check(os.path.getsize(name) > 10_000, "the screenshot is empty")
        step(f"screenshot: {os.path.abspath(name)}")

    def complaints(self):
        """Errors on the console, but for the network's: servers are killed on purpose."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and "net::ERR" not in entry["message"]]

    def close(self):
        try:
            if self.driver:
                self.driver.quit()
        except WebDriverException:
            pass
        shutil.rmtree(self.folder, ignore_errors=True)
