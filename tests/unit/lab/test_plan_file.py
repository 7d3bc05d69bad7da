"""Plan files: what a complete one means, and all mistakes of one at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.errors import InputError
from droidanon.lab.plan import LabCell, LabPlan, Per
from droidanon.lab.plan_file import PlanError, load_plan
from testphone.phone.services import Build

COMPLETE = """
[lab]
name = "nightly"
output = "runs/nightly"
repetitions = 3
per = "model"
seed = 7
retries = 1
run_timeout = "5m"
wait = "30s"
budget = "budget.toml"
baseline = "1.0"
[devices]
serials = ["A", "B"]
models = "Pixel *"
min_android = 13
max_android = 16
min_ram = "6GB"
min_battery = 30
max_thermal = 1
failures = 2
screen_on = true
[capture]
access = "root"
compile = "none"
gc = true
trim = "COMPLETE"
settle = 0
[[app]]
name = "shop"
package = "com.example.app"
builds = [{ label = "1.0", apk = "old.apk" }]
[[app.builds]]
label = "other"
apk = "old.apk"
[[app]]
package = "com.example.other_app"
[[scenario]]
name = "cold"
[[scenario]]
name = "walk"
run = "phone:input tap 1 2"
start = false
apps = ["shop"]
"""


def write(folder: Path, text: str) -> Path:
    Build().write(folder / "old.apk")
    Build(native_kb=4).write(folder / "new.apk")
    (folder / "budget.toml").write_text('[budget]\n[[budget.row]]\nmax = "1GB"\n')
    path = folder / "plan.toml"
    path.write_text(text)
    return path


def complete(folder: Path) -> LabPlan:
    second = '[[app.builds]]\nlabel = "other"\napk = "old.apk"\n'
    return load_plan(write(folder, COMPLETE.replace(second, "")))


def mistakes_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(PlanError) as raised:
        load_plan(write(folder, text))
    return [one.removeprefix(f"{folder}/") for one in raised.value.mistakes]


def test_a_complete_plan(tmp_path: Path) -> None:
    plan = complete(tmp_path)
    assert (plan.name, plan.output, plan.repetitions, plan.per) == ("nightly", tmp_path / "runs/nightly", 3, Per.MODEL)
    assert (plan.seed, plan.retries, plan.run_s, plan.wait_s) == (7, 1, 300.0, 30.0)
    assert (plan.budget, plan.baseline) == (tmp_path / "budget.toml", "1.0")
    assert (plan.phones.serials, plan.phones.models, plan.phones.min_ram_kb) == (("A", "B"), ("Pixel *",), 6 << 20)
    definitions = plan.definitions()
    assert list(definitions) == [
        LabCell("shop", "1.0", "cold"),
        LabCell("shop", "1.0", "walk"),
        LabCell("com.example.other-app", "", "cold"),
    ]
    walk = definitions[LabCell("shop", "1.0", "walk")]
    assert (walk.steps.app, walk.steps.scenario, walk.steps.start) == ("com.example.app", "phone:input tap 1 2", False)
    assert (walk.steps.access, walk.steps.gc, walk.steps.settle, walk.steps.screen_on) == ("root", True, 0, True)
    assert [Path(apk.path).name for apk in walk.build.apks] == ["old.apk"]
    assert definitions[LabCell("com.example.other-app", "", "cold")].build.apks == ()


def test_defaults(tmp_path: Path) -> None:
    plan = load_plan(write(tmp_path, '[devices]\nserials = "all"\n[[app]]\npackage = "com.example.app"\n'))
    assert (plan.name, plan.output, plan.per) == ("plan", tmp_path / "plan-lab", Per.PHONE)
    assert plan.phones.serials == ()
    assert list(plan.definitions()) == [LabCell("com.example.app", "", "start")]


def test_all_mistakes_are_reported_with_their_lines(tmp_path: Path) -> None:
    text = """
[lab]
repetitons = 3
repetitions = "many"
per = "device"
run_timeout = "soon"
baseline = "2.0"
[devices]
serials = 5
min_ram = "6"
failures = 0
screen_on = "yes"
[capture]
trim = "LOW"
access = "magic"
settle = -1
[labs]
[[app]]
package = "com example"
[[app]]
name = "a b"
package = "com.example.app"
builds = [{ label = "1.0", apk = "missing.apk" }, { label = "1.0" }, { lable = "1.1" }]
[[scenario]]
run = "enter"
apps = ["shop"]
"""
    found = mistakes_of(tmp_path, text)
    starts = [(one.split(": ", 1)[0], one) for one in found]

    def at(line: int, *words: str) -> None:
        (one,) = [text for place, text in starts if place == f"plan.toml:{line}" and all(w in text for w in words)]
        assert "\n" not in one

    at(3, "repetitons", "did you mean repetitions?")
    at(4, "repetitions", "'many'")
    at(5, "per", "phone, model, lab")
    at(6, "run_timeout", "soon")
    at(7, "must be the label of a build")
    at(7, "needs a budget")
    at(9, "serials")
    at(10, "min_ram")
    at(11, "failures", "1 to")
    at(12, "screen_on", "true or false")
    at(14, "trim", "RUNNING_LOW")
    at(15, "access", "run-as")
    at(16, "settle")
    at(17, "'labs'", "did you mean lab?")
    at(19, "package")
    at(21, "name", "a b")
    at(23, "missing.apk")
    at(24, "name is missing")
    at(25, "host:COMMAND")
    at(26, "'shop'")
    assert any("lable" in one and "did you mean label?" in one for one in found)
    assert any("two are called '1.0'" in one for one in found)


def test_other_forms_of_tables(tmp_path: Path) -> None:
    found = mistakes_of(tmp_path, 'lab = 1\napp = "x"\n[scenario]\nname = "cold"\n')
    assert len(found) == 4  # three tables, and that there is no app
    with pytest.raises(InputError, match="not TOML"):
        load_plan(write(tmp_path, "[lab"))
    with pytest.raises(InputError):
        load_plan(tmp_path / "none.toml")


def test_a_budget_with_a_mistake_is_one_of_the_plan(tmp_path: Path) -> None:
    path = write(tmp_path, '[lab]\nbudget = "budget.toml"\n[[app]]\npackage = "com.example.app"\n')
    (tmp_path / "budget.toml").write_text('[budget]\n[[budget.row]]\nmaximum = "1GB"\n')
    with pytest.raises(PlanError) as raised:
        load_plan(path)
    (one,) = raised.value.mistakes
    assert "budget.toml:3" in one
