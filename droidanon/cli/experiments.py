"""Creates or resumes experiments from command-line options."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from droidanon.experiment.manifest import Experiment, PhoneLog, Plan, Variant

BOTH = "both"
MOST_ROUNDS = 10_000


def package_option(app: str | None) -> str:
    """The package of --app."""
    from droidanon.errors import UsageError
    from droidanon.escape import escape_text
    from droidanon.experiment.scenario import is_package

    if app is None:
        raise UsageError("--app is missing: the package of the app")
    if not is_package(app):
        raise UsageError(f"--app {escape_text(app)}: not the name of a package")
    return app


def refuse_with_resume(given: Mapping[str, object]) -> None:
    """Raise UsageError for options that the plan in the folder already determines."""
    from droidanon.errors import UsageError

    if names := [name for name, value in given.items() if value]:
        raise UsageError(f"--resume excludes {', '.join(names)}: the plan is in the folder")


def chosen_sides(side: str) -> tuple[str, ...]:
    """The sides selected by --side."""
    from droidanon.errors import UsageError
    from droidanon.experiment.plan import SIDES

    if side != BOTH and side not in SIDES:
        raise UsageError(f"--side {side}: choose base, new or both")
    return SIDES if side == BOTH else (side,)


def variants_of(
    apk_a: list[Path] | None, apk_b: list[Path] | None, setup_a: str | None, setup_b: str | None
) -> dict[str, Variant]:
    """The sides described by their options."""
    from droidanon.experiment.install import check_apks
    from droidanon.experiment.manifest import Variant

    return {
        "base": Variant(check_apks(apk_a or ()), setup_a or ""),
        "new": Variant(check_apks(apk_b or ()), setup_b or ""),
    }


def new_experiment(plan: Plan, output: Path | None, serials: Sequence[str], all_devices: bool) -> Experiment:
    """Create an experiment in a new folder. The phones are looked up first, so that a typo leaves no folder behind."""
    from droidanon.cli.parallel import chosen_sources
    from droidanon.errors import UsageError
    from droidanon.experiment.manifest import Experiment, write_phone, write_plan
    from droidanon.report.narration import say
    from droidanon.store.library import captures_folder, safe_word
    from droidanon.store.series import check_free, iso_time, new_folder

    if output is not None:
        check_free(output)
    sources = chosen_sources("adb:", serials, all_devices, say)
    if plan.scenario == "enter" and len(sources) > 1:
        raise UsageError("--scenario enter: with several phones the scenario must be a command")
    phones = _phones(sources, plan)
    now = iso_time(time.time())
    default = captures_folder() / f"{safe_word(now[:19])}_{safe_word(plan.app)}_ab"
    folder = new_folder(output or default, numbered=output is None)
    experiment = Experiment(folder, plan, now, phones)
    write_plan(experiment)
    for name, log in phones.items():
        write_phone(folder / name, log)
    say(f"experiment in {folder}")
    return experiment


def resumed_experiment(
    folder: Path, variants: Mapping[str, Variant], count: int | None, side: str | None
) -> Experiment:
    """The experiment in a folder, with an additional side or more rounds."""
    from dataclasses import replace

    from droidanon.experiment.install import check_unchanged
    from droidanon.experiment.manifest import Variant, read_experiment, with_side, write_plan

    experiment = read_experiment(folder)
    plan = experiment.plan
    for name, variant in variants.items():
        if variant != Variant():
            plan = with_side(plan, name, variant)
    if count is not None:
        plan = replace(plan, rounds=count)
    if side is not None:
        plan = replace(plan, measured=chosen_sides(side))
    check_plan(plan)
    for name in plan.measured:
        check_unchanged(plan.sides[name].apks)
    experiment = replace(experiment, plan=plan)
    write_plan(experiment)
    return experiment


def check_plan(plan: Plan) -> None:
    """Raise UsageError for an invalid word, for identical sides, or if one side would only be what the other left
    behind.

    A resumed plan comes from a file that may have been edited, and its words become parts of commands on the phone.
    """
    from droidanon.analysis.stats.power import Effect
    from droidanon.cli.options import counter_name
    from droidanon.errors import UsageError
    from droidanon.experiment.install import check_compile_mode
    from droidanon.experiment.scenario import parse_scenario
    from droidanon.sources.phone.options import PhoneOptions, Prepare

    package_option(plan.app)
    if not 0 < plan.rounds <= MOST_ROUNDS:
        raise UsageError(f"--rounds {plan.rounds}: choose 1 to {MOST_ROUNDS:,}")
    parse_scenario(plan.scenario)
    Effect.parse(plan.effect)
    counter_name(plan.counter)
    check_compile_mode(plan.compile_mode)
    PhoneOptions(access=plan.access, prepare=Prepare(trim=plan.trim))
    if len(plan.measured) < len(plan.sides):
        return
    base, new = plan.sides["base"], plan.sides["new"]
    if bool(base.apks) != bool(new.apks):
        raise UsageError("give both --apk-a and --apk-b, or run one side with --side")
    if bool(base.setup) != bool(new.setup):
        raise UsageError("give both --setup-a and --setup-b: each side must undo the setup of the other")
    if not base.apks and not base.setup:
        raise UsageError("the sides do not differ: give --apk-a and --apk-b, or --setup-a and --setup-b")


def _phones(sources: Sequence[str], plan: Plan) -> dict[str, PhoneLog]:
    from droidanon.experiment.manifest import PhoneLog, phone_folder
    from droidanon.experiment.phone_state import check_airplane
    from droidanon.sources.adb.recognise import ask_serialno
    from droidanon.sources.adb.server import open_device

    phones: dict[str, PhoneLog] = {}
    for source in sources:
        device = open_device(source.partition(":")[2] or None)
        if plan.airplane:
            check_airplane(device.serial)
        serialno = ask_serialno(device)
        name = phone_folder(serialno, device.source)
        phones[name if name not in phones else f"{name}-{len(phones) + 1}"] = PhoneLog(device.source, serialno)
    return phones
