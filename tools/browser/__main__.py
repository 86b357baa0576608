"""Looks at the page of a run in a headless Chromium: `make browser`.

Structure, not pixels: what is there, in which order and roles, of what size; that filters filter, that nothing
scraped acts, that it can be read in the dark, narrow and printed. One check plants a script and must find it.
"""

import argparse
import json
import os
import re
import sys
import tempfile

import inputs
from cdp import Browser, find

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTHS = [360, 800, 1440]


class Checks:
    """Counts, and says what failed."""

    def __init__(self):
        self.done, self.failed = 0, []

    def that(self, name, found, wanted=True):
        self.done += 1
        if found != wanted:
            self.failed.append(name)
            print(f"FAILED: {name}\n  found  {json.dumps(found, ensure_ascii=False)}\n  wanted {json.dumps(wanted, ensure_ascii=False)}")


def noise(browser):
    """What went wrong in the page, and what it asked of others."""
    found = []
    for event in browser.events:
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            found.append(params["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled":
            found.append(f"console.{params['type']}")
        elif method == "Log.entryAdded":
            found.append(params["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            found.append(f"dialog: {params['message']}")
        elif method == "Network.requestWillBeSent" and params.get("type") != "Document":
            found.append(f"request: {params['request']['url'][:80]}")
    return found


def go(browser, page, width=1440):
    browser.media()
    browser.size(width)
    browser.open(page)
    with open(os.path.join(HERE, "look.js")) as file:
        browser.js(file.read())


def structure(checks, browser, pages, renew):
    found = []
    for name, page in pages.items():
        go(browser, page)
        found += [f"{name}:"] + [f"  {line}" for line in browser.js("look.outline()")]
    # Counts in labels differ with the input only; the outline is of a fixed one.
    path = os.path.join(HERE, "outline.txt")
    if renew:
        with open(path, "w") as file:
            file.write("\n".join(found) + "\n")
    with open(path) as file:
        checks.that("the outline is that of outline.txt (renew it with --renew)", found, file.read().splitlines())


def sound(checks, browser, pages):
    for name, page in pages.items():
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                go(browser, page, width)
                browser.media("screen", scheme)
                place = f"{name}, {width} px, {scheme}"
                checks.that(f"nothing went wrong: {place}", noise(browser), [])
                checks.that(f"boxes: {place}", browser.js("look.boxes()"), [])
                browser.js("document.querySelectorAll('details').forEach((d) => d.open = true)")
                checks.that(f"boxes with all open: {place}", browser.js("look.boxes()"), [])
                checks.that(f"contrast: {place}", browser.js("look.contrast()"), [])
    go(browser, pages["full"])
    light = browser.js("getComputedStyle(document.body).backgroundColor")
    browser.media("screen", "dark")
    checks.that("dark is another colour", browser.js("getComputedStyle(document.body).backgroundColor") != light)


def filters(checks, browser, page):
    go(browser, page)
    shown = lambda name="samples": browser.js(f"look.shown('{name}')")
    said = lambda: browser.js("document.querySelector('[data-filters=samples] output').textContent")
    whole = shown()
    checks.that("all samples are shown", said(), f"{whole} shown")
    choose = lambda key, value: browser.js(
        f"(() => {{ const s = document.querySelector('[data-filters=samples] [data-key={key}]'); s.value = {json.dumps(value)};"
        " s.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    for reason in browser.js("[...document.querySelectorAll('[data-key=reasons] option')].map((o) => o.value)")[1:]:
        choose("reasons", reason)
        want = browser.js(f"[...document.querySelectorAll('[data-item=samples]')].filter((e) => e.dataset.reasons.split(' ').includes('{reason}')).length")
        checks.that(f"filter by {reason}", [shown(), want > 0, want < whole, said()], [want, True, True, f"{want} of {whole} shown"])
    choose("reasons", "")
    choose("fate", "dropped")
    checks.that("filter by fate", browser.js("[...document.querySelectorAll('[data-item=samples]')].every((e) => e.hidden === (e.dataset.fate !== 'dropped'))"))
    choose("fate", "")
    # By mouse and keyboard, as people do.
    browser.click("[data-filters=samples] [type=search]")
    browser.call("Input.insertText", text="NEWSLETTER")
    few = shown()
    checks.that("filter by words", [0 < few < whole or few == whole, said() == (f"{few} of {whole} shown" if few < whole else f"{whole} shown")], [True, True])
    browser.call("Input.insertText", text=" that is nowhere")
    checks.that("filter by words that are nowhere", [shown(), said()], [0, f"0 of {whole} shown"])
    choose("text", "")
    for view, removed in [("before", True), ("after", False), ("both", True)]:
        browser.click(f"[name=view][value={view}]")
        seen = lambda what: browser.js(f"[...document.querySelectorAll('.samples {what}')].some((e) => e.checkVisibility())")
        checks.that(f"view {view}", [seen("li.removed"), seen("li .why")], [removed, view == "both"])
    browser.click("[data-filters=lines] [type=search]")
    browser.call("Input.insertText", text="share this")
    checks.that("filter of lines opens what it finds", [shown("lines") > 0, browser.js("[...document.querySelectorAll('[data-item=lines]')].every((e) => e.hidden || e.checkVisibility())")], [True, True])


def keyboard(checks, browser, page):
    go(browser, page)
    browser.key("Tab")
    checks.that("the first stop skips to the report", browser.js("document.activeElement.className"), "skip")
    checks.that("it is seen when it is reached", browser.js("look.seen(document.activeElement) && document.activeElement.getBoundingClientRect().left >= 0"))
    browser.key("Enter")
    checks.that("it leads there", browser.js("document.activeElement.id"), "main")
    stops, bare = set(), []
    for _ in range(40):
        browser.key("Tab")
        stops.add(browser.js("document.activeElement.tagName"))
        bare += browser.js("(() => { const e = document.activeElement; return e !== document.body && getComputedStyle(e).outlineStyle === 'none' ? [look.name(e)] : []; })()")
    checks.that("tables, fields, reasons are reached", sorted(stops & {"DIV", "INPUT", "SUMMARY"}), ["DIV", "INPUT", "SUMMARY"])
    checks.that("where one stands is seen", bare, [])
    browser.js("document.querySelector('.reason summary').focus()")
    browser.key("Enter")
    checks.that("Enter opens a reason", browser.js("document.querySelector('.reason').open"))
    browser.key("Enter")
    checks.that("Enter closes it", browser.js("document.querySelector('.reason').open"), False)


def readers(checks, browser, pages):
    for name, page in pages.items():
        go(browser, page)
        nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
        role = lambda node: node.get("role", {}).get("value", "")
        label = lambda node: node.get("name", {}).get("value", "").strip()
        nodes = [n for n in nodes if not n.get("ignored")]
        named = {"link", "button", "combobox", "searchbox", "textbox", "radio", "region", "navigation", "image", "img", "table", "search", "DisclosureTriangle", "group"}
        wrong = sorted({role(n) for n in nodes if role(n) in named and not label(n)} - {"group"})
        checks.that(f"what can be used or seen has a name: {name}", wrong, [])
        have = {role(n) for n in nodes}
        checks.that(f"landmarks: {name}", sorted({"banner", "navigation", "main", "contentinfo", "heading", "table"} - have), [])
        levels = browser.js("[...document.querySelectorAll('h1,h2,h3')].map((h) => Number(h.tagName[1]))")
        checks.that(f"headings leave no level out: {name}", levels[0] == 1 and all(b <= a + 1 for a, b in zip(levels, levels[1:])))
        checks.that(f"language and title: {name}", [browser.js("document.documentElement.lang"), browser.js("document.title")], ["en", "textmill: report of a run"])
        checks.that(f"ids are there once: {name}", browser.js("(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.length === new Set(ids).size && [...document.querySelectorAll('[aria-labelledby]')].every((e) => document.getElementById(e.getAttribute('aria-labelledby'))); })()"))


def is_inert(browser, page):
    go(browser, page)
    browser.js("document.querySelectorAll('details').forEach((d) => d.open = true)")
    browser.js("document.querySelectorAll('*').forEach((e) => e.dispatchEvent(new MouseEvent('mouseover')))")
    return [browser.js("typeof window.pwned"), browser.js("look.foreign()"), noise(browser)]


def hostile(checks, browser, page, folder):
    checks.that("nothing scraped acts", is_inert(browser, page), ["undefined", [], []])
    for text in inputs.HOSTILE[:6]:
        checks.that(f"shown as text: {text}", browser.js(f"document.querySelector('main').textContent.includes({json.dumps(text)})"))
    # The second lock: what would get in does not run.
    browser.js("(() => { window.blocked = 0; document.addEventListener('securitypolicyviolation', () => window.blocked++); })()")
    browser.js("(() => { const s = document.createElement('script'); s.textContent = 'window.pwned = 9'; document.body.append(s); })()")
    browser.js("(() => { const i = document.createElement('img'); i.src = 'https://example.invalid/x'; document.body.append(i); })()")
    browser.js("(() => { document.body.setAttribute('onclick', 'window.pwned = 10'); document.body.click(); document.body.setAttribute('style', 'color: red'); })()")
    browser.js("new Promise((done) => setTimeout(done, 200))")
    checks.that("the policy holds", [browser.js("typeof window.pwned"), browser.js("window.blocked >= 4")], ["undefined", True])
    # The control: the same page with a hole in both locks has to be found out.
    with open(page) as file:
        text = file.read()
    holes = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", text).replace("&lt;script&gt;window.pwned = 1&lt;/script&gt;", inputs.HOSTILE[0])
    planted = os.path.join(folder, "planted.html")
    with open(planted, "w") as file:
        file.write(holes)
    kind, foreign, _ = is_inert(browser, planted)
    checks.that("a planted script is found", [kind, foreign != []], ["number", True])


def printed(checks, browser, page):
    go(browser, page)
    browser.media("print", "dark")
    checks.that("printed on white", browser.js("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
    checks.that("controls are not printed", browser.js("[...document.querySelectorAll('nav, .filters')].some((e) => e.checkVisibility())"), False)
    checks.that("what is closed is printed", browser.js("[...document.querySelectorAll('details .lines, details .about')].every(look.seen)"))
    checks.that("contrast on paper", browser.js("look.contrast()"), [])
    pdf = browser.call("Page.printToPDF", transferMode="ReturnAsBase64", paperWidth=8.27, paperHeight=11.69)["data"]
    checks.that("it prints", len(pdf) > 20_000)
    checks.that("and is as it was", browser.js("[...document.querySelectorAll('details')].some((d) => d.open)"), False)


def without_script(checks, browser, page):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.media()
    browser.open(page)
    count = lambda selector: len(browser.call("DOM.querySelectorAll", nodeId=browser.call("DOM.getDocument")["root"]["nodeId"], selector=selector)["nodeIds"])
    checks.that("without a script all is there and no control is", [count("[data-filters]") == count("[data-filters][hidden]"), count("[data-item][hidden]"), count("article") > 10], [True, 0, True])
    browser.call("Emulation.setScriptExecutionDisabled", value=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the program")
    parser.add_argument("--renew", action="store_true", help="write outline.txt anew")
    parser.add_argument("--pictures", help="a folder for pictures of the page, for people")
    args = parser.parse_args()
    path = find()
    if path is None:
        print("SKIPPED: looking at the page of a run needs Chromium: apt-get install chromium (1 check of 1 skipped)")
        return 0
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder, Browser(path) as browser:
        pages = inputs.make(args.bin, folder)
        structure(checks, browser, pages, args.renew)
        sound(checks, browser, pages)
        filters(checks, browser, pages["full"])
        keyboard(checks, browser, pages["full"])
        readers(checks, browser, pages)
        hostile(checks, browser, pages["full"], folder)
        printed(checks, browser, pages["full"])
        without_script(checks, browser, pages["full"])
        if args.pictures:
            os.makedirs(args.pictures, exist_ok=True)
            for width in WIDTHS:
                for scheme in ("light", "dark"):
                    go(browser, pages["full"], width)
                    browser.media("screen", scheme)
                    browser.picture(os.path.join(args.pictures, f"{width}-{scheme}.png"))
    print(f"browser: {checks.done} checks, {len(checks.failed)} failed")
    return 1 if checks.failed else 0


sys.exit(main())
