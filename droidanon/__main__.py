"""Runs the command line with `python -m droidanon`."""

from droidanon.cli.main import main

main()
