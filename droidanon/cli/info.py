"""`droidanon info`."""

from __future__ import annotations

from droidanon.cli.options import Access, Csv, Json, Serial, Source, output_format


def info(
    source: Source, serial: Serial = None, access: Access = None, as_json: Json = False, as_csv: Csv = False
) -> None:
    """Show a capture's metadata.

    This includes device, access, fidelity, number of processes, and problems. --csv lists the processes instead.

    \b
    Examples:
      droidanon info captures/cold.parquet
    """
    from droidanon.cli.loading import load, with_serial
    from droidanon.report.info import print_info

    output = output_format(json=as_json, csv=as_csv)
    source = with_serial(source, serial)
    print_info(load(source, access=access), source, output)
