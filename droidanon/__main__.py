"""`python -m droidanon` is the command line."""

from droidanon.cli.main import main

main()
