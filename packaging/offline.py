"""What the offline bundle has beside the editor: torch for the processor, diffusers, and all that these need.

They are added to the frozen program as plain files, from the environment that builds. Diffusers and transformers find
their parts by looking at their own sources, and torch compiles functions from theirs: what a freezer leaves out after
reading import statements is missed only when a model is loaded. For the same reason the whole standard library comes
along. Python looks there for whatever is not in the frozen program itself.
"""

from __future__ import annotations

import compileall
import fnmatch
import os
import py_compile
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from project import project

from packaging.requirements import Requirement

_NOT_NEEDED = ("hf-xet", "setuptools")
"""Downloads, which the window does without them, and the building of extensions."""

_DROPPED = (
    *("*.pyi", "*.h", "*.hpp", "*.cuh", "*.cpp", "*.cu", "*.lib", "*.a", "*.cmake", "*.pyc", "*/RECORD"),
    *(
        "*/tests/*",
        "torch/test/*",
        "torch/include/*",
        "torch/share/*",
        "torch/lib/*test*",
        "torch/lib/libshm*/*",
    ),
    *("torch/lib/libbackend_with_compiler*", "setuptools/*", "pkg_resources/*"),
)
_KEPT_OF_TORCH_BIN = "torch/bin/torch_shm_manager"

_STANDARD_DROPPED = (
    *("*/__pycache__/*", "*/test/*", "*/tests/*", "*/idle_test/*", "config-*/*", "ensurepip/*", "idlelib/*"),
    *("lib2to3/*", "pydoc_data/*", "site-packages/*", "tkinter/*", "turtledemo/*", "test/*", "turtle.py"),
)
_MODULES_DROPPED = (
    "_crypt",
    "_curses",
    "_test",
    "_tkinter",
    "_xxtest",
    "nis",
    "ossaudiodev",
    "readline",
    "xxlimited",
)
"""Compiled modules of the standard library that need other libraries of the system, or are for its own tests."""


def add(inner: Path) -> list[Path]:
    """Puts all of it into the folder ``inner`` of the packaged program; returns the files that it was copied from."""
    copied = []
    for source, name in (*_standard_library(), *_packages(inner)):
        target = inner / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
            copied.append(source)
    # Who starts it cannot write there, and without them every start of the engine would compile all of it.
    compileall.compile_dir(
        inner,
        maxlevels=50,
        quiet=2,
        workers=os.cpu_count() or 1,
        stripdir=str(inner),
        rx=re.compile(r"/_internal/source/"),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    return copied


def distributions() -> list[Distribution]:
    """What the extra ``engine`` of pyproject.toml asks for, and what that asks for in turn, by name."""
    found: dict[str, Distribution] = {}
    waiting = list(project()["optional-dependencies"]["engine"])
    while waiting:
        requirement = Requirement(waiting.pop())
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        asked = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if asked and name not in found and name not in _NOT_NEEDED:
            found[name] = distribution(name)
            waiting += found[name].requires or ()
    return [found[name] for name in sorted(found)]


def _packages(inner: Path) -> Iterator[tuple[Path, str]]:
    for one in distributions():
        files = [str(file) for file in one.files or ()]
        # What the editor has of it already is complete but for modules that it never imports.
        frozen = any(
            (inner / name).is_file() and not name.endswith(".py")
            for name in files
            if ".dist-info" not in name
        )
        for name in files:
            if not _is_dropped(name) and (not frozen or name.endswith(".py") or ".dist-info" in name):
                yield Path(str(one.locate_file(name))), name


def _is_dropped(name: str) -> bool:
    if name.startswith(("..", "/")) or any(fnmatch.fnmatch(name, pattern) for pattern in _DROPPED):
        return True
    return name.startswith("torch/bin/") and name != _KEPT_OF_TORCH_BIN


def _standard_library() -> Iterator[tuple[Path, str]]:
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not any(fnmatch.fnmatch(name, pattern) for pattern in _STANDARD_DROPPED):
            yield path, name
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in sorted((root / "lib-dynload").glob("*.so")):
        if not path.name.startswith(_MODULES_DROPPED):
            yield path, f"{version}/lib-dynload/{path.name}"
