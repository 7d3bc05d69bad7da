"""Which processes of a source are wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from droidanon.errors import ProcessError, UsageError
from droidanon.escape import escape_text
from droidanon.model import Process
from droidanon.platform.readers.procfs import is_zygote
from droidanon.sources.source import belongs, not_there


@dataclass(frozen=True, slots=True)
class Choice:
    """Processes of an app, with a pid, whose name a regular expression finds, of an Android user; all that are given count."""

    app: str | None = None
    pid: int | None = None
    process: str | None = None
    user: int | None = None

    def __post_init__(self) -> None:
        try:
            re.compile(self.process or "")
        except re.error as error:
            raise UsageError(
                f"--process {escape_text(self.process or '')!r}: no regular expression: {error}"
            ) from error

    @property
    def everything(self) -> bool:
        return self == Choice()

    def takes(self, process: Process) -> bool:
        """Whether a process is one of them."""
        return (
            (self.pid is None or process.pid == self.pid)
            and (self.app is None or belongs(process.name, process.package, self.app))
            and (self.process is None or re.search(self.process, process.name) is not None)
            and (self.user is None or process.user == self.user)
        )

    def split(self, processes: Sequence[Process]) -> tuple[list[Process], list[Process]]:
        """The processes wanted, and the zygotes beside them (their companions). ProcessError where there is none."""
        taken = [process for process in processes if self.takes(process)]
        if not taken:
            raise self.none_of(processes, live=True)
        beside = [process for process in processes if is_zygote(process.name) and not self.takes(process)]
        return taken, [] if self.everything else beside

    def none_of(self, processes: Iterable[Process], *, live: bool) -> ProcessError:
        """The error where not one of the processes is wanted."""
        if self.process is None and self.user is None:
            return not_there(self.app, self.pid, processes, live=live)
        words = [
            f"--{key} {escape_text(str(value))}"
            for key, value in (("app", self.app), ("pid", self.pid), ("process", self.process), ("user", self.user))
            if value is not None
        ]
        return ProcessError(f"no process fits {' '.join(words)}; `droidanon show SOURCE --by process` lists them")
