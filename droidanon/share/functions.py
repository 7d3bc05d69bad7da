"""The function of `import droidanon` that makes redacted copies."""

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
    """Write a copy of captures, series and datasets without names of apps, users and phones.

    Args:
        sources: one source or several.
        output: a `.parquet` file for one capture, else a new folder.
        salt: the file with the salt of the pseudonyms; it is made if it does not exist.
        rules: your own rule files, before the built-in rules.
        progress: called with (done, total, text) while captures are read.

    Returns:
        The result: `path`, `files`, `counts` of texts per kind and action, what was `dropped`, and the `scan`.

    Raises:
        InputError: a source, a rule file or the salt cannot be read.
        UsageError: the output exists, or is a source or the salt.
        LeakError: the copy would contain a text of the original; nothing was written.
    """
    from droidanon.share.policy import load_policy
    from droidanon.share.run import share
    from droidanon.share.salt import read_salt

    several = [sources] if isinstance(sources, str | Path) else sources
    policy = load_policy([Path(path) for path in rules])
    return share(list(map(str, several)), Path(output), policy, read_salt(Path(salt), Path(output)), progress)
