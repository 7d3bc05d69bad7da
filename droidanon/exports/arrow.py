"""An Arrow IPC file (Feather version 2) of the flat table."""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa

from droidanon.exports.formats import ExportData
from droidanon.exports.table import export_table


def write(data: ExportData, file: BinaryIO) -> tuple[str, ...]:
    """Write the table unchanged: texts as they are, unknown values as null."""
    table = export_table(data)
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return ()
