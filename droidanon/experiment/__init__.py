"""Experiments: two builds, or two settings, run in turn on phones, captured and compared."""
