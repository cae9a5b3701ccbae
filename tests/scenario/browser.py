"""A real browser shows the demo, an event changes a cell in place, and the page survives that its
server is killed and comes back. A web page that lies elsewhere shows the same by the two lines of
the README, and a server without the demo has a front page where any page can be watched."""
import pathlib
import re

from harness.browser import Browser
from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.server import Server
from harness.things import things
from harness.upstream import Upstream

PICTURE = "freshet-demo.png"
README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
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

    def __init__(self, browser):
        self.browser, self.ask = browser, browser.ask

    def cells(self):
        return self.ask(CELLS)

    def status(self):
        return self.ask("return document.getElementById('status').dataset.state")

    def changes(self, what):
        """The cells that change, after the button was pressed."""
        before = self.cells()
        told = self.ask("return document.querySelectorAll('#log li b').length")
        self.browser.press("make")

        def look():
            now = self.cells()
            return {(card, at) for card in now for at in now[card]
                    if before.get(card, {}).get(at) not in (None, now[card][at])}
        changed = eventually(look, f"a cell changes {what}", within=30, every=0.05)
        check(self.ask("return document.querySelectorAll('#log li b').length") >= min(told, 1),
              "the log of the page lost its lines")
        return changed


def demo():
    server = Server(verb="demo", start=False)
    server.flags = ["--set", f"listen=127.0.0.1:{server.port}",
                    "--set", f"admin=127.0.0.1:{server.admin}",
                    "--set", "bus.demo.rate=0.01"]  # nothing happens by itself meanwhile
    server.start()
    return server


def elsewhere(server, browser):
    """The README's lines in a file, which a browser opens from the disk."""
    lines = re.search(r"```html\n(.*?)```", README.read_text(), re.S).group(1)
    check("http://127.0.0.1:8080" in lines, lines)
    file = server.folder / "mine.html"
    file.write_text(lines.replace("http://127.0.0.1:8080", server.url))
    browser.open(file.as_uri())
    shown = lambda: browser.ask("return document.querySelector('live-json').textContent")
    builds = lambda: server.get("/packages/guake.json").json()["builds"]["total"]
    equals_eventually(lambda: f"{builds()} builds" in shown(), True, "the README's lines show a number")
    step(f"a file on the disk shows {shown()!r}")
    equal(browser.complaints(), [], "errors on its console")


def front_page(browser):
    """Of a server with a configuration of its own."""
    upstream = Upstream()
    upstream.documents["/x"] = {"name": "x", "n": 1, "text": "<b>no HTML</b>"}
    server = Server(things(upstream), stdin=True)
    browser.open(server.url)
    browser.type("path", "/things/x.json")
    browser.press("go")
    page = lambda: browser.ask("return document.getElementById('page').textContent")
    eventually(lambda: '"n": 1' in page(), "the front page shows the page that was named")
    check("<b>no HTML</b>" in page(), page())
    eventually(lambda: int(server.metrics().sum("freshet_sse_subscribers")) == 1, "the front page listens")
    upstream.documents["/x"] = {"name": "x", "n": 2, "text": "<b>no HTML</b>"}
    server.publish({"topic": "thing.changed", "id": "1", "msg": {"thing": "x"}})
    eventually(lambda: '"n": 2' in page(), "the front page shows what changed")
    lit = browser.ask("return [...document.querySelectorAll('#page .new')].map(e => e.textContent.trim())")
    equal(lit, ['"n": 2,'], "the lines that light up")
    told = browser.ask("return document.getElementById('told').textContent")
    check(told.endswith("after thing.changed"), told)
    equal(browser.reads(), "1:first", "the document was loaded again")
    browser.type("path", "/things/none.json")
    browser.press("go")
    eventually(lambda: page() == "there is no such page", "the front page says that there is none")
    equal([c for c in browser.complaints() if "404" not in c], [], "errors on its console")
    step(f"a server's own front page watches a page: {told}")


def scenario():
    server = demo()
    browser = Browser()
    page = Page(browser)
    browser.open(server.url + "/")
    page.ask("document.querySelector('main').dataset.marker = 'first'")
    eventually(lambda: page.status() == "live", "the page is connected", within=30)
    eventually(lambda: len([c for c in page.cells().values() if c]) >= 3, "three pages are shown")
    equal(browser.driver.title, "freshet demo", "the title")
    step(f"shows {', '.join(page.cells())}")

    for number in range(3):
        changed = page.changes(f"after press {number + 1}")
        equal(browser.reads(), "1:first", "the document was loaded again")
        step(f"press {number + 1}: {sorted(changed)[0]} and {len(changed) - 1} more")
    flashed = page.ask("return document.querySelectorAll('td.flash').length")
    check(flashed > 0, "no cell shows that it changed")
    browser.picture(PICTURE)

    server.kill()
    eventually(lambda: page.status() != "live", "the page notices that its server is gone", within=30)
    check(all(page.cells().values()), "cells vanished with the server")
    server.start()
    eventually(lambda: page.status() == "live", "the page is connected again", within=60)
    changed = page.changes("after the restart")
    equal(browser.reads(), "1:first", "the document was loaded again after the restart")
    equal(page.ask("return document.querySelector('main').dataset.marker"), "first", "the cards' place")
    step(f"after the restart: {sorted(changed)[0]}")
    equal(browser.complaints(), [], "errors on the browser's console")

    elsewhere(server, browser)
    front_page(browser)


run(scenario)
