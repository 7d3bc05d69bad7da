"""The forms in which results are printed."""

from __future__ import annotations

from typing import Literal

OutputFormat = Literal["table", "json", "csv", "markdown", "waterfall"]
