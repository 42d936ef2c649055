"""The version of the installed package: pyproject.toml says it once."""

from importlib.metadata import version

VERSION = version("parley")
