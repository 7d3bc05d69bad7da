"""A page is one file: its policy names exactly what it contains, and texts of any kind are data in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest

from droidanon.columns import Coded
from droidanon.errors import DroidanonError
from droidanon.html_report import assets
from droidanon.html_report.blobs import Blobs
from droidanon.html_report.page import (
    Figure,
    Findings,
    HeadlineNumber,
    Headlines,
    Page,
    PageColumn,
    PageFinding,
    Prose,
    SortableTable,
)
from droidanon.html_report.render import render

HOSTILE = "</script><img src=x onerror=alert(1)>"
SECTIONS = (
    Headlines([HeadlineNumber(HOSTILE, HOSTILE, HOSTILE, share=0.5)], HOSTILE),
    Findings("Findings", [PageFinding(HOSTILE, "1 kB", "likely", [HOSTILE], HOSTILE, HOSTILE, [HOSTILE])]),
    Figure("Figure", [{"type": "bar", "x": [HOSTILE], "y": [1]}], {}, HOSTILE),
    SortableTable("Table", [PageColumn("name", "name", "text", Coded.of([HOSTILE, "a"]))], HOSTILE),
    Prose(HOSTILE, [HOSTILE], [HOSTILE]),
)


class Elements(HTMLParser):
    """The elements of a page, with the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), ""))
        self.inside = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            tag, attributes, text = self.found[-1]
            self.found[-1] = (tag, attributes, text + data)

    def of(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, text) for name, attributes, text in self.found if name == tag]


@pytest.fixture(scope="module")
def page() -> Elements:
    return Elements(render(Page(HOSTILE, HOSTILE, SECTIONS)))


def inflated(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text), -zlib.MAX_WBITS)


def pieces(page: Elements) -> dict[str, bytes]:
    return {str(found["id"]): inflated(text) for found, text in page.of("script") if "id" in found and text}


def hashed(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_allows_the_scripts_and_styles_of_the_page_and_nothing_else(page: Elements) -> None:
    (policy,) = [found["content"] for found, _ in page.of("meta") if "http-equiv" in found]
    rules = dict(rule.strip().split(" ", 1) for rule in (policy or "").split(";"))
    assert rules["default-src"] == "'none'"
    found = pieces(page)
    scripts = [text for attributes, text in page.of("script") if not attributes]
    libraries = [found[f"library-{name}"].decode() for name in ("plotly", "tables")]
    assert sorted(rules["script-src"].split()) == sorted(f"'sha256-{hashed(text)}'" for text in [*scripts, *libraries])
    assert "unsafe" not in (policy or "")
    assert [text for _, text in page.of("style")] == [assets.style()]
    assert not page.of("link")
    assert not page.of("img")


def test_a_page_without_figures_and_tables_has_no_library() -> None:
    assert len(render(Page("title", "", [Prose("Caveats", ["text"])]))) < 60_000


def test_only_findings_with_more_to_read_open() -> None:
    found = [PageFinding("plain", "1 kB"), PageFinding("with evidence", "1 kB", evidence=["one"])]
    page = Elements(render(Page("title", "", [Findings("Findings", found), Findings("None", [], "nothing")])))
    assert len(page.of("li")) == 3  # two findings, and the evidence
    assert len(page.of("summary")) == 1
    assert len(page.of("ol")) == 1


@pytest.mark.parametrize("share", [0.5, 0.9, 4.97])
def test_a_used_up_limit_is_not_drawn_as_a_good_one(share: float) -> None:
    page = Elements(render(Page("title", "", [Headlines([HeadlineNumber("used", "1 kB", share=share)])])))
    ((meter, _),) = page.of("meter")
    value, low, high = (float(str(meter[name])) for name in ("value", "low", "high"))
    assert meter["optimum"] == "0"
    assert (value > low) == (share > 0.8)
    assert (value > high) == (share > 1)


def test_columns_are_read_back_as_they_were() -> None:
    values = np.array([0, -1, 1 << 20, 7], np.int64)
    blobs = Blobs()
    found = blobs.add_column(PageColumn("pss_kb", "PSS", "kb", values, values == 7))
    planes = np.frombuffer(inflated(blobs.texts[found["values"]["blob"]]), np.uint8).reshape(4, -1)
    assert found["values"]["type"] == "i4"
    assert planes.T.copy().view("<i4").ravel().tolist() == values.tolist()
    assert inflated(blobs.texts[found["missing"]]) == bytes([0, 0, 0, 1])


def test_texts_are_in_order_so_that_their_codes_sort() -> None:
    blobs = Blobs()
    found = blobs.add_column(PageColumn("name", "name", "text", Coded.of(["b", "C", "a", "b"])))
    texts = json.loads(inflated(blobs.texts[found["texts"]]))
    codes = list(inflated(blobs.texts[found["values"]["blob"]]))
    assert texts == ["a", "b", "C"]
    assert [texts[code] for code in codes] == ["b", "C", "a", "b"]


def test_texts_that_begin_with_a_number_are_in_its_order_and_first() -> None:
    expected = ["\u22121,272 (\u22123.0 %)", "500", "+1,272 (+3 %)", "45,332", "226,740 to 1", "-", "1.2.3", "7zip"]
    blobs = Blobs()
    found = blobs.add_column(PageColumn("value", "value", "text", Coded.of(sorted(expected))))
    assert json.loads(inflated(blobs.texts[found["texts"]])) == expected


def test_numbers_that_are_none_are_unknown() -> None:
    odd = np.array([1.5, np.nan, np.inf, -np.inf])
    blobs = Blobs()
    found = blobs.add_column(PageColumn("shift", "shift", "change", odd))
    assert inflated(blobs.texts[found["missing"]]) == bytes([0, 1, 1, 1])
    number = blobs.add_json({"y": [1.5, np.nan, -np.inf, np.float64("nan")]})
    assert json.loads(inflated(blobs.texts[number])) == {"y": [1.5, None, None, None]}


@pytest.mark.parametrize("low", [-(1 << 31), 0])
def test_large_numbers_are_exact(low: int) -> None:
    values = np.array([low, (1 << 42) + 1], np.int64)
    blobs = Blobs()
    found = blobs.add_column(PageColumn("size_kb", "size", "kb", values))
    planes = np.frombuffer(inflated(blobs.texts[found["values"]["blob"]]), np.uint8).reshape(8, -1)
    assert planes.T.copy().view("<f8").ravel().tolist() == values.tolist()


def test_a_missing_package_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "find_spec", lambda _name: None)
    with pytest.raises(DroidanonError, match=re.escape("pip install 'droidanon[report]'")):
        assets.data_tables.__wrapped__()
