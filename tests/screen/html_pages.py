"""HTML reports in a browser: what they ask for, what they complain about, and how legible their texts are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE_MS = 120_000
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const light = ([red, green, blue]) => [red, green, blue]
    .map((value) => value / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
  const over = (top, below) => [0, 1, 2].map((place) => top[place] * top[3] + below[place] * (1 - top[3])).concat(1);
  const behind = (element) => {
    const layers = [];
    for (let one = element; one instanceof HTMLElement; one = one.parentElement) {
      const colour = rgb(getComputedStyle(one).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), rgb("white"));
  };
  // A text of plotly stands on the shape of its slice, or on the page.
  const shape = (text) => {
    const slice = text.closest(".slice")?.querySelector("path.surface");
    return slice ? rgb(getComputedStyle(slice).fill) : behind(text.closest(".figure"));
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || ["SCRIPT", "NOSCRIPT", "STYLE", "OPTION"].includes(element.tagName)) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const svg = element instanceof SVGElement;
    const style = getComputedStyle(element);
    const ground = svg ? shape(element) : behind(element);
    const ink = over(rgb(svg ? style.fill : style.color), ground);
    const [high, low] = [light(ink), light(ground)].sort((one, other) => other - one);
    found.push([text.slice(0, 60), (high + 0.05) / (low + 0.05)]);
  }
  return found;
}"""
"""The contrast of each text with what is behind it (WCAG 2, relative luminance)."""


@dataclass
class OpenedPage:
    """A report in the browser; `errors` are lines on its console, `requests` what it asked for besides itself."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def contrasts(self) -> list[tuple[str, float]]:
        """The contrast of each visible text."""
        return [(text, ratio) for text, ratio in self.page.evaluate(CONTRAST)]

    def overflow(self) -> int:
        """The pixels by which the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def texts(self, selector: str) -> list[str]:
        """The texts of cells, whole where they are cut."""
        script = "all => all.map((one) => one.title || one.textContent)"
        return [str(text) for text in self.page.eval_on_selector_all(f"{selector} .text", script)]

    def heading(self, title: str) -> str:
        """The selector of the section with a heading."""
        script = (
            "title => [...document.querySelectorAll('h2')].find((one) => one.textContent === title).parentElement.id"
        )
        return f"#{self.page.evaluate(script, title)}"


@contextmanager
def opened(browser: Browser, file: Path, *, width: int = 1600, dark: bool = False) -> Iterator[OpenedPage]:
    """A report in a window, all of it shown."""
    page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme="dark" if dark else "light")
    page.set_default_timeout(PATIENCE_MS)
    found = OpenedPage(page)
    page.on("console", lambda message: found.errors.append(message.text))
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on("request", lambda request: found.requests.append(request.url))
    page.goto(file.resolve().as_uri())
    page.wait_for_selector("html[data-ready]")
    found.requests.remove(file.resolve().as_uri())
    yield found
    page.close()
