"""CSV of the flat table."""

from __future__ import annotations

from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv

from droidanon.escape import escape_cell
from droidanon.exports.formats import ExportData
from droidanon.exports.table import export_table


def write(data: ExportData, file: BinaryIO) -> tuple[str, ...]:
    """Write a header line and a line per row; texts are quoted, unknown values are empty and unquoted."""
    table = export_table(data)
    for place, name in enumerate(table.column_names):
        if pa.types.is_dictionary(table.schema.field(name).type):
            table = table.set_column(place, name, _escaped(table.column(name)))
    csv.write_csv(table, file, csv.WriteOptions(quoting_header="none"))
    return ()


def _escaped(column: Any) -> Any:
    """A text column with control characters and formulas escaped."""
    chunks = [
        pa.array([escape_cell(value) for value in chunk.dictionary.to_pylist()], pa.string()).take(chunk.indices)
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, pa.string())
