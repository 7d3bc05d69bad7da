"""The version of droidanon."""

__version__ = "0.1.0"
