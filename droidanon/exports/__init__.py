"""Captures, series and differences in the formats of other viewers: one module per format."""
