"""An experiment of `droidanon ab` on the test phone: its options, and the settings of the phone that it changes."""

from __future__ import annotations

from tests.device.reading import APP

EXTRA_KB = 5120
"""By how much the native heap of the new build is larger."""
QUICK = ("--warmup", "0", "--settle", "0", "--app", APP)
STAY_ON, AIRPLANE = "global stay_on_while_plugged_in", "global airplane_mode_on"
CHANGED = ("--screen-on", "--airplane")
