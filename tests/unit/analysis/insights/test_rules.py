"""Each rule fires for what it is about, and not just below its threshold or without its data."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import Any

import pytest

from droidanon.analysis.insights.find import find_insights
from droidanon.analysis.insights.measures.table import MEASURES
from droidanon.analysis.insights.rules import insight_rules
from droidanon.analysis.view import View
from droidanon.model import Capture, Preparation
from droidanon.taxonomy.rules import load_rules
from tests.builders import entry
from tests.unit.analysis.insights.builders import APP, GB, app, behind, found, vmas

SCUDO, SECONDARY, JAVA = "[anon:scudo:primary]", "[anon:scudo:secondary]", "[anon:dalvik-main space]"
REST = ("[anon:partition_alloc]", 1 << 20)
"""Memory of another kind, so that a part has a small share."""


def limits(kb: int, *, adj: int = 0, **more: Any) -> Capture:
    """Anon + swap on a phone with 6 GB: thresholds are 2.25 GB visible and 1.25 GB in the background."""
    status = {"rss_anon_kb": kb, "vm_swap_kb": 0, "rss_shmem_kb": 0}
    made = {"system": {"mem_total_kb": 6 * GB}, "status_kb": status, "oom_score_adj": adj, "uid": 10_100, **more}
    return app(vmas((SCUDO, 100)), **made)


def java(kb: int, **more: Any) -> Capture:
    """A Java heap in use, of a limit of 200 kB."""
    return app(
        vmas((JAVA, 30)), **{"limits": {"heap_growth_limit_kb": 200}, "heap_alloc_kb": {"Dalvik Heap": kb}, **more}
    )


def threads(count: int) -> Capture:
    return app("".join(stack(number) for number in range(count)))


def stack(number: int) -> str:
    return entry(f"[anon:stack_and_tls:{number}]", start=0x7000000000 + number * 0x200000, size_kb=1000, Anonymous=16)


def many(count: int) -> Capture:
    """A process with so many VMAs that may have at most 1,000."""
    return app(vmas(("[anon:pool]", 4), times=count), limits={"max_map_count": 1000})


def trimmed(kb: int, *, done: bool = True) -> Capture:
    answer = Preparation("trim", done, "COMPLETE sent to 1 of 1")
    return app(vmas((SCUDO, kb)), preparations=[answer], start_time=7)


def engines(v8_kb: int, *, hermes: bool) -> Capture:
    parts = [("[anon:v8]", v8_kb)]
    if hermes:
        parts.append(("/data/app/com.example.app-1/lib/arm64/libhermes.so", 100))
    return app(vmas(*parts))


def webview(**objects: int) -> Capture:
    return app(vmas(("[anon:partition_alloc]", 4000)), objects=objects)


LIBRARIES = (("/data/app/com.example.app-1/lib/arm64/libx.so", 600), ("/data/data/com.example.app/plugin/libx.so", 800))
APK = ("/data/app/com.example.app-1/base.apk", 100)


@dataclass(frozen=True)
class Case:
    """A capture for which a rule fires, with its kB; and captures for which it does not."""

    fires: Capture
    kb: int | None
    silent: list[Capture]
    previous: Capture | None = None
    oldest: Capture | None = None


def cases() -> dict[str, Case]:
    """By rule."""
    return {
        "above-play-limit": Case(limits(3 * GB), 3 * GB, [limits(2 * GB), limits(3 * GB, system={})]),
        "near-play-limit": Case(
            limits(2 * GB), 2 * GB, [limits(3 * GB), limits(GB), limits(2 * GB, oom_score_adj=None)]
        ),
        "above-play-limit-in-background": Case(limits(2 * GB), 2 * GB, [limits(GB), limits(2 * GB, adj=300)]),
        "near-memory-limiter": Case(limits(5 * GB), 5 * GB, [limits(4 * GB), limits(5 * GB, status_kb={})]),
        "near-java-heap-limit": Case(java(170), 170, [java(150), java(170, limits={}), java(170, heap_alloc_kb={})]),
        "native-heap": Case(
            app(vmas((SCUDO, 40_000))), 40_000, [app(vmas((SCUDO, 16_383))), app(vmas((SCUDO, 40_000), REST))]
        ),
        "java-heap": Case(
            app(vmas((JAVA, 40_000))), 40_000, [app(vmas((JAVA, 16_383))), app(vmas((JAVA, 40_000), REST))]
        ),
        "graphics": Case(
            app(vmas(("/dev/kgsl-3d0", 40_000))),
            40_000,
            [app(vmas(("/dev/kgsl-3d0", 32_767))), app(vmas(("/dev/kgsl-3d0", 40_000), REST))],
        ),
        "javascript-heap": Case(app(vmas(("[anon:v8]", 40_000))), 40_000, [app(vmas(("[anon:v8]", 16_383)))]),
        "bitmap-sized-allocations": Case(
            app(vmas((SECONDARY, 3000), times=3)),
            9000,
            [
                app(vmas((SECONDARY, 3000), times=2)),
                app(vmas((SECONDARY, 200), times=90)),
                app(vmas(*((SECONDARY, 3000 + 8 * place) for place in range(9)))),
            ],
        ),
        "allocator-retention": Case(
            app(vmas((SCUDO, 40_000)), heap_alloc_kb={"Native Heap": 30_000}),
            10_000,
            [
                app(vmas((SCUDO, 40_000)), heap_alloc_kb={"Native Heap": 32_000}),
                app(vmas((SCUDO, 90_000)), heap_alloc_kb={"Native Heap": 80_000}),
                app(vmas((SCUDO, 40_000))),
                app(vmas((SCUDO, 40_000)), heap_alloc_kb={"Dalvik Heap": 1000}),
            ],
        ),
        "large-bss": Case(
            app(behind("/data/app/x/libbig.so", 3000)), 3000, [app(behind("/data/app/x/libbig.so", 2000))]
        ),
        "unnamed-memory": Case(
            app(vmas(("", 5000), (SCUDO, 1000))),
            5000,
            [app(vmas(("", 5000))), app(vmas(("", 4000), (SCUDO, 1000))), app(vmas(("", 5000), REST))],
        ),
        "dex-extracted": Case(
            app(vmas(("[anon:dalvik-classes.dex extracted in memory from /data/app/x/base.apk]", 2000))),
            2000,
            [app(vmas(("[anon:dalvik-classes.dex extracted in memory from /data/app/x/base.apk]", 1000)))],
        ),
        "dex-loaded-from-memory": Case(
            app(vmas(("[anon:dalvik-DEX data]", 2000))), 2000, [app(vmas(("[anon:dalvik-DEX data]", 1000)))]
        ),
        "not-compiled": Case(
            app(vmas(("[anon:dalvik-jit-code-cache]", 70)), compile_filter="verify"),
            70,
            [
                app(vmas(("[anon:dalvik-jit-code-cache]", 70)), compile_filter="speed-profile"),
                app(vmas(APK, ("/data/app/com.example.app-1/oat/arm64/base.odex", 9))),
                app(vmas((SCUDO, 100))),
            ],
        ),
        "copied-libraries": Case(
            app(vmas(*LIBRARIES)), 600, [app(vmas(LIBRARIES[0])), app(vmas(LIBRARIES[0], times=2))]
        ),
        "compat-libraries": Case(
            app(vmas(("[anon:/data/app/x/lib/libold.so (compat loaded)]", 900))),
            900,
            [app(vmas(("[anon:/data/app/x/lib/libold.so (compat loaded)]", 200)))],
        ),
        "copied-fonts": Case(
            app(vmas(("/data/data/x/a/Body.ttf", 700), ("/data/data/x/b/Body.ttf", 700))),
            700,
            [app(vmas(("/system/fonts/a/Body.ttf", 700), ("/system/fonts/b/Body.ttf", 700)))],
        ),
        "font-mapped-again": Case(
            app(vmas(("/data/data/x/Body.ttf", 100), times=4)),
            400,
            [app(vmas(("/data/data/x/Body.ttf", 100), times=3))],
        ),
        "javascript-engines": Case(
            engines(4000, hermes=True), 4100, [engines(4000, hermes=False), engines(1000, hermes=True)]
        ),
        "unused-webview": Case(
            webview(WebViews=0, Views=12), 4000, [webview(WebViews=1), webview(Views=12), webview()]
        ),
        "many-threads": Case(threads(200), 200 * 16, [threads(199)]),
        "many-vmas": Case(many(500), None, [many(499), app(vmas((SCUDO, 4), times=600))]),
        "page-tables": Case(
            app(vmas((SCUDO, 4)), status_kb={"vm_pte_kb": 9000}),
            9000,
            [app(vmas((SCUDO, 4)), status_kb={"vm_pte_kb": 4000}), app(vmas((SCUDO, 4)))],
        ),
        "graphics-not-in-smaps": Case(
            app(vmas((SCUDO, 4)), not_in_smaps_kb={"EGL mtrack": 50_000, "GL mtrack": 50_000}),
            100_000,
            [
                app(vmas((SCUDO, 4)), not_in_smaps_kb={"GL mtrack": 50_000}),
                app(vmas(REST), not_in_smaps_kb={"GL mtrack": 100_000}),
            ],
        ),
        "software-rendering": Case(
            app(vmas(("/vendor/lib64/hw/vulkan.pastel.so", 300))),
            300,
            [app(vmas(("/vendor/lib64/hw/vulkan.pastel.so", 100)))],
        ),
        "trim-not-released": Case(
            trimmed(95_000),
            95_000,
            [trimmed(89_000), trimmed(95_000, done=False)],
            app(vmas((SCUDO, 100_000)), start_time=7),
        ),
        "kept-after-trim": Case(trimmed(70_000), 70_000, [trimmed(60_000), trimmed(70_000, done=False)]),
        "growth-hidden-by-swap": Case(
            app(vmas((SCUDO, 50_000), Swap=20_000, Pss=30_000, Anonymous=30_000)),
            10_000,
            [
                app(vmas((SCUDO, 50_000), Swap=10_000, Pss=30_000, Anonymous=30_000)),
                app(vmas((SCUDO, 60_000), Swap=0)),
            ],
            oldest=app(vmas((SCUDO, 40_000))),
        ),
        "mostly-swapped": Case(
            app(vmas((SCUDO, 100_000), Swap=60_000, Anonymous=40_000)),
            60_000,
            [app(vmas((SCUDO, 100_000), Swap=30_000, Anonymous=20_000)), app(vmas((SCUDO, 99_000), Swap=33_000))],
        ),
        "debuggable-build": Case(
            app(vmas((SCUDO, 4)), debuggable=True),
            None,
            [app(vmas((SCUDO, 4)), debuggable=False), app(vmas((SCUDO, 4)))],
        ),
        "sanitizer": Case(app(vmas(("[anon:FakeStack]", 2000))), 2000, [app(vmas(("[anon:FakeStack]", 500)))]),
    }


CASES = cases()


def test_every_rule_has_a_case() -> None:
    assert list(CASES) == [rule.id for rule in insight_rules()]


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_fires(rule: str) -> None:
    case = CASES[rule]
    findings = found(case.fires, case.previous, case.oldest)
    assert rule in findings
    finding = findings[rule]
    assert (finding.app, finding.kb) == (APP, case.kb)
    assert finding.evidence
    for text in (finding.title, finding.why, finding.action, *finding.commands):
        assert text
        assert "{" not in text
        assert "None" not in text


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_does_not_fire(rule: str) -> None:
    case = CASES[rule]
    for place, silent in enumerate(case.silent):
        assert rule not in found(silent, case.previous, case.oldest), place


def test_rules_name_measures_and_categories_that_exist() -> None:
    known = {rule.category for rule in load_rules().rules} | {"unnamed"}
    known |= {category.rsplit(".", depth)[0] for category in known for depth in (1, 2, 3)}
    known |= {f"unnamed.{kind}" for kind in ("other", "shared", "code", "read-only", "bss", "thread-stack", "arena")}
    known |= {"unnamed.arena.hermes"}
    for rule in insight_rules():
        assert rule.measure in MEASURES, rule.id
        listed = [*rule.categories, *(one for words in rule.engines.values() for one in words if "*" not in one)]
        assert not [category for category in listed if category not in known], rule.id


def test_rules_have_a_reason_for_their_threshold_and_a_link() -> None:
    for rule in insight_rules():
        assert rule.threshold, rule.id
        assert rule.link.startswith("https://"), rule.id
        assert not rule.action.endswith("."), rule.id
        for text in (rule.title, rule.why, rule.action, *rule.commands):
            list(Formatter().parse(text))


def test_all_measures_are_used() -> None:
    assert {rule.measure for rule in insight_rules()} == set(MEASURES)


def test_a_mapped_apk_without_compiled_code_is_likely_not_compiled() -> None:
    finding = found(app(vmas(APK)))["not-compiled"]
    assert finding.certainty == "likely"
    assert [one.name for one in finding.evidence] == [APK[0]]


def test_an_upper_bound_makes_a_limit_possible_only() -> None:
    made = limits(1, status_kb={})
    made = app(vmas((SCUDO, 3 * GB)), system=made.system, oom_score_adj=0, uid=10_100)
    assert found(made)["above-play-limit"].certainty == "possible"


def test_findings_about_large_bss_name_the_library() -> None:
    finding = found(CASES["large-bss"].fires)["large-bss"]
    assert "libbig.so" in finding.title
    assert finding.evidence[0].kb == 3000


def test_reference_processes_have_no_findings() -> None:
    made = app(vmas((SCUDO, 40_000)), reference=True)
    assert find_insights(View(made)).findings == ()
