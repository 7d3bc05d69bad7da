"""Which processes of a source are wanted, decided in one place for every source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon.errors import ProcessError, UsageError
from droidanon.escape import escape_text
from droidanon.model import ProcessIdentity
from droidanon.wording import listed

if TYPE_CHECKING:
    from droidanon.sources.reading import Reading

_NAMED = 6
_KEYS = ("app", "pid", "process", "user")
_PACKAGE = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*){2,}", re.ASCII)
"""Of three words or more, as most are; `nowhere.smaps` is a file."""
_SUFFIXES = ("parquet", "smaps", "txt", "json", "html", "gz", "xz", "zst", "bz2", "zip", "tar")
SELECT_APP = "if this is an app, select it by its package"
"""The hint if a source `looks_like_app`; the setting is `app`."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Indices in a list of processes: the selected ones, and the reference processes read with them."""

    wanted: tuple[int, ...]
    reference: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects processes by app, pid, a regular expression for the name, and Android user; all given conditions must
    hold.

    `foreground` selects the app and user in the foreground of a phone; other sources ignore it. Raises UsageError for
    an invalid regular expression.
    """

    app: str | None = None
    pid: int | None = None
    process: str | None = None
    user: int | None = None
    foreground: bool = False

    def __post_init__(self) -> None:
        if self.app == "":
            raise UsageError("the app is empty: give the name of its package, such as com.example.app")
        try:
            re.compile(self.process or "")
        except re.error as error:
            pattern = escape_text(self.process or "")
            raise UsageError(f"process {pattern!r} is not a regular expression: {error}") from error

    def __str__(self) -> str:
        """`app com.a, user 10`."""
        return ", ".join(f"{key} {value}" for key in _KEYS if (value := getattr(self, key)) is not None)

    @property
    def everything(self) -> bool:
        """Whether all processes are selected."""
        return all(getattr(self, key) is None for key in _KEYS)

    def includes(self, process: ProcessIdentity) -> bool:
        """Whether a process is selected."""
        return (
            (self.pid is None or process.pid == self.pid)
            and (self.app is None or belongs(process.name, process.package, self.app))
            and (self.process is None or re.search(self.process, process.name) is not None)
            and (self.user is None or process.user == self.user)
        )

    def partition(
        self,
        processes: Sequence[ProcessIdentity],
        *,
        live: bool = False,
        known: Iterable[ProcessIdentity] | None = None,
    ) -> Partition:
        """The selected processes, and the zygotes as reference processes.

        Raises ProcessError, suggesting similar names, if none is selected. `live`: the app might still start; `known`:
        all processes of the source, if `processes` is a subset.
        """
        if self.everything:
            return Partition(tuple(range(len(processes))))
        wanted = [place for place, process in enumerate(processes) if self.includes(process)]
        if all(processes[place].reference for place in wanted):
            raise self.none_of(processes if known is None else known, live=live)
        reference = [
            place
            for place, process in enumerate(processes)
            if not self.includes(process) and (process.reference or process.is_zygote)
        ]
        return Partition(tuple(wanted), tuple(reference))

    def of_readings(
        self, readings: Sequence[Reading], *, live: bool = False, known: Iterable[ProcessIdentity] | None = None
    ) -> list[Reading]:
        """The selected readings, then those of the reference processes, marked. ProcessError as for `partition`."""
        found = self.partition([reading.process for reading in readings], live=live, known=known)
        for place in found.reference:
            readings[place].process.reference = True
        return [readings[place] for place in (*found.wanted, *found.reference)]

    def none_of(self, processes: Iterable[ProcessIdentity], *, live: bool) -> ProcessError:
        """The error for a selection that matches none of the processes."""
        there = [process for process in processes if not process.reference]
        if self.process is None and self.user is None:
            return self._no_such_pid(there, live) if self.pid is not None else self._no_such_app(there, live)
        users = sorted({process.user for process in there if process.user is not None})
        hint = (
            f"there are users {', '.join(map(str, users))}"
            if self.user is not None and users
            else "list them by process"
        )
        return ProcessError(escape_text(f"no process matches {self}; {hint}"))

    def _no_such_pid(self, there: Sequence[ProcessIdentity], live: bool) -> ProcessError:
        wanted = [one for one in there if self.app is None or belongs(one.name, one.package, self.app)]
        text = f"no process{f' of {self.app}' if self.app is not None else ''} with pid {self.pid}"
        if live and self.app is None:
            return ProcessError(f"{text} (or it is a kernel thread, which has no memory of its own)")
        return ProcessError(
            escape_text(f"{text}; {_there([f'{one.pid} ({one.name})' for one in wanted if one.pid is not None])}")
        )

    def _no_such_app(self, there: Sequence[ProcessIdentity], live: bool) -> ProcessError:
        from difflib import get_close_matches  # imported only for an error

        app = self.app or ""
        names = sorted({one.app for one in there})
        near = get_close_matches(app, names, 3, 0.5) or [name for name in names if app.lower() in name.lower()][:3]
        if near:
            hint = f"did you mean {', '.join(near)}?"
        else:
            hint = "start the app first, or check the name" if live else _there(names)
        return ProcessError(escape_text(f"{app}: {'not running' if live else 'not in this source'}; {hint}"))


EVERYTHING = Selection()


def belongs(name: str, package: str | None, app: str) -> bool:
    """Whether a process belongs to an app: by its package, its name, or the part of its name before a colon."""
    return app in (package, name) or name.startswith(f"{app}:")


def looks_like_app(text: str) -> bool:
    """Whether a nonexistent source may be an app that was given instead of a source."""
    return _PACKAGE.fullmatch(text) is not None and text.rpartition(".")[2] not in _SUFFIXES


def _there(names: Sequence[str]) -> str:
    """The first of some names, in one line."""
    if not names:
        return "the source lists none"
    return f"there {'is' if len(names) == 1 else 'are'} {listed(names, _NAMED)}"
