"""Rules about the code itself that no linter has."""

import ast
import re
from pathlib import Path

from app.db.tables import RECORDS
from app.registry import RESOURCES
from tests.loops import nonempty

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "app").rglob("*.py"))
IDS = [str(path.relative_to(ROOT)) for path in MODULES]


#: By name; parsed once for all rules.
TREES = {name: ast.parse(path.read_text()) for path, name in zip(MODULES, IDS, strict=True)}


def test_each_module_with_code_begins_with_its_purpose() -> None:
    assert [name for name, tree in TREES.items() if tree.body and not ast.get_docstring(tree)] == []


def test_no_import_hides_in_a_function() -> None:
    """An import inside a function is how cycles are hidden; the layers make it needless. The command line imports the
    module of a command by its name in `app.cli.commands`."""
    hidden = [
        f"{name}:{inner.lineno}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_no_name_says_that_nobody_knows_what_is_inside() -> None:
    empty = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?)(_|$)")
    assert [path for path in MODULES if empty.search(path.stem)] == []


def test_only_the_layers_that_may_know_sql_do() -> None:
    allowed = re.compile(
        r"^app/(db|postgres|domain|reading|writing|runtime|cli)/|^app/\w+/(lint/)?(tables|predicates|rules|response_rules|merge_rules|succession_rules|statements|state|citations)\.py$"
        r"|^app/search/statements/|^app/reports/\w+_statements\.py$"
    )
    knowing = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if re.search(r"^\s*(from|import) (sqlalchemy|asyncpg)", path.read_text(), re.MULTILINE)
    ]
    assert [path for path in knowing if not allowed.search(path)] == []


#: Closed lists, which are as long as what they list.
CLOSED_LISTS = re.compile(r"^app/db/vocabulary\w*\.py$")


def test_no_module_has_more_than_300_lines() -> None:
    """A module that grows beyond this has more than one purpose."""
    lengths = {name: len(path.read_text().splitlines()) for path, name in zip(MODULES, IDS, strict=True)}
    assert [name for name, length in lengths.items() if length > 300 and not CLOSED_LISTS.search(name)] == []


def test_no_function_has_more_than_60_lines() -> None:
    functions = [
        (f"{name} {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [name for name, length in functions if length > 60] == []


def test_packages_of_records_do_not_import_one_another() -> None:
    """`lint-imports` checks the packages that it names; this rule finds them by their `resource.py`."""
    packages = {path.parent.name for path in (ROOT / "app").glob("*/resource.py")} - {"resources"}
    for package in nonempty(packages):
        for path in (ROOT / "app" / package).glob("*.py"):
            imported = re.findall(r"^from app\.(\w+)", path.read_text(), re.MULTILINE)
            assert not packages.intersection(imported) - {package}, path.name


def test_the_registry_lists_the_tables_of_records() -> None:
    assert {one.name: one.read_spec.model for one in RESOURCES} == RECORDS
    assert all(one.kind.model is one.read_spec.model for one in RESOURCES)


#: Errors for engineers, which show values as Python does.
WITH_REPR = {"app/db/term.py", "app/reading/conditions.py", "app/writing/plan.py"}


def test_messages_quote_values_with_one_function() -> None:
    """`repr` prints double quotes around a value with an apostrophe, and doubles backslashes: `app.errors.quoted` does not."""
    assert {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FormattedValue) and node.conversion == ord("r")
    } == WITH_REPR


def test_the_meaning_of_a_field_is_written_once_in_a_package() -> None:
    """Schemas and filters take a description that they share from `descriptions.py` of their package."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, tree in TREES.items():
        package = name.split("/")[1]
        if f"app/{package}/descriptions.py" not in TREES or package == "releases":
            continue
        for schema in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
            for field in (node for node in schema.body if isinstance(node, ast.AnnAssign)):
                for word in (node for node in ast.walk(field) if isinstance(node, ast.keyword)):
                    if word.arg == "description" and isinstance(word.value, ast.Constant):
                        key = (package, ast.unparse(field.target), str(word.value.value))
                        found.setdefault(key, []).append(schema.name)
    assert {key: schemas for key, schemas in found.items() if len(schemas) > 1} == {}
