"""`python -m bezant.cli` is the `bezant` command."""

from bezant.cli import main

main()
