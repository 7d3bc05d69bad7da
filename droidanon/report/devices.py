"""Prints connected phones, and the results of `doctor`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from droidanon.report.csv import print_csv
from droidanon.report.json import print_json
from droidanon.report.narration import say
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line, print_table
from droidanon.report.titles import text_column
from droidanon.sources.phone.devices import DeviceSummary

if TYPE_CHECKING:
    from droidanon.sources.phone.doctor.finding import Examination

_SHOWN = ("serial", "state", "model", "android", "access", "page_size")


def print_devices(found: Sequence[DeviceSummary], output: OutputFormat) -> None:
    """Print the phones that adb lists, and advice for those that cannot be used."""
    if output == "json":
        print_json([asdict(device) for device in found], source="adb:")
    elif output == "csv":
        print_csv([asdict(device) for device in found], [field.name for field in fields(DeviceSummary)])
    elif found:
        print_table([text_column(key, [str(getattr(device, key) or "-") for device in found]) for key in _SHOWN])
        for device in found:
            if device.advice:
                say(f"{device.serial}: {device.advice}")


def print_examination(found: Examination, source: str, output: OutputFormat) -> None:
    """Print what doctor found, with advice below each finding."""
    if output == "json":
        rows = [asdict(finding) for finding in found.findings]
        print_json(rows, source=source, apps=[asdict(app) for app in found.apps])
        return
    width = max(len(finding.what) for finding in found.findings)
    part = ""
    for finding in found.findings:
        if finding.part != part:
            part = finding.part
            print_line(part)
        print_line(f"  {finding.state:<7}  {finding.what:<{width}}  {finding.result}")
        if finding.advice:
            print_line(f"  {'':<7}  {'':<{width}}  -> {finding.advice}")
