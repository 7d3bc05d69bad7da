"""The output formats of results."""

from __future__ import annotations

from typing import Literal

OutputFormat = Literal["table", "json", "csv", "markdown", "waterfall"]
