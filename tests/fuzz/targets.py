"""One target per parser: how it is called with bytes, small inputs to begin with, and how they are mutated."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import folders, oracles, phone_texts, stored, texts
from tests.fuzz.mutate import mutate
from tests.fuzz.mutate_json import mutate_json
from tests.fuzz.stored import in_file, of_document

Mutation = Callable[[random.Random, Sequence[bytes]], bytes]
CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Target:
    """A parser. `seeds` makes the first inputs; files in `corpus/NAME` are added to them."""

    name: str
    parse: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    mutate: Mutation = mutate

    def corpus(self) -> list[bytes]:
        """The inputs to mutate."""
        return [*self.seeds(), *(path.read_bytes() for path in sorted((CORPUS / self.name).glob("*")))]


def _of_text(name: str, parse: Callable[[bytes], object], *seeds: bytes) -> Target:
    return Target(name, parse, lambda: list(seeds))


_ALL_TEXTS = (
    texts.SMAPS,
    texts.MAPS,
    texts.MEMINFO,
    texts.SHOWMAP,
    texts.PMAP,
    texts.TOMBSTONE,
    texts.SYSTEM,
    phone_texts.PROCRANK,
    phone_texts.DUMPSTATE,
    phone_texts.LOW_MEMORY,
    phone_texts.SANITIZER,
)
_PROTOBUF = b"\x0a\x01a\x28\x07\x30\x08\x4a\x05com.a"

TARGETS = {
    target.name: target
    for target in (
        _of_text("smaps", oracles.parse_both_ways, texts.SMAPS, texts.SMAPS.replace(b"\n", b"\r\n")),
        _of_text("maps", oracles.parse_both_ways, texts.MAPS, texts.MAPS + texts.SMAPS),
        _of_text("frames", texts.parse_frames, texts.FRAMES),
        _of_text("dumpsys", texts.parse_dumpsys, texts.MEMINFO, texts.SYSTEM, texts.EXITS),
        _of_text("showmap", texts.parse_showmap, texts.SHOWMAP, texts.PMAP),
        _of_text("tombstone", texts.parse_tombstone, texts.TOMBSTONE, _PROTOBUF),
        _of_text(
            "listings",
            phone_texts.parse_listings,
            phone_texts.PROCRANK,
            phone_texts.LOW_MEMORY,
            phone_texts.SANITIZER,
            phone_texts.SHOWMAP_JSON,
            phone_texts.CHECKIN,
            phone_texts.DUMPSTATE,
        ),
        _of_text("facts", phone_texts.parse_facts, phone_texts.STATUS, phone_texts.FACTS, phone_texts.LIMITER),
        Target("vitals", phone_texts.parse_vitals, lambda: [phone_texts.VITALS], mutate_json),
        _of_text("text", in_file("a.txt", stored.load_text), *_ALL_TEXTS),
        _of_text("store", oracles.store_and_load, *oracles.STORED),
        _of_text("commands", oracles.show_text, *oracles.COMMAND_SEEDS),
        Target("trace", in_file("a.pftrace", stored.load_text), stored.trace_seeds),
        Target("archive", in_file("a.zip", stored.load_text), stored.archive_seeds),
        _of_text("rules", in_file("a.toml", stored.load_rules), texts.RULES),
        _of_text("plan", in_file("a.toml", stored.load_plan), texts.PLAN),
        _of_text("budget", in_file("a.toml", stored.load_budget), texts.BUDGET),
        _of_text("policy", in_file("a.toml", stored.load_policy), texts.POLICY),
        Target("capture", in_file("a.parquet", stored.load_signed), stored.capture_seeds),
        Target("tables", of_document(stored.write_tables, stored.load_tables), stored.table_seeds, mutate_json),
        Target("views", of_document(stored.write_tables, oracles.show_capture), stored.table_seeds, mutate_json),
        Target("changes", of_document(stored.write_changes, stored.load_changes), stored.change_seeds, mutate_json),
        Target("series", of_document(folders.write_series, folders.load_series), folders.series_seeds, mutate_json),
        Target("samples", of_document(folders.write_samples, folders.load_samples), folders.sample_seeds, mutate_json),
        Target("sums", of_document(folders.write_sums, folders.load_sums), folders.sums_seeds, mutate_json),
        Target("dataset", of_document(folders.write_dataset, folders.load_dataset), folders.dataset_seeds, mutate_json),
        Target(
            "experiment",
            of_document(folders.write_json_files, folders.load_experiment),
            folders.experiment_seeds,
            mutate_json,
        ),
        Target("journal", of_document(folders.write_journal, folders.load_journal), folders.journal_seeds, mutate_json),
    )
}
