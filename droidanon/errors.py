"""The errors that a user may meet; each knows its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class DroidanonError(Exception):
    """A request failed. The message is one line: what, where, and what to do."""

    exit_code = 1

    def __init__(self, message: str = "", *, settings: tuple[str, ...] = ()) -> None:
        """`settings` names the arguments that would help (`app`, `serial`, `access`); each caller spells them its own
        way.
        """
        super().__init__(message)
        self.settings = settings


class DeviceError(DroidanonError):
    """No device, several, not authorised, offline, or gone in the middle."""


class AccessError(DroidanonError):
    """The device refused a read."""


class ProcessError(DroidanonError):
    """The app or process asked for is not there."""


class NamingError(DroidanonError):
    """This system does not name that memory."""


class UsageError(DroidanonError):
    """Options or arguments that make no sense together."""

    exit_code = 2


class InputError(DroidanonError):
    """A file or stream with invalid content."""

    exit_code = 2


class BudgetError(DroidanonError):
    """A budget is broken."""

    exit_code = 3


class ForeignTextWarning(UserWarning):
    """An old capture holds text that droidanon does not use, and that may be private."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: this old capture holds text that droidanon does not use and that may be private; "
            f"to remove it: droidanon rewrite {path}"
        )
        self.path = path
