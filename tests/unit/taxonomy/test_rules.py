"""droidanon's own rules: examples, coverage of real names, what is said of them; and users' rule files."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import tarfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from droidanon.errors import InputError
from droidanon.taxonomy.classify import classify_names, unknown_category
from droidanon.taxonomy.explain import rule_texts
from droidanon.taxonomy.rules import TOP_CATEGORIES, Rule, UnnamedRule, load_rules, read_table
from droidanon.taxonomy.unnamed import CONDITIONS

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "data"
HEADER = re.compile(rb"^[0-9a-f]+-[0-9a-f]+ [r-][w-][x-][ps] [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ \d+ *(.*)$", re.MULTILINE)
FOREIGN = {"[heap stuff]", "[rollup]"}
"""Names in the corpus that no program gives a VMA."""

RULES = load_rules()


def corpus_texts() -> Iterator[bytes]:
    for path in sorted(CORPUS.rglob("*")):
        if "attacks" in path.parts:
            continue
        if path.suffixes[-2:] == [".tar", ".xz"]:
            with tarfile.open(path) as archive:
                for member in archive:
                    content = archive.extractfile(member) if member.isfile() else None
                    if content is not None:
                        yield content.read()
        elif path.is_file() and path.suffix != ".xz":
            yield path.read_bytes()


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_rule_takes_its_examples(rule: Rule) -> None:
    examples = rule_texts(rule.id, rule.category).examples
    assert examples
    for found in classify_names(examples):
        assert found.rule == rule.id, found


@pytest.mark.parametrize("rule", [rule for rule in RULES.rules if rule.id != "unknown"], ids=lambda rule: rule.id)
def test_rule_is_explained(rule: Rule) -> None:
    texts = rule_texts(rule.id, rule.category)
    assert texts.summary.endswith(".")
    assert texts.source
    assert "region " not in texts.summary.replace("region space", "")


def test_every_text_belongs_to_a_rule_or_category() -> None:
    table = read_table("explain.toml")
    rules: tuple[Rule | UnnamedRule, ...] = (*RULES.rules, *RULES.unnamed)
    assert set(table["rule"]) == {rule.id for rule in rules}
    categories = {rule.category for rule in rules}
    for category in table["category"]:
        assert any(known == category or known.startswith(category + ".") for known in categories), category
    assert set(table["category"]) >= set(TOP_CATEGORIES)


def test_rules_end_with_the_unknown() -> None:
    assert RULES.rules[-1].id == "unknown"
    assert {rule.when for rule in RULES.unnamed} == set(CONDITIONS)


def test_real_names_are_known() -> None:
    if not CORPUS.is_dir():
        pytest.skip("corpus not present")
    names = {name.decode("utf-8", "backslashreplace") for text in corpus_texts() for name in HEADER.findall(text)}
    assert len(names) > 3000
    unknown = {found.name for found in classify_names(sorted(names - {""})) if found.category.startswith("unknown")}
    assert unknown <= FOREIGN


def test_catalogued_names_are_known() -> None:
    path = CORPUS / "expected" / "name-heaps.tsv"
    if not path.is_file():
        pytest.skip("corpus not present")
    names = [line.split("\t")[0] for line in path.read_text().splitlines()[1:]]
    assert not [found.name for found in classify_names(names) if found.category.startswith("unknown")]


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("[anon:foo bar]", "unknown.foo"),
        ("[anon:MyEngine_heap:3]", "unknown.myengine-heap"),
        ("[anon_shmem:Foo.bar]", "unknown.foo"),
        ("[anon:.hidden]", "unknown.hidden"),
        ("[anon:???]", "unknown"),
        ("[anon:worker-12]", "unknown.worker"),
        ("[anon:worker_0x7f00]", "unknown.worker"),
        ("[anon:arena17]", "unknown.arena"),
        ("[anon:v8x]", "unknown.v8x"),
        ("[anon:" + "a-" * 60 + "]", "unknown." + "a-" * 23 + "a"),
        ("strange", "unknown.strange"),
    ],
)
def test_unknown_names_keep_their_first_word(name: str, category: str) -> None:
    assert unknown_category(name) == category


def test_categories_of_the_same_thing_through_the_releases() -> None:
    spellings = [
        "/dev/ashmem/dalvik-main space (region space) (deleted)",
        "/dev/ashmem/dalvik-main space (region space)_3596_3596 (deleted)",
        "[anon:dalvik-main space (region space)]",
    ]
    assert {found.category for found in classify_names(spellings)} == {"java.heap.region-space"}
    spellings = [
        "/dev/ashmem/dalvik-jit-code-cache (deleted)",
        "/memfd:/jit-cache (deleted)",
        "/memfd:jit-cache (deleted)",
        "[anon:dalvik-jit-code-cache]",
        "[anon_shmem:dalvik-jit-code-cache]",
    ]
    assert {found.category for found in classify_names(spellings)} == {"java.jit.cache"}


def test_users_rules_go_first(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[rule]]\nid = "mine"\ncategory = "native.engine"\nprefix = ["[anon:engine", "[anon:scudo:"]\n'
        'summary = "Our engine."\nexamples = ["[anon:engine 1]"]\n'
    )
    rules = load_rules([path])
    found = classify_names(["[anon:engine 1]", "[anon:scudo:primary]", "[heap]"], rules=rules)
    assert [one.category for one in found] == ["native.engine", "native.engine", "native.brk-heap"]
    assert found[1].heap == "Native Heap"
    texts = rule_texts("mine", "native.engine", rules)
    assert texts.summary == "Our engine."
    assert "heapprofd" in texts.advice


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = [", "TOML"),
        ("[[rules]]\n", "'rules'"),
        ('rule = "x"\n', r"\[\[rule\]\]"),
        ('[[rule]]\ncategory = "java"\nexact = "x"\n', "\\bid\\b"),
        ('[[rule]]\nid = "No Good"\n', "\\bid\\b"),
        ('[[rule]]\nid = "a"\nexact = "x"\n', "rule 'a': category"),
        ('[[rule]]\nid = "a"\ncategory = "Java"\nexact = "x"\n', "category"),
        ('[[rule]]\nid = "a"\ncategory = "jvm.x"\nexact = "x"\n', "'jvm.x'.*java"),
        ('[[rule]]\nid = "a"\ncategory = "java"\n', "exact, .*prefix"),
        ('[[rule]]\nid = "a"\ncategory = "java"\nexact = "x"\nprefix = "y"\n', "exact, prefix"),
        ('[[rule]]\nid = "a"\ncategory = "java"\nexact = []\n', "exact"),
        ('[[rule]]\nid = "a"\ncategory = "java"\nprefix = ""\n', "prefix"),
        ('[[rule]]\nid = "a"\ncategory = "java"\nregex = "("\n', "regex '\\('"),
        ('[[rule]]\nid = "a"\ncategory = "java"\nregex = "a{99999999999999999999}"\n', "regex 'a"),
        (f'[[rule]]\nid = "a"\ncategory = "java"\nregex = "{"(" * 3000}{")" * 3000}"\n', "regex '\\(\\("),
        ('[[rule]]\nid = "a"\ncategory = "java"\nexact = "x"\ncolour = "red"\n', "'colour'"),
        ('[[rule]]\nid = "a"\ncategory = "java"\nexact = "x"\nsummary = 3\n', "summary"),
        ('[[rule]]\nid = "a"\ncategory = "java"\nexact = "x"\nexamples = "x"\n', "examples"),
        ('[[rule]]\nid = "unknown"\ncategory = "java"\nexact = "x"\n', "'unknown'"),
    ],
)
def test_bad_rule_files_say_where_and_what(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        load_rules([path])
    assert str(path) in str(caught.value)


def test_a_bracket_in_a_set_warns_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[[rule]]\nid = "a"\ncategory = "java.x"\nregex = "[[]anon:foo.*"\n')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rules = load_rules([tmp_path / "a.toml"])
        (found,) = classify_names(["[anon:foo bar]"], rules=rules)
    assert found.category == "java.x"


def test_a_file_that_is_too_deep_or_too_large(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("x = " + "[" * 20_000)
    with pytest.raises(InputError, match=r"bad\.toml: "):
        load_rules([path])
    with path.open("wb") as file:
        file.truncate((16 << 20) + 1)
    with pytest.raises(InputError, match=r"bad\.toml: .*16 MiB"):
        load_rules([path])


def test_many_rules_are_read_in_time_that_grows_with_their_number(tmp_path: Path) -> None:
    path = tmp_path / "many.toml"
    seconds = []
    gc.disable()  # a collection takes time for all that the process holds, which is much after thousands of tests
    try:
        for count in (500, 4000):
            rules = [f'[[rule]]\nid = "r{n}"\ncategory = "java"\nexact = "x{n}"\n\n' for n in range(count)]
            path.write_text("".join(rules))
            tries = []
            for _ in range(3):
                begin = time.process_time()
                loaded = load_rules([path])
                tries.append(time.process_time() - begin)
            seconds.append(min(tries))
    finally:
        gc.enable()
    assert loaded.places["r3999"] == f"{path}:{5 * 3999 + 1}: rule 'r3999'"
    assert (
        seconds[1] < 30 * seconds[0]
    )  # 8 times as many; each looking for its line from the start took 64 times as long


def test_mistakes_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    good = '# mine\n[[rule]]\nid = "a"\ncategory = "java"\nexact = "x"\n\n'
    for text, line in [
        (good + '[[rule]]\nid = "a"\ncategory = "java"\nexact = "y"\n', "8: rule 'a': "),
        (good + '[[rule]]\nid = "b"\ncategory = "jvm"\nexact = "y"\n', "9: rule 'b': category 'jvm'"),
        (good + '[[rule]]\nid = "b"\ncategory = "java"\nregex = "("\n', "10: rule 'b': regex"),
        (good + '[[rule]]\nid = "b"\ncategory = "java"\n', "7: rule 'b': "),
        (good + "[[rules]]\n", "7: unknown key 'rules'"),
        (good + "x = [\n", "7: "),
        (good + "\nx = = 1\n", "8: "),
    ]:
        path.write_text(text)
        with pytest.raises(InputError) as caught:
            load_rules([path])
        assert str(caught.value).startswith(f"{path}:{line}"), text


def test_a_rule_of_an_earlier_file_takes_the_place_of_a_later_one(tmp_path: Path) -> None:
    files = [tmp_path / "first.toml", tmp_path / "second.toml"]
    for path, category in zip(files, ("native.first", "native.second"), strict=True):
        path.write_text(
            f'[[rule]]\nid = "engine"\ncategory = "{category}"\nprefix = "[anon:engine"\n'
            f'[[rule]]\nid = "only-{path.stem}"\ncategory = "{category}"\nprefix = "[anon:{path.stem}"\n'
        )
    rules = load_rules(files)
    found = classify_names(["[anon:engine]", "[anon:first]", "[anon:second]"], rules=rules)
    assert [one.category for one in found] == ["native.first", "native.first", "native.second"]
    assert rules.places["only-second"] == f"{files[1]}:5: rule 'only-second'"
    assert rule_texts("engine", "native.first", rules).source == str(files[0])


def test_a_set_of_rules_tells_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[rule]]\nid = "a"\ncategory = "java"\nexact = "x"\n')
    first = load_rules([path]).identity()
    assert first["version"] == RULES.version >= 2
    assert first["files"] == [str(path)]
    assert load_rules().identity() == {"version": RULES.version, "digest": RULES.digest, "files": []}
    path.write_text('[[rule]]\nid = "a"\ncategory = "java"\nexact = "y"\n')
    digests = {RULES.digest, first["digest"], load_rules([path]).digest}
    assert len(digests) == 3
    assert all(re.fullmatch("[0-9a-f]{12}", digest) for digest in digests)


def test_missing_rule_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml"):
        load_rules([tmp_path / "none.toml"])


def test_importing_reads_no_rules() -> None:
    code = (
        "import tomllib\ntomllib.load = None\n"
        "import droidanon.taxonomy.classify, droidanon.taxonomy.explain, droidanon.taxonomy.normalise\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
