"""What `droidanon.open` returns: a capture, several captures, or a series, with their data as DataFrames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from droidanon import model
from droidanon.errors import UsageError
from droidanon.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from droidanon.sources.resolve import Resolved, SeriesOfCaptures


class OpenedCapture(model.Capture):
    """One pass over the selected processes of a source.

    Attributes:
        processes: the processes, with their facts (`droidanon.Process`).
        vmas: their VMAs as columns (`droidanon.VmaTable`).
        source, created, access, app: where, when and how it was captured, and the selected app.
        device, system, labels: facts about the phone, its memory in kB, and the user's labels.
        problems, notes: what could not be read, and what was assumed.
    """

    __slots__ = ()

    @classmethod
    def of(cls, capture: model.Capture) -> OpenedCapture:
        """The same capture with the methods of this class."""
        if isinstance(capture, cls):
            return capture
        return cls(**{field.name: getattr(capture, field.name) for field in fields(model.Capture)})

    def vmas_frame(
        self,
        *,
        counters: str | Sequence[str] | None = None,
        android: int | None = None,
        rules: Sequence[str | Path] = (),
    ) -> pd.DataFrame:
        """The classified VMAs, one row each. Reference processes are left out, as in every total.

        Args:
            counters: counters to include, such as `"pss"` or `["rss", "swap"]`; by default all.
            android: the Android release for heaps; by default the device's.
            rules: your own rule files.

        Returns:
            app, process, pid, start, end, perms, offset, device, inode, name, heap, sub_heap, category, rule, flags,
            and one column per counter in kB (`<NA>` if the kernel did not print it). Text columns are categoricals.
            Rows that another tool printed (see the `fidelity` of a process) have no address: start and end are 0.

        Raises:
            UsageError: a counter that the capture does not have, or an invalid rule file.
        """
        from droidanon.api.frames import vmas_frame

        return vmas_frame(self, counters=counters, android=android, rules=rules)

    def processes_frame(self) -> pd.DataFrame:
        """All processes, one row per process.

        Returns:
            process, pid, app, package, uid, user, ppid, oom_score_adj, state (the platform's code), fidelity,
            reference, vmas, version_name, version_code, debuggable, abi, compile_filter, age_s, and the lines of
            /proc/PID/status that were read (kB).
        """
        from droidanon.api.frames import processes_frame

        return processes_frame(self)

    def __repr__(self) -> str:
        model_name = self.device.get("model", "")
        parts = [
            self.app or "all processes",
            counted(len(self.counted), "process"),
            counted(self.counted_vmas, "VMA"),
            str(model_name) if model_name else "",
            self.created,
            "partial" if self.partial else "",
        ]
        return f"<Capture {', '.join(part for part in parts if part)}>"

    def _repr_html_(self) -> str:
        from droidanon.api.frames import largest_apps

        facts = "".join(
            f"<tr><th style='text-align:left'>{escape(str(key))}</th><td>{escape(str(value))}</td></tr>"
            for key, value in self._facts()
        )
        return (
            f"<p><code>{escape(repr(self))}</code></p><table>{facts}</table>{largest_apps(self).to_html(index=False)}"
        )

    def _facts(self) -> Iterator[tuple[str, Any]]:
        yield "source", self.source
        for key in ("model", "android", "build"):
            if key in self.device:
                yield key, self.device[key]
        if self.access:
            yield "access", self.access
        yield from self.labels.items()
        if self.problems:
            yield "problems", len(self.problems)


class CaptureList(Sequence[OpenedCapture]):
    """Several captures, such as those in a folder. Each is read when you access it.

    Attributes:
        sources: the source of each capture.
    """

    _title = "Captures"

    def __init__(self, members: Sequence[Resolved], text: str) -> None:
        self._members = members
        self._text = text
        self.sources = tuple(member.text for member in members)

    def __len__(self) -> int:
        return len(self._members)

    @overload
    def __getitem__(self, place: int) -> OpenedCapture: ...

    @overload
    def __getitem__(self, place: slice) -> CaptureList: ...

    def __getitem__(self, place: int | slice) -> OpenedCapture | CaptureList:
        if isinstance(place, slice):
            return CaptureList(self._members[place], self._text)
        return OpenedCapture.of(self._members[place].read())

    def summary_frame(self) -> pd.DataFrame:
        """The captures, one row each: source, created, app, model, processes, vmas, partial, and a column per label."""
        import pandas as pd

        return pd.DataFrame([_summary(source, one) for source, one in zip(self.sources, self, strict=True)])

    def __repr__(self) -> str:
        return f"<{self._title} {self._text}: {len(self)} capture{'s' if len(self) != 1 else ''}>"

    def _repr_html_(self) -> str:
        return f"<p><code>{escape(repr(self))}</code></p>{self.summary_frame().to_html(index=False)}"


class OpenedSeries(CaptureList):
    """A series: captures of one source over time, with samples, marks and gaps."""

    _title = "Series"

    def __init__(self, found: SeriesOfCaptures) -> None:
        super().__init__(found.members, found.text)
        self._found = found
        self._series = found.series

    @property
    def state(self) -> str:
        """`recording`, `done`, `interrupted`, `failed`, or `imported` if another tool recorded it."""
        return self._series.state

    def marks_frame(self) -> pd.DataFrame:
        """The marks, one row each: time (UTC), note."""
        import pandas as pd

        rows = [(mark.time, mark.note) for mark in self._series.marks]
        return _with_times(pd.DataFrame(rows, columns=["time", "note"]), "time")

    def gaps_frame(self) -> pd.DataFrame:
        """The gaps, one row each: what is missing, begin, end (UTC; missing if open-ended), reason."""
        import pandas as pd

        rows = [(gap.what, gap.begin, gap.end or None, gap.reason) for gap in self._series.gaps]
        return _with_times(pd.DataFrame(rows, columns=["what", "begin", "end", "reason"]), "begin", "end")

    def samples_frame(self) -> pd.DataFrame:
        """The samples, one row per process and time: time (UTC), pid, process, uid, oom_score_adj, state and kB
        columns.
        """
        return self._samples("status")

    def system_frame(self) -> pd.DataFrame:
        """The samples of the whole phone, one row per time: time (UTC), memory in kB, memory pressure in percent."""
        return self._samples("system")

    def limits_frame(
        self,
        *,
        app: str | None = None,
        ram: str | int | None = None,
        state: str | None = None,
        game: bool = False,
    ) -> pd.DataFrame:
        """Compare anon + swap of all samples and captures with Google Play's limits, by process name and state.

        Args:
            app: only the processes of this app.
            ram: judge as if the phone had this much RAM: kB, or text such as `"6GB"`; by default the series' MemTotal.
            state: judge every reading as if the process were in this state: `foreground`, `service`, `background` or
                `cached`.
            game: use the thresholds for games.

        Returns:
            A DataFrame, the process with the largest P90 first: `process`, `state` (`all` for all states of a process
            that had several; missing if unknown), `readings`, `p50_kb`, `p90_kb`, `max_kb`, `ratio` (P90 / P50),
            `likely_leak` (a ratio above 3.5), `play_threshold_kb`, `p90_percent` and `over_percent` (the share of
            readings above the threshold). `attrs` has `ram_kb`, `basis` (`judged` or `upper bound`), `warnings` and
            `problems`.

        Raises:
            ProcessError: a capture has no process of the app.
            UsageError: anon + swap is not known for any reading, the state is unknown, or `ram` is not a size.
        """
        from droidanon.api.limits_over_time import limits_frame

        return limits_frame(self._found, app, ram, state, game=game)

    def _samples(self, folder: str) -> pd.DataFrame:
        import pandas as pd

        files = sorted((self._series.path / folder).glob("*.parquet"))
        frames = [pd.read_parquet(file) for file in files]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _with_times(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    import pandas as pd

    for column in columns:
        frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
    return frame


def _summary(source: str, capture: OpenedCapture) -> dict[str, Any]:
    return {
        "source": source,
        "created": capture.created,
        "app": capture.app,
        "model": capture.device.get("model"),
        "processes": len(capture.counted),
        "vmas": capture.counted_vmas,
        "partial": capture.partial,
        **capture.labels,
    }


def captures_of(source: Any) -> Iterable[model.Capture]:
    """The captures of one side of a comparison: a capture, a source, a path, or any number of those."""
    from droidanon.sources.resolve import resolve

    if isinstance(source, model.Capture):
        yield source
    elif isinstance(source, str | Path):
        for member in resolve(str(source)).members:
            yield member.read()
    elif isinstance(source, Iterable):
        for one in source:
            yield from captures_of(one)
    else:
        raise UsageError(f"not a capture, path or source: {source!r}")
