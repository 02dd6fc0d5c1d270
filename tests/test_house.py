"""The house style that a program can check; docs/architecture.md says why."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILE_LINES = 400
FUNCTION_LINES = 50
HEAVY = {"textual", "rich", "aiohttp", "pydantic", "pydantic_core"}

# Spelled so that this file does not find itself.
FOREIGN = re.compile(
    r"[p]ypi\.org|[p]ythonhosted|[r]egistry\.npmjs|[d]eb\.debian|(?<![\w.])/(?:[h]ome|[r]oot|[U]sers|[w]ork)/"
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def own_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), short(path))


def is_variant(node: ast.AST) -> bool:
    """An overload or a setter: its one docstring is at the main definition."""
    if not isinstance(node, Function):
        return False
    return any(ast.unparse(name).endswith(("overload", ".setter")) for name in node.decorator_list)


def public(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If | ast.Try):
            yield from public(child, prefix)
        elif isinstance(child, Function | ast.ClassDef) and not child.name.startswith("_"):
            yield f"{prefix}.{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{prefix}.{child.name}")


def test_files_are_short() -> None:
    files = python_files("src", "tests", "tools", "benchmarks")
    lengths = {short(path): len(path.read_text("utf-8").splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_functions_are_short() -> None:
    long = [
        f"{short(path)}:{node.lineno} {node.name} has {size} lines"
        for path in python_files("src", "tests", "tools", "benchmarks")
        for node in ast.walk(parse(path))
        if isinstance(node, Function) and (size := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert long == []


def test_every_public_name_says_what_it_is() -> None:
    silent = []
    for path in python_files("src"):
        module = parse(path)
        named = [("module", module), *public(module, "")]
        silent += [
            f"{short(path)} {name.lstrip('.')}"
            for name, node in named
            if not is_variant(node) and not (ast.get_docstring(node) or "").strip()
        ]
    assert silent == []


def test_no_machine_and_no_registry_is_named() -> None:
    found = []
    for path in own_files():
        text = path.read_text("utf-8", errors="replace")
        found += [
            f"{short(path)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if FOREIGN.search(line)
        ]
    assert found == []


def test_the_command_line_loads_nothing_heavy() -> None:
    code = "import callmon.cli.main, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(loaded.stdout.split()) == set()


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_asking_about_callmon_loads_nothing_heavy(option: str) -> None:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "callmon", option],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in run.stderr.splitlines()}
    assert run.stdout
    assert (HEAVY | {"asyncio"}) & loaded == set()
