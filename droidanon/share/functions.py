"""The `import droidanon` function for making redacted copies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from droidanon.share.run import SharedOutput
    from droidanon.sources.source import Progress


def redact(
    sources: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    salt: str | Path,
    rules: Sequence[str | Path] = (),
    progress: Progress | None = None,
) -> SharedOutput:
    """Write a copy of captures, series and datasets without the names of apps, users and phones.

    Args:
        sources: one or more sources.
        output: a `.parquet` file for one capture, otherwise a new folder.
        salt: the file with the salt of the pseudonyms, created if it does not exist.
        rules: your own rule files, which precede the built-in rules.
        progress: called with (done, total, text) while captures are read.

    Returns:
        The result: `path`, `files`, `counts` of texts per kind and action, what was `dropped`, and the `scan`.

    Raises:
        InputError: a source, a rule file or the salt cannot be read.
        UsageError: the output exists, or is also a source or the salt.
        LeakError: the copy would contain a text of the original; nothing is written.
    """
    from droidanon.share.policy import load_policy
    from droidanon.share.run import share
    from droidanon.share.salt import read_salt

    several = [sources] if isinstance(sources, str | Path) else sources
    policy = load_policy([Path(path) for path in rules])
    return share(list(map(str, several)), Path(output), policy, read_salt(Path(salt), Path(output)), progress)
