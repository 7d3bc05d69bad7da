"""The errors that users may see; each has an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class DroidanonError(Exception):
    """A request failed. The message is one line: what failed, where, and what to do."""

    exit_code = 1

    def __init__(self, message: str = "", *, settings: tuple[str, ...] = ()) -> None:
        """`settings` names the arguments that would help (`app`, `serial`, `access`); each caller formats them its own
        way.
        """
        super().__init__(message)
        self.settings = settings


class DeviceError(DroidanonError):
    """No device, several devices, or one that is unauthorised, offline or was lost."""


class AccessError(DroidanonError):
    """The device denied access."""


class ProcessError(DroidanonError):
    """The requested app or process does not exist."""


class NamingError(DroidanonError):
    """This system cannot name that memory."""


class UsageError(DroidanonError):
    """Options or arguments that are invalid or contradict each other."""

    exit_code = 2


class InputError(DroidanonError):
    """A file or stream that is missing, unreadable or invalid."""

    exit_code = 2


class BudgetError(DroidanonError):
    """A budget is exceeded or undecided."""

    exit_code = 3


class ForeignTextWarning(UserWarning):
    """An old capture contains text that droidanon does not use and that may be private."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: this old capture holds text that droidanon does not use and that may be private; "
            f"to remove it: droidanon rewrite {path}"
        )
        self.path = path
