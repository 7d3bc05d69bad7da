"""Writes captures, series and diffs in the formats of other tools; one module per format."""
