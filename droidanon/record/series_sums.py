"""The captures of a series as sums, from the cache if the capture, the rules and droidanon's code are unchanged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from droidanon.analysis.sides import GroupKeys, reduce_view
from droidanon.analysis.view import View
from droidanon.model import Capture
from droidanon.record.kept_sums import KeptMoment, load_moments, save_moments
from droidanon.sources.selection import Selection
from droidanon.store.identity import Identities
from droidanon.store.own_text import foreign_bytes
from droidanon.store.series import SUFFIX, Series, is_series
from droidanon.taxonomy.rules import RuleSet
from droidanon.version import __version__

_COMPUTED_BY = ("analysis", "platform", "smaps", "store", "taxonomy")
"""The packages whose code decides what sums are."""


@dataclass(frozen=True, slots=True)
class SumsQuestion:
    """Everything that sums depend on except the captures."""

    groups: GroupKeys
    selection: Selection
    android: int | None
    rules: RuleSet
    by_process: tuple[str, ...] = ()
    """Counters that are also summed by process."""

    @property
    def digest(self) -> str:
        """A digest of the question and the code that answers it."""
        groups, chosen = self.groups, self.selection
        parts = (
            __version__,
            _code_digest(),
            self.rules.digest,
            self.android,
            groups.columns,
            groups.counter,
            groups.depth,
            (chosen.app, chosen.pid, chosen.process, chosen.user),
            self.by_process,
        )
        return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


@dataclass(slots=True)
class SeriesSums:
    """The cached sums of one series for one question. Series from other tools have no cache."""

    series: Series
    question: SumsQuestion
    _found: dict[str, KeptMoment] = field(default_factory=dict)
    _used: dict[str, KeptMoment] = field(default_factory=dict)
    _digest: str = ""
    _identities: Identities | None = None

    def __post_init__(self) -> None:
        if is_series(self.series.path):
            self._identities = Identities(self.series.path)
            self._digest = self.question.digest
            self._found = load_moments(self.series.path, self._digest, self.question.groups.columns)

    def moment(self, file: str, read: Callable[[], Capture]) -> KeptMoment:
        """The sums of a capture file, from the cache or from the capture that `read` returns. Passes on its errors."""
        identity = self._identity(file)
        found = self._found.get(file)
        if found is None or found.identity != identity:
            found = self._computed(file, identity, read())
        else:
            self._used[file] = found
        return found

    def _identity(self, file: str) -> bytes | None:
        """The identity of a capture file; None if its sums cannot be cached."""
        return self._identities.of(file) if self._identities is not None and file.endswith(SUFFIX) else None

    def _computed(self, file: str, identity: bytes | None, capture: Capture) -> KeptMoment:
        """The sums of a capture that was read after its identity was computed. They are cached if the file is still the
        same."""
        question = self.question
        view = View(capture, question.android, question.rules)
        made = KeptMoment.of(identity or b"", reduce_view(view, question.groups), view, question.by_process)
        # Old captures with foreign text warn whenever they are read.
        if identity is not None and identity == self._identity(file) and not foreign_bytes(capture):
            self._used[file] = made
        return made

    def save(self, *, complete: bool = True) -> None:
        """Save the sums of the requested captures, if that changes the cache. Others are dropped if the question was
        `complete`, i.e. about all captures.
        """
        if not complete:
            self._used = {**self._found, **self._used}
        new = any(self._found.get(file) is not one for file, one in self._used.items())
        if new or (self._found and len(self._found) > len(self._used)):
            save_moments(self.series.path, self._digest, self.question.groups.columns, self._used)


@cache
def _code_digest() -> str:
    """A digest of the code that computes sums: the code in a checkout changes without a new version."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.blake2b(digest_size=16)
    for path in _code_files(root):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _code_files(root: Path) -> Iterator[Path]:
    for folder in (root, *(root / name for name in _COMPUTED_BY)):
        files = folder.glob("*") if folder == root else folder.rglob("*")
        yield from sorted(path for path in files if path.suffix in (".py", ".toml"))
