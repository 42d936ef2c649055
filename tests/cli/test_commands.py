"""The table of commands: it says the same as the commands themselves, and help needs only the table."""

import subprocess
import sys

import pytest

from app.cli.commands import COMMANDS, load_command


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_has_the_first_sentence_of_each_command(name: str) -> None:
    help_text = " ".join(load_command(name).help.split())
    summary = COMMANDS[name].summary
    assert help_text == summary or help_text.startswith(f"{summary} ")


def test_help_loads_no_package_of_the_domain() -> None:
    script = "import sys, app.cli\ntry: app.cli.main()\nfinally: print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=True)
    assert "duplicates  Review possible duplicates" in done.stdout
    assert "app.cli.commands" in done.stdout
    assert not {"app.registry", "app.main", "app.runtime.bootstrap", "fastapi"}.intersection(done.stdout.split())
