"""Checks that the Parquet library accepts what a footer states about each column chunk.

Otherwise `RowGroupMetaData.column` of pyarrow aborts the process: its C++ constructor throws, for instance because of a
histogram of the wrong size (ColumnChunkMetaDataImpl in parquet/metadata.cc), and the binding does not catch it.
"""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

_SIZE = 1 << 62
"""Bytes, more than any file has: places in the file are checked when it is read."""


class _Unread(io.RawIOBase):
    """A file from which nothing can be read."""

    def __init__(self) -> None:
        self.was_asked = False
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: _SIZE}[whence]
        return self._place

    def read(self, _size: int = -1) -> bytes:
        self.was_asked = True
        raise OSError("not read")


def check_footer(footer: pq.FileMetaData) -> None:
    """Raise ValueError if the library does not accept what the footer states about a chunk.

    A reader that prefetches (`pre_buffer`) looks at all chunks before it requests the first byte, and its errors become
    exceptions. So nothing is decoded here.
    """
    source = _Unread()
    try:
        file = pq.ParquetFile(pa.PythonFile(source, "r"), metadata=footer, pre_buffer=True)
        next(file.iter_batches(1, use_threads=False), None)
    except (pa.ArrowException, OSError, ValueError) as error:
        # The reader keeps the error of a failed read, and the traceback would keep this frame, which has the reader:
        # a cycle through C++ that the garbage collector does not see, with all that the callers' frames hold.
        error.__traceback__ = None
        if not source.was_asked:
            raise ValueError(str(error)) from error
