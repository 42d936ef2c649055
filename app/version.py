"""The version of the installed package, which only pyproject.toml defines."""

from importlib.metadata import version

VERSION = version("parley")
