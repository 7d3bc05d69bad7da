"""Notes about an import: how many texts of each kind were used, and duplicate pids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from droidanon.sources.files.detect import Kind
from droidanon.sources.files.process_text import ProcessText


def double_problems(texts: Sequence[ProcessText]) -> Iterator[str]:
    """A problem for pids that several texts have."""
    files: dict[int, list[str]] = {}
    for text in texts:
        if text.process.pid is not None and not text.is_empty:
            files.setdefault(text.process.pid, []).append(text.file)
    doubles = [(pid, names) for pid, names in files.items() if len(names) > 1]
    if doubles:
        pid, names = doubles[0]
        count = f"{len(doubles)} pids are" if len(doubles) > 1 else "one pid is"
        yield (
            f"{count} in several texts (pid {pid} in {names[0]} and {names[1]}): all are counted; "
            "pass only one of the folders if they are from different times or phones"
        )


def import_notes(texts: Sequence[ProcessText], threads: int, alone: bool, kinds: Counter[Kind]) -> Iterator[str]:
    """How many texts of each kind were used, if there is more than one; that a single one is empty.

    `threads`: the number of kernel threads, which were left out.
    """
    if alone and not kinds[Kind.STREAM]:
        if texts and all(text.is_empty for text in texts):
            yield "empty: the smaps of a kernel thread, or of a process that ended or cannot be read"
        return
    details = Counter(text.detail for text in texts if not text.is_empty)
    taken = [f"{count} {detail}" for detail, count in details.items()]
    empty = sum(text.is_empty for text in texts)
    if empty:
        taken.append(f"{empty} empty (kernel threads, or processes that ended or cannot be read)")
    if threads:
        taken.append(f"{threads} of kernel threads (left out)")
    whole = "sections of a stream" if kinds[Kind.STREAM] and not kinds[Kind.SMAPS] else "texts of processes"
    if taken:
        yield f"read as {whole}: {', '.join(taken)}"
