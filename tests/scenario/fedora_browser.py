"""docs/fedora.md as a new user walks it, to its end in a real browser: `freshet init fedora`, the
addresses that its `sed` puts in, `check`, a package's page for people out of examples/fedora/site,
recorded events by `freshet replay`: the page changes before anybody reloads it, and finds its server
again."""
import functools
import http.server
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading

from harness.browser import Browser
from harness.checks import check, closing, equal, equals_eventually, eventually, run, step
from harness.fedora import FedoraProcess
from harness.server import Server, freshet
from harness.shipped import EVENTS, ROOT, Replay

# A build that the recorded events tell of, as Koji has it.
BUILD = {"build_id": 2031001, "package": "guake", "version": "3.10", "release": "1.fc41", "state": 1,
         "owner_name": "pingou", "branch": "f41", "creation_ts": 1763690400.5,
         "completion_ts": 1763691000.25}
# What a reader would miss who does not see, or has a keyboard only.
ACCESSIBLE = """
  const visible = e => e.getClientRects().length > 0, wrong = [];
  const all = s => [...document.querySelectorAll(s)].filter(visible);
  if (all('h1').length !== 1) wrong.push(all('h1').length + ' h1');
  if (!document.documentElement.lang) wrong.push('no language');
  for (const e of all('input')) if (!e.labels.length) wrong.push('no label: ' + e.id);
  for (const e of all('a, button')) if (!e.textContent.trim()) wrong.push('no text: ' + e.outerHTML);
  for (const e of all('section')) if (!document.getElementById(e.getAttribute('aria-labelledby'))) wrong.push('no title: ' + e.id);
  return wrong;
"""


class Site:
    """The folder of examples/fedora/site, told where freshet is, behind a web server of its own."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="freshet-site-"))
        shutil.copytree(ROOT / "examples/fedora/site", self.folder, dirs_exist_ok=True)

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                pass
        handler = functools.partial(Handler, directory=str(self.folder))
        self.listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()
        closing(self)

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.listener.server_address[1]}"

    def point_to(self, server):
        index = self.folder / "index.html"
        text = index.read_text()
        check('content="http://127.0.0.1:8080/"' in text, "the shipped page names the shipped address")
        index.write_text(text.replace("http://127.0.0.1:8080/", server.url + "/"))

    def close(self):
        self.listener.shutdown()
        self.listener.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)


def as_documented(stand_ins, replay, site):
    """What `freshet init fedora` prints after the documented `sed`; without listeners, which Server
    adds, and with ports of our own for the documented ones."""
    document = (ROOT / "docs/fedora.md").read_text()
    command = re.search(r"(?ms)^sed -i .*? f\.toml$", document).group(0)
    (site.folder / "f.toml").write_text(freshet("init", "fedora").out)
    subprocess.run(["bash", "-c", command], cwd=site.folder, check=True)
    text = re.sub(r"(?m)^(listen|admin) .*\n", "", (site.folder / "f.toml").read_text())
    for documented, here in (("http://127.0.0.1:7000/", stand_ins.url + "/"),
                             ("tcp://127.0.0.1:9940", replay.endpoint),
                             ("http://127.0.0.1:9000", site.origin)):
        check(documented in text, f"{documented} stands in the configuration after the documented sed")
        text = text.replace(documented, here)
    check("https://" not in re.sub(r"(?m)^\s*#.*", "", text), "every address is of this machine")
    return text


class Page:
    """What a reader sees of one package."""

    def __init__(self, browser):
        self.browser, self.ask = browser, browser.ask

    def text(self, name):
        return self.ask("return document.getElementById(arguments[0]).textContent.trim()", name)

    def state(self):
        return self.ask("return document.getElementById('status').dataset.state")

    def rows(self, name):
        return self.ask("return [...document.querySelectorAll(`#${arguments[0]} li`)].map(e => e.innerText.replace(/\\s+/g, ' '))",
                        name)

    def lit(self):
        return self.ask("return [...document.querySelectorAll('.new')].map(e => e.textContent)")

    def times(self):
        return self.ask("return [...document.querySelectorAll('ul time:not([hidden])')].map(e => [e.dateTime, e.textContent])")


def first_look(page, stand_ins):
    equals_eventually(lambda: page.text("owner"), "pingou", "the owner, on the screen", within=30)
    equals_eventually(page.state, "live", "the page is connected", within=30)
    eventually(lambda: page.rows("bugs")[0:1] not in ([], ["None."]), "bugs, on the screen", within=30)
    equal(page.text("name"), "guake", "the title")
    equal(page.text("version"), "3.10-1", "the version")
    # What upstreams say is text, and an address only where it is one of the web.
    equal(page.text("summary"), "<img src=x onerror=alert(1)>", "the summary")
    equal(page.ask("return document.querySelectorAll('img').length"), 0, "pictures")
    equal(page.ask("return document.getElementById('home').hasAttribute('href')"), False, "a script as a link")
    equal(len(page.rows("builds")), 4, "builds")
    equal(len(page.rows("bugs")), 5, "open bugs")
    times = page.times()
    check(len(times) >= 10, times)
    check(all(iso.endswith("Z") and not text.isdigit() and text for iso, text in times), times)
    newest = max(b["completion_ts"] or 0 for b in stand_ins.world()["builds"] if b["package"] == "guake")
    seconds = page.ask("return Math.max(...[...document.querySelectorAll('#builds time')].map(e => Date.parse(e.dateTime))) / 1000")
    equal(seconds, newest, "Koji's own number, in the page")
    equal(page.lit(), [], "what lights up though nothing has changed")
    equal(page.ask(ACCESSIBLE), [], "what keeps readers out")


def replayed(page, browser, stand_ins, replay):
    stand_ins.set(["packages", "guake", "owner"], "ada")
    stand_ins.change([{"path": ["builds", "-"], "value": BUILD}])
    equal(page.text("owner"), "pingou", "nobody has said anything yet")
    told = replay.play()
    step(told.out.strip().splitlines()[-1] if told.out.strip() else "replayed")
    equals_eventually(lambda: page.text("owner"), "ada", "the owner, on the screen", within=30)
    eventually(lambda: any("guake-3.10-1.fc41" in row for row in page.rows("builds")), "the new build, on the screen")
    check("ada" in page.lit(), page.lit())
    why = page.rows("log")
    check(any("The package changed" in row and "after org." in row for row in why), why)
    equal(browser.reads(), "1:first", "the document was loaded again")
    step(f"events were replayed, and the page changed: {why[-1]}")


def restarted(page, browser, stand_ins, server, replay):
    server.kill()
    eventually(lambda: page.state() != "live", "the page notices that its server is gone", within=30)
    equal(page.text("owner"), "ada", "the owner, while nobody answers")
    stand_ins.set(["packages", "guake", "owner"], "grace")
    server.start()
    equals_eventually(page.state, "live", "the page is connected again", within=60)
    equals_eventually(lambda: page.text("owner"), "grace", "what happened meanwhile, on the screen", within=60)
    stand_ins.set(["packages", "guake", "owner"], "linus")
    replay.play()
    equals_eventually(lambda: page.text("owner"), "linus", "events after the restart, on the screen", within=30)
    equal(browser.reads(), "1:first", "the document was loaded again")
    step("its server was killed, and the page found it again")


def narrow(page, browser):
    browser.resize(375, 800)
    wide = page.ask("return [document.documentElement.scrollWidth, innerWidth]")
    check(wide[0] <= wide[1], f"a phone would scroll sideways: {wide}")
    browser.picture("freshet-fedora-narrow.png")
    browser.resize(1280, 1000)


def other_packages(page, browser, site):
    browser.open(f"{site.origin}/?package=no-such")
    equals_eventually(lambda: page.text("notice"), "There is no package called no-such.", "what is said of nothing",
                      within=30)
    equal(page.ask("return document.querySelector('article').hidden"), True, "an empty page is shown")
    browser.type("wanted", "gua")
    eventually(lambda: page.ask("return [...document.querySelectorAll('#known option')].map(e => e.value)") == ["guake"],
               "names that begin so are proposed")
    step("there is a page for what is not there, and a search")


def scenario():
    stand_ins, replay = FedoraProcess(), Replay()
    server = Server(start=False)
    site, browser = Site(), Browser()
    site.point_to(server)
    server.write_config(as_documented(stand_ins, replay, site))
    lint = freshet("check", "-c", server.config_file, "--events", EVENTS)
    equal(lint.returncode, 0, f"exit code of the lint: {lint.out}{lint.err}")
    connect = freshet("check", "-c", server.config_file, "--connect")
    check("fedmsg" in connect.out + connect.err, f"who does not answer: {connect.out}{connect.err}")
    step(f"check --connect says {connect.returncode}: nobody publishes yet")
    stand_ins.change([
        {"path": ["packages", "guake", "summary"], "value": "<img src=x onerror=alert(1)>"},
        {"path": ["packages", "guake", "url"], "value": "javascript:alert(1)"}])

    server.start()
    page = Page(browser)
    browser.open(f"{site.origin}/?package=guake")
    first_look(page, stand_ins)
    browser.picture("freshet-fedora.png")
    replayed(page, browser, stand_ins, replay)
    restarted(page, browser, stand_ins, server, replay)
    narrow(page, browser)
    other_packages(page, browser, site)
    equal([c for c in browser.complaints() if " 404 " not in c], [], "errors on the browser's console")


run(scenario)
