"""Parsers fed with mutated texts: `python -m tests.fuzz TARGET --seconds 60`. Inputs that once failed are in `corpus/TARGET/`."""
