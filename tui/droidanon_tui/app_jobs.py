"""The application's background jobs: reading captures, and listing devices and captures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

from droidanon_tui.background import Background, Post
from droidanon_tui.explore.jobs import SideReader, prepare
from droidanon_tui.explore.messages import Prepared
from droidanon_tui.explore.sides import LIVE
from droidanon_tui.library.jobs import device_changes, list_captures, list_devices
from droidanon_tui.library.messages import CapturesChanged
from droidanon_tui.pages.content import PageContent
from droidanon_tui.pages.jobs import write_page

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon_tui.explore.sides import Side


class AppJobs:
    """Starts jobs whose messages go to the app."""

    def __init__(self, app: MessagePump, background: Background, reader: SideReader, folder: Path) -> None:
        """`folder`: the Library's folder, which new captures go to."""
        self._app = app
        self._background = background
        self._reader = reader
        self._folder = folder
        self._folders = [folder]
        self._ended = threading.Event()
        self._base_is_live = False

    @property
    def is_base_coming(self) -> bool:
        """Whether a base is being read, and not from a phone."""
        return self._background.is_running("base") and not self._base_is_live

    def close(self) -> None:
        """Ends jobs that would otherwise run indefinitely."""
        self._ended.set()
        self._reader.close()

    def read(self, *sources: str, as_base: bool = False) -> None:
        """Reads captures, which are replicates of one another."""

        def job(post: Post) -> None:
            post(self._reader.open(sources, post, as_base=as_base))

        self._note_base(sources, as_base=as_base)
        self._background.start(job, self._app, group="base" if as_base else "open", exclusive=True)

    def read_side(self, text: str, *, as_base: bool = False) -> None:
        """Reads a side of the diff that the command line asks for; a folder's captures are replicates."""

        def job(post: Post) -> None:
            post(self._reader.open_side(text, post, as_base=as_base))

        self._note_base((text,), as_base=as_base)
        self._background.start(job, self._app, group="base" if as_base else "open", exclusive=True)

    def _note_base(self, sources: Sequence[str], *, as_base: bool) -> None:
        if as_base:
            self._base_is_live = any(source.startswith(LIVE) for source in sources)

    def capture(self, source: str) -> None:
        """Captures from a phone and stores the capture."""

        def job(post: Post) -> None:
            post(self._reader.capture(source, self._folder, post))

        self._background.start(job, self._app, group="open", exclusive=True)

    def prepare(self, side: Side) -> None:
        """Precomputes data for later keys, once no reading or comparison that the user waits for is running."""

        def job(post: Post) -> None:
            prepare(side)
            post(Prepared())

        self._background.start(job, self._app, group="prepare", after=("base", "open", "compare"))

    def write_page(self, content: PageContent, *, opened: bool) -> None:
        """Writes an HTML page into the Library's folder."""

        def job(post: Post) -> None:
            post(write_page(content, self._folder, self._reader, opened=opened))

        self._background.start(job, self._app, group="page", exclusive=True)

    def list_devices(self) -> None:
        self._background.start(lambda post: post(list_devices()), self._app, group="devices", exclusive=True)

    def watch_devices(self, shown: Callable[[], Sequence[DeviceSummary]]) -> None:
        """Lists devices anew whenever they or their states differ from those `shown`."""

        def job(post: Post) -> None:
            for _ in device_changes(self._ended, shown):
                post(list_devices())

        self._background.start(job, self._app, group="plugs")

    def change(self, job: Callable[[Path], CapturesChanged]) -> None:
        """Changes captures in the Library's folder, one change at a time."""
        self._background.start(lambda post: post(job(self._folder)), self._app, group="change", writes=True)

    def add_folder(self, folder: Path) -> bool:
        """Adds a folder to list captures from; returns whether it is new."""
        if folder in self._folders:
            return False
        self._folders.append(folder)
        return True

    def list_captures(self) -> None:
        folders = tuple(self._folders)
        self._background.start(lambda post: post(list_captures(folders)), self._app, group="captures", exclusive=True)
