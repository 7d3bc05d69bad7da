"""Budget files: what they mean, and the line of each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.analysis.budgets.file import find_budget, load_budget
from droidanon.analysis.budgets.model import LimitKind
from droidanon.analysis.limits.states import PlayState
from droidanon.errors import InputError

WHOLE = """\
[budget]
app = "com.example.app"
counter = "anon_swap"
baseline = "label:build=1.0.0"

[[budget.row]]
max = "120MB"

[[budget.row]]
id = "scudo of remote"
process = "com.example.app:remote"
name = "[anon:scudo:*]"
counter = "rss"
max_growth = "3%"

[[budget.row]]
category = "native"
max_growth = "2MB"
optional = true

[[budget.row]]
heap = "Native Heap"
max_per_minute = "100kB"

[[budget.row]]
max_per_cycle = "20kB"

[[budget.row]]
max_share = "80%"
of = "limiter"
state = "background"
ram = "6GB"

[[budget.row]]
app = "com.other"
count = "Views"
max = 500
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "droidanon.toml"
    path.write_text(text)
    return path


def test_a_whole_file(tmp_path: Path) -> None:
    budget = load_budget(write(tmp_path, WHOLE))
    first, remote, native, heap, cycle, share, views = budget.rows
    assert (first.counter, first.kind, first.limit.amount, first.unit) == (
        "anon_swap_kb",
        LimitKind.MAX,
        120 * 1024,
        "kB",
    )
    assert first.selector.app == "com.example.app"
    assert (remote.title, remote.counter, remote.limit.amount, remote.limit.percent) == (
        "scudo of remote",
        "rss_kb",
        3.0,
        True,
    )
    assert (native.limit.amount, native.limit.percent, native.optional) == (2048, False, True)
    assert (heap.per, cycle.per) == ("minute", "cycle")
    assert (share.share_of, share.state, share.ram_kb, share.unit) == ("limiter", PlayState.BACKGROUND, 6 << 20, "%")
    assert (views.count, views.limit.amount, views.unit, views.selector.app) == ("Views", 500, "", "com.other")
    assert (budget.baseline, budget.needs_baseline, budget.only_app) == ("label:build=1.0.0", True, None)
    assert [row.place.line for row in budget.rows] == [6, 9, 16, 21, 25, 28, 34]


def test_titles_name_what_a_row_limits(tmp_path: Path) -> None:
    titles = [row.title for row in load_budget(write(tmp_path, WHOLE)).rows]
    assert titles == [
        "anon+swap",
        "scudo of remote",
        "native anon+swap growth",
        "Native Heap anon+swap per minute",
        "anon+swap per cycle",
        "share of the memory limiter's limit background",
        "com.other Views",
    ]


def test_a_baseline_is_relative_to_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[budget]\nbaseline = "base"\n[[budget.row]]\nmax_growth = "1%"\n')
    assert load_budget(path).baseline == str(tmp_path / "base")


def test_the_nearest_file_with_a_budget_is_found(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    outer = write(tmp_path, WHOLE)
    (tmp_path / "a" / "droidanon.toml").write_text('[[rule]]\nid = "x"\n')
    assert find_budget(tmp_path / "a" / "b") == outer
    assert find_budget(Path(tmp_path.anchor)) is None


@pytest.mark.parametrize(
    ("line", "row", "wrong"),
    [
        (5, 'max = "12 bananas"', "max must be written like"),
        (5, "max = 12", "max must be written like"),
        (5, 'max = "3%"', "max must be written like"),
        (6, 'count = "vmas"\nmax = "3%"', "max must be written like 500"),
        (6, 'count = "vmas"\nmax = inf', "max must be written like"),
        (6, 'count = "vmas"\nmax = nan', "max must be written like"),
        (6, 'count = "vmas"\nmax = -1', "max must be written like"),
        (6, 'count = "vmas"\nmax = true', "max must be written like"),
        (5, "max = []", "max must be written like"),
        (5, 'max_growth = "-3%"', "max_growth must be written like"),
        (5, 'max_share = "2MB"', "max_share must be written like"),
        (6, 'max = "1MB"\nmax_growth = "3%"', "one limit"),
        (4, 'category = "native"', "limit is missing"),
        (6, 'max = "1MB"\nmx = 1', "unknown key 'mx'"),
        (5, 'ram = "6GB"\nmax = "1MB"', "needs max_share"),
        (6, 'max_share = "80%"\nstate = "asleep"', "state must be one of"),
        (6, 'max_share = "80%"\nof = "nobody"', "of must be play or limiter"),
        (6, 'max_share = "80%"\nram = "lots"', "not a size"),
        (5, 'max_share = "80%"\ncategory = "native"', "per process"),
        (6, 'max_share = "80%"\ncounter = "rss"', "leave out counter"),
        (5, 'count = "threads"\ncategory = "native"\nmax = 3', "only vmas"),
        (5, 'count = "vmas"\ncounter = "rss"\nmax = 3', "not both"),
        (5, 'optional = "yes"\nmax = "1MB"', "must be true or false"),
        (5, 'app = ""\nmax = "1MB"', "not empty"),
        (4, 'max = "2MB"\n[[budget.row]]\nmax = "3MB"', "two rows are called"),
    ],
)
def test_a_mistake_has_its_line(tmp_path: Path, line: int, row: str, wrong: str) -> None:
    path = write(tmp_path, f'[budget]\napp = "com.example.app"\n\n[[budget.row]]\n{row}\n')
    with pytest.raises(InputError, match=wrong) as error:
        load_budget(path)
    found = int(str(error.value).removeprefix(f"{path}:").partition(":")[0])
    assert found == (6 if "two rows" in wrong else line)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", r"no \[budget\]"),
        ("[budget]\n", r":1: \[budget\]: a budget needs rows"),
        ("[budget]\nrow = 3\n", r":2: \[budget\]: a budget needs rows"),
        ("[budget]\n[[budget.rows]]\n", "unknown key 'rows'"),
        ("[budget\n", ":1: not TOML"),
        ("[budget]\napp = 3\n", ":2: .*app must be text"),
        (f"[budget]\n[[budget.row]]\ncount = 'vmas'\nmax = 1{'0' * 400}\n", ":4: .*max must be"),
        (f"[budget]\n[[budget.row]]\ncount = 'vmas'\nmax = 1{'0' * 5000}\n", "a number is too long"),
        (f"[budget]\n[[budget.row]]\nmax_share = '80%'\nram = '1{'0' * 400}GB'\n", ":4: .*ram is too large"),
    ],
)
def test_a_file_that_is_no_budget(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        load_budget(write(tmp_path, text))
