"""`python -m leaksift` is the command `leaksift`."""

from leaksift.cli import main

main()
