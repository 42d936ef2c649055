"""`python -m app.cli`: the command `parley`."""

from app.cli import main

main()
