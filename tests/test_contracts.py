"""Contracts between the rooms that import-linter cannot hold, read from the sources; its own are in pyproject.toml."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

QT = "PySide6"
CORE = f"{QT}.QtCore"
WIDGETS = f"{QT}.QtWidgets"
WIDGET_ROOMS = ("editor.ui", "editor.canvas", "editor.app")
ROOMS_WITHOUT_QT = (
    "editor.document",
    "editor.history",
    "editor.raster",
    "editor.settings",
    "editor.setting_table",
    "editor.resources",
)
KERNELS = "editor.raster.kernels"
KERNEL_LOADER = "editor.raster.native"
QIMAGE_MODULE = "editor.render.qimage"
HOST = "inference.host"
ENGINES = "inference.engines"
ENGINE_TABLES = tuple(f"{ENGINES}.{name}" for name in ("engine", "families", "info"))


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of the program, as {dotted name: syntax tree}."""
    found = {}
    for path in [ROOT / "main.py", *(ROOT / "editor").rglob("*.py"), *(ROOT / "inference").rglob("*.py")]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return found


def imports(tree: ast.Module) -> Iterator[str]:
    """Dotted names of all that a module imports, wherever in it: "a.b" for both `import a.b` and `from a import b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a module, with the last part of the name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id, node
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr, node


def within(name: str, *packages: str) -> bool:
    """Whether the dotted `name` is one of `packages` or lies in one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_the_sources_are_found() -> None:
    assert {"main", "editor", "editor.document", "inference", "inference.request"} <= sources().keys()


def test_only_ui_canvas_and_app_import_widgets() -> None:
    wrong = [
        name
        for name, tree in sources().items()
        if not within(name, *WIDGET_ROOMS) and any(within(what, WIDGETS) for what in imports(tree))
    ]
    assert not wrong, f"only {', '.join(WIDGET_ROOMS)} may import {WIDGETS}"


def test_inference_knows_no_more_of_qt_than_its_core() -> None:
    wrong = [
        f"{name} imports {what}"
        for name, tree in sources().items()
        if within(name, "inference")
        for what in imports(tree)
        if within(what, QT) and not within(what, CORE)
    ]
    assert not wrong


@pytest.mark.parametrize("room", ROOMS_WITHOUT_QT)
def test_the_lower_rooms_know_no_qt(room: str) -> None:
    wrong = [
        name
        for name, tree in sources().items()
        if within(name, room) and any(within(what, QT, "shiboken6") for what in imports(tree))
    ]
    assert not wrong, f"{room} must not import {QT}, not even for its types"


def test_only_one_module_makes_qimages_from_arrays() -> None:
    """A QImage around someone else's memory must not escape; QImage(width, height, format) has its own and is free."""
    wrong = [
        f"{name}, line {call.lineno}"
        for name, tree in sources().items()
        if name != QIMAGE_MODULE
        for called, call in calls(tree)
        if called == "QImage" and len(call.args) + len(call.keywords) > 3
    ]
    assert not wrong, f"only {QIMAGE_MODULE} wraps arrays as QImages"


def test_only_the_host_imports_engines() -> None:
    """Everyone may know what an engine is; only the child process imports one."""
    wrong = [
        f"{name} imports {what}"
        for name, tree in sources().items()
        if not within(name, HOST, ENGINES)
        for what in imports(tree)
        if within(what, *engine_modules())
    ]
    assert not wrong


def test_only_the_host_imports_by_name() -> None:
    """Imports made from strings escape every contract, so there is one place for them."""
    wrong = [
        f"{name}, line {call.lineno}"
        for name, tree in sources().items()
        if name != HOST
        for called, call in calls(tree)
        if called in {"import_module", "__import__"}
    ]
    assert not wrong, f"only {HOST} imports modules by name"


def test_only_one_module_of_the_editor_loads_the_kernels() -> None:
    """Importing them compiles them, or takes a second: everyone else asks that module what it has."""
    wrong = [
        f"{name} imports {what}"
        for name, tree in sources().items()
        if within(name, "editor") and not within(name, KERNELS, KERNEL_LOADER)
        for what in imports(tree)
        if within(what, KERNELS, "numba")
    ]
    assert not wrong


def test_nobody_reads_video() -> None:
    """The packaged program has none of the libraries that OpenCV does it with (packaging/trimming.py)."""
    wrong = [
        f"{name}, line {node.lineno}"
        for name, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"VideoCapture", "VideoWriter", "videoio_registry"}
    ]
    assert not wrong


def test_the_folder_packaging_hides_no_library() -> None:
    """Were it a package, `import packaging` would find it in place of the library of that name."""
    assert not (ROOT / "packaging" / "__init__.py").exists()


def engine_modules() -> list[str]:
    """The modules that hold engines: all of inference.engines but the protocol and the table of what they can do."""
    return [name for name in sources() if within(name, ENGINES) and name not in (ENGINES, *ENGINE_TABLES)]
