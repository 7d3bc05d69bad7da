"""The full texts of Explore: all about a row or a VMA, and all warnings; VMAs that can be told apart."""

from __future__ import annotations

from pathlib import Path

from droidanon_tui.explore.explanation import explanation, warning_sections
from droidanon_tui.explore.state import ExploreState
from droidanon_tui.explore.vma_level import VmaLevel
from droidanon_tui.widgets.columns import LABEL
from droidanon_tui.widgets.draw import fit_label
from droidanon_tui.widgets.open_rows import Level, RowPlace
from droidanon_tui.widgets.text_screen import TextScreen
from droidanon_tui.widgets.text_sections import TextSection, section_lines

from tests.tui.builders import app, diff_state, phone, saved, state
from tests.tui.reading import press, screen_text, settle

SHARED = {
    "com.example.app": (("[anon:scudo:primary]", 10),) * 2,
    "com.example.app:remote": (("[anon:scudo:primary]", 20),),
}


def place_of(shown: ExploreState, *path: object) -> RowPlace:
    """A row by its path of words and names; below a name the first VMA is `0`."""
    level: Level = shown.tree_root()
    row = 0
    for depth, key in enumerate(path):
        row = key if isinstance(key, int) else level.find(key) or 0  # type: ignore[arg-type]
        if depth < len(path) - 1:
            level = level.children(row)
    return RowPlace(level, row, len(path) - 1, path, False)


def texts(sections: list[TextSection]) -> dict[str, dict[str, str]]:
    return {section.heading: dict(section.lines) for section in sections}


def test_a_vma_has_range_permissions_flags_counters_and_neighbours() -> None:
    shown = state(by="name")
    vma = place_of(shown, ("name", "[anon:scudo:secondary]"), 0)
    title, sections = explanation(shown, vma)
    assert title == "[anon:scudo:secondary]"
    found = texts(sections)
    facts = found["VMA"]
    assert facts["name"] == "[anon:scudo:secondary]"
    assert "com.example.app" in facts["process"]
    assert "readable, writable, private" in facts["permissions"]
    assert "rd readable" in facts["VmFlags"]
    assert facts["category"] == "native.scudo.secondary"
    assert facts["heap"] == "Native Heap"
    assert set(facts) >= {"range", "offset", "device, inode"}
    assert found["Counters"]["total PSS"].strip() == "1,500 kB"
    assert len(found["Counters"]) == len(shown.counters)
    neighbours = [text for section in sections if section.heading.startswith("Neighbours") for _, text in section.lines]
    assert any("[anon:scudo:primary]" in text for text in neighbours)
    assert any("[anon:dalvik-main space" in text for text in neighbours)
    assert sum(text.startswith("▶") for text in neighbours) == 1
    assert found["Meaning"]["rule"]


def test_a_row_has_its_explanation_and_numbers_in_full() -> None:
    shown = state()
    title, sections = explanation(shown, place_of(shown, "native"))
    assert title == "native"
    found = texts(sections)
    assert found["Meaning"]["try"] and found["Meaning"]["grows with"]
    assert found["Numbers"]["total PSS"].split() == ["10,550", "kB"]
    assert "swap PSS" in found["Numbers"]


def test_a_row_of_a_diff_has_both_sides() -> None:
    shown = diff_state()
    _, sections = explanation(shown, place_of(shown, "native"))
    numbers = texts(sections)["Numbers"]
    assert numbers["total PSS, base"] == "10,550 kB"
    assert numbers["total PSS, new"] == "11,550 kB"
    assert numbers["delta"].startswith("+1,000 kB")


def test_every_warning_is_there_in_full() -> None:
    shown = diff_state()
    assert shown.warnings()
    assert [text for _, text in warning_sections(shown)[0].lines] == shown.warnings()


def test_vmas_differ_at_every_width() -> None:
    shown = state(phone(SHARED), by="name")
    level = place_of(shown, ("name", "[anon:scudo:primary]"), 0).level
    assert isinstance(level, VmaLevel) and len(level) == 3
    for width in range(24, 100):
        labels = [fit_label(level, LABEL, row, width) for row in range(3)]
        assert len(set(labels)) == 3, (width, labels)
        assert sum(":remote" in label for label in labels) == 1, (width, labels)


def test_all_vmas_of_a_list_have_the_same_form() -> None:
    """A wider size or a longer address in one row shortens all."""
    vmas = tuple((("[anon:scudo:primary]", kb),) for kb in (4, 400_000, 8))
    shown = state(phone({"app": tuple(one for (one,) in vmas)}), by="name")
    level = place_of(shown, ("name", "[anon:scudo:primary]"), 0).level
    for width in range(10, 60):
        words = {len(fit_label(level, LABEL, row, width).split()) for row in range(3)}
        assert len(words) == 1, (width, words)


def test_texts_are_wrapped_and_not_cut() -> None:
    text = " ".join(f"word{number}" for number in range(60))
    shown = section_lines(TextSection("Heading", [("name", text), ("", text)]), 50)
    assert all(line.cell_length <= 50 for line in shown)
    assert " ".join(" ".join(line.plain.split()) for line in shown).count("word59") == 2


async def test_enter_on_a_vma_i_and_the_warnings_open_texts(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "i")
        assert isinstance(application.screen, TextScreen)
        assert "Meaning" in screen_text(application)
        await press(pilot, "question_mark")
        assert "Keys of Text" in screen_text(application)
        await press(pilot, "escape", "end", "k", "escape", "L", "right", "down", "enter")
        assert isinstance(application.screen, TextScreen)
        assert "VmFlags" in screen_text(application)
        await press(pilot, "escape", "t", "enter", "enter")
        assert isinstance(application.screen, TextScreen)
        await press(pilot, "1")
        assert "Library" in screen_text(application)
