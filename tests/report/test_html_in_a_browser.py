"""The HTML report in a real browser: it asks for nothing, complains of nothing, fits a phone, and can be printed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.rendering import Window, window
from tests.report.reports import SEVERAL, report_of
from wsfix.report import html

pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium: apt install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Window]:
    with window() as opened:
        yield opened


def written(folder: Path, name: str) -> Path:
    path = folder / f"{name}.html"
    path.write_text(html.render(report_of(name)), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [320, 375, 640, 1000])
@pytest.mark.parametrize("name", SEVERAL)
def test_it_fits_its_window_asks_for_nothing_and_complains_of_nothing(
    browser: Window, tmp_path: Path, name: str, width: int
):
    browser.events.clear()
    path = written(tmp_path, name)
    browser.show(path, width)
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    assert browser.asked == [path.as_uri()]
    assert browser.complaints == []


def test_its_style_is_in_force_and_nothing_else_may_run(browser: Window, tmp_path: Path):
    browser.show(written(tmp_path, "cause-with-diff"), 1000)
    assert browser.value("getComputedStyle(document.querySelector('.failed .dot')).borderRadius") == "50%"
    browser.value("const s = document.createElement('script'); s.text = 'window.ran = 1'; document.body.append(s)")
    assert browser.value("window.ran") is None


def test_it_is_light_by_day_and_dark_by_night(browser: Window, tmp_path: Path):
    path = written(tmp_path, "cause-with-diff")
    papers = []
    for scheme in ("light", "dark"):
        browser.show(path, 1000, scheme)
        papers.append(browser.value("getComputedStyle(document.body).backgroundColor"))
    assert papers == ["rgb(246, 247, 249)", "rgb(17, 21, 27)"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_told_from_its_ground(browser: Window, tmp_path: Path, scheme: str):
    """Contrast by WCAG 2.1, success criterion 1.4.3: 4.5 to 1 at least."""
    browser.show(written(tmp_path, "two-sites"), 1000, scheme)
    pale = browser.value("""(() => {
      const rgb = c => (c.match(/[\\d.]+/g) || []).map(Number);
      const lum = c => { const [r, g, b] = rgb(c).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
        return .2126 * r + .7152 * g + .0722 * b; };
      const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
        if (rgb(c).length === 3) return c; } return 'rgb(255, 255, 255)'; };
      const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
      return [...document.body.querySelectorAll('*')].filter(own).map(e => {
        const a = lum(getComputedStyle(e).color), b = lum(ground(e));
        return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.className + ': ' + e.textContent.slice(0, 40)]; })
        .filter(([ratio]) => ratio < 4.5).map(String);
    })()""")
    assert pale == []


def test_it_can_be_printed(browser: Window, tmp_path: Path):
    browser.show(written(tmp_path, "cause-with-diff"), 1000)
    assert browser.paper().startswith(b"%PDF-")
