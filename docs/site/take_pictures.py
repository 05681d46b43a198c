#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks at the site with headless Chromium, for scripts/docs --pictures.

    docs/site/take_pictures.py SITE PICTURES    writes PICTURES/PAGE-WIDTH-SCHEME.png

Takes pictures of some pages for people to look at. Fails if any page is wider than its window, of a desk or of a phone,
so that one would have to scroll sideways to read it, or if the search finds nothing.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

WIDTHS = {1280: 1600, 390: 1600}  # of a window, and its height
SCHEMES = {"light": 1, "dark": 0}  # in Chromium's settings
PICTURED = {
    "index": "index.html",
    "pooling": "pooling.html",
    "types": "types.html",
    "performance": "performance.html",
    "architecture": "architecture.html",
    "reference": "reference.html",
    "class": "classdsql_1_1pool.html",
    "search": "index.html?q=deadline",
}
# Loads each page in a frame of each width, one after another, and writes what it measures.
MEASURING_PAGE = """<!DOCTYPE html><meta charset="utf-8"><pre id="measured"></pre><script>
const measured = {};
async function measure(page, width) {
    const frame = document.createElement("iframe");
    frame.style.width = width + "px";
    frame.style.height = "800px";
    frame.src = SITE + page;
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    document.body.append(frame);
    await loaded;
    const inside = frame.contentDocument;
    for (let tries = 0; page.includes("?q=") && tries < 50 && !inside.querySelector("#results a"); ++tries)
        await new Promise((resolve) => setTimeout(resolve, 100));
    measured[page + " " + width] = [inside.documentElement.scrollWidth - inside.documentElement.clientWidth,
                                    inside.querySelectorAll("#results a").length];
    frame.remove();
}
addEventListener("load", async () => {
    try {
        for (const page of PAGES) for (const width of WIDTHS) await measure(page, width);
    } catch (error) {
        measured.error = String(error);
    }
    document.getElementById("measured").textContent = JSON.stringify(measured);
});
</script>"""


class Browser:
    def __init__(self, profile: str) -> None:
        self.command = ["chromium", "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                        "--run-all-compositor-stages-before-draw",
                        "--allow-file-access-from-files", f"--user-data-dir={profile}"]
        if os.geteuid() == 0:  # Chromium's sandbox does not work for root
            self.command.append("--no-sandbox")

    def run(self, *arguments: str) -> str:
        done = subprocess.run([*self.command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"chromium failed with status {done.returncode}:\n{done.stderr}")
        return done.stdout


def take_pictures(browser: Browser, directory: Path, pictures: Path) -> None:
    pictures.mkdir(parents=True, exist_ok=True)
    for name, address in PICTURED.items():
        for width, height in WIDTHS.items():
            for scheme, setting in SCHEMES.items():
                picture = pictures / f"{name}-{width}-{scheme}.png"
                browser.run(f"--window-size={width},{height}", f"--blink-settings=preferredColorScheme={setting}",
                            "--virtual-time-budget=5000", f"--screenshot={picture}", f"{directory.as_uri()}/{address}")
                if not picture.exists():
                    raise RuntimeError(f"chromium took no picture of {address}")


def errors_of_widths(browser: Browser, directory: Path, scratch: Path) -> list[str]:
    pages = sorted(path.name for path in directory.glob("*.html")) + [PICTURED["search"]]
    page = scratch / "measure.html"
    values = {"SITE": f"{directory.as_uri()}/", "PAGES": pages, "WIDTHS": list(WIDTHS)}
    text = MEASURING_PAGE
    for name, value in values.items():
        text = re.sub(rf"\b{name}\b", lambda _, value=value: json.dumps(value), text)
    page.write_text(text, encoding="utf-8")
    shown = browser.run("--window-size=1400,1000", "--virtual-time-budget=1000000", "--dump-dom", page.as_uri())
    found = re.search(r'<pre id="measured">(.*?)</pre>', shown, re.DOTALL)
    measured = json.loads(unescape(found[1])) if found and found[1] else {"error": "nothing was measured"}
    if "error" in measured:
        return [f"the pages could not be measured: {measured['error']}"]
    errors = [f"{what}: {over} pixels wider than its window" for what, (over, _) in measured.items() if over > 0]
    for what, (_, results) in measured.items():
        if "?q=" in what and not results:
            errors.append(f"{what}: the search found nothing")
    if len(measured) != len(pages) * len(WIDTHS):
        errors.append(f"only {len(measured)} of {len(pages) * len(WIDTHS)} views were measured")
    return errors


def main() -> int:
    directory, pictures = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        browser = Browser(f"{scratch}/profile")
        errors = errors_of_widths(browser, directory, Path(scratch))
        take_pictures(browser, directory, pictures)
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
