"""`droidanon doctor`."""

from __future__ import annotations

from droidanon.cli.options import Captures, Json, PhoneSource, Serial, output_format


def doctor(
    source: PhoneSource = "adb:", serial: Serial = None, captures: Captures = None, as_json: Json = False
) -> int:
    """Check this host and a phone.

    Reports which apps can be read and how, and what to do about those that cannot. Doctor tries each way to read, so su
    may ask for permission on the phone. It changes nothing. The exit code is 1 if a check fails.

    \b
    Examples:
      droidanon doctor adb:SERIAL
    """
    from droidanon.cli.loading import with_serial
    from droidanon.errors import UsageError
    from droidanon.report.devices import print_examination
    from droidanon.report.narration import say
    from droidanon.sources.phone.doctor.examination import examine
    from droidanon.store.library import captures_folder

    source = with_serial(source, serial)
    kind, colon, wanted = source.partition(":")
    if not colon or kind != "adb":
        raise UsageError(f"{source}: doctor checks a phone: adb: or adb:SERIAL")
    found = examine(wanted or None, captures_folder(captures), say)
    print_examination(found, source, output_format(json=as_json))
    return 1 if found.failed else 0
