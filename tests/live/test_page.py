"""The page of `plan --html`, the explorer under a report, in a real browser: nothing overflows at
any width, by day and by night every text is readable, and screenshots are kept for whoever wants
to look.

The checks run inside the page: a script is added to a copy of it, and chromium prints the
document that the script has written its findings into.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import pytest

from .conftest import Live

CHECK = r"""
<script>
(async () => {
// The explorer below the report has begun. Its WebAssembly is compiled in real time, while the
// time of timers is the browser's own and runs ahead: each turn takes some real time too.
let spent = 0;
while (!document.documentElement.dataset.ready) {
  for (let turn = 0; turn < 1e6; turn++) spent += Math.random();
  await new Promise(done => setTimeout(done, 20));
}
const findings = [];
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > width)
  findings.push(`scrolls sideways: ${document.documentElement.scrollWidth} of ${width}`);
const rgb = text => text.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) => {
  const part = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const behind = element => {
  for (; element; element = element.parentElement) {
    const colour = rgb(getComputedStyle(element).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
let texts = 0;
for (const element of document.body.querySelectorAll("*")) {
  const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  if (!own || element.tagName === "SCRIPT" || !element.getClientRects().length) continue;
  texts += 1;
  const box = element.getBoundingClientRect(), style = getComputedStyle(element);
  if (box.right > width + 1) findings.push(`${element.tagName} ends at ${box.right} of ${width}`);
  if (parseFloat(style.fontSize) < 12) findings.push(`${style.fontSize}: ${element.textContent}`);
  const [one, other] = [light(rgb(style.color)), light(behind(element))].sort((a, b) => b - a);
  const contrast = (one + 0.05) / (other + 0.05);
  if (contrast < 4.5) findings.push(`contrast ${contrast.toFixed(2)}: ${element.textContent}`);
}
const dark = light(behind(document.body)) < 0.2;
const report = {findings, texts, dark, width, title: document.title,
                rows: document.querySelectorAll(".report tr").length,
                visible: [...document.querySelectorAll(".report tr")].filter(r => !r.closest("details:not([open])")).length};
parent.document.body.setAttribute("data-report", JSON.stringify(report));
})();
</script>
"""


@pytest.mark.parametrize("count", [5, 100, 1000])
def test_page(live: Live, count: int) -> None:
    program = live.continuum()
    if program is None:
        pytest.skip("CONTINUUM_PROGRAM does not name the program: run scripts/test-live")
    chromium = live.tool("chromium", "chromium")
    suffix = "session-cache.production.svc.cluster.local:11211"
    names = [f"'session-cache-{number}.{suffix}'" for number in range(count)]
    config = live.dir / "servers.toml"
    config.write_text(f"name = 'sessions'\nscheme = 'nginx'\nservers = [{', '.join(names)}]\n")
    page = live.dir / "plan.html"
    command = [program, "plan", str(config), "--add", f"session-cache-{count}.{suffix}"]
    subprocess.run(
        [*command, "--remove", f"session-cache-3.{suffix}", "--max-move", "60%", "--html", str(page)],
        check=True,
        capture_output=True,
    )
    html = page.read_text()
    assert 'src="' not in html
    assert re.findall(r'href="[^"]*"', html) == ['href="data:,"']
    checked = html.replace("</body>", f"{CHECK}</body>")
    kept = os.environ.get("CONTINUUM_LIVE_SCREENSHOTS")
    for width, dark in [(390, False), (390, True), (1200, False), (1200, True)]:
        document = run(chromium, framed(checked, width, live.dir), dark, live.dir, "--dump-dom")
        found = re.search(r'data-report="([^"]*)"', document)
        assert found, document[-500:]
        report = json.loads(unescape(found[1]))
        assert report["findings"] == [], (width, dark)
        assert report["dark"] is dark
        assert report["width"] == width
        assert report["texts"] > 20
        assert re.fullmatch(r"sessions: \+1 -1 server, [\d.]+% of keys move .*", report["title"])
        # Servers that hardly change are folded: what matters is on the first screens.
        assert report["visible"] < 40
        assert report["rows"] >= count
        shot = live.dir / f"plan-{count}-{width}-{'dark' if dark else 'light'}.png"
        run(chromium, framed(html, width, live.dir), dark, live.dir, f"--screenshot={shot}")
        assert shot.read_bytes().startswith(b"\x89PNG")
        if kept:
            shutil.copy(shot, kept)
    live.lines.append(f"page of {count} servers: 390 and 1200 pixels, light and dark, no finding")


def framed(html: str, width: int, folder: Path) -> Path:
    """The page in a frame: a window is no narrower than 500 pixels, a frame may be."""
    frame = folder / "frame.html"
    frame.write_text(
        '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        "<style>*{margin:0;border:0}</style>"
        f'<iframe width="{width}" height="1400" srcdoc="{escape(html)}"></iframe>'
    )
    return frame


def run(chromium: str, page: Path, dark: bool, folder: Path, what: str) -> str:
    scheme = 0 if dark else 1
    done = subprocess.run(
        [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--virtual-time-budget=60000",
            f"--user-data-dir={folder / 'profile'}",
            "--window-size=1200,1400",
            f"--blink-settings=preferredColorScheme={scheme}",
            what,
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout
