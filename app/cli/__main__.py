"""Runs the command `parley` as `python -m app.cli`."""

from app.cli import main

main()
