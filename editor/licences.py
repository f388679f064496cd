"""The licences of the program and of the libraries that it is made with, as one text.

The packaged program carries that text as a file, which packaging/licences.py writes with what is here; a checkout
gathers it from the libraries that are installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from editor.resources import resource
from editor.version import version
from inference.children import is_frozen

FILE = "LICENCES.txt"
"""Beside the packaged program; in macOS' bundles among the resources."""

_ROOT = Path(__file__).resolve().parent.parent
_LICENCE_NAMES = ("licen", "copying", "notice")

_PREFACE = """\
Pentimento {version} is licensed under Apache-2.0; its text comes first. It
comes with the libraries below, each under its own licence. Qt and PySide6 are
used under the LGPL 3: their libraries are files of their own and may be
replaced by versions of yours; their sources are at https://download.qt.io.
"""


def text() -> str:
    """That of the program that runs. Raises OSError where the packaged program's file is missing."""
    if not is_frozen():
        return document(installed())
    folder = Path(sys.executable).parent
    beside, bundled = folder / FILE, folder.parent / "Resources" / FILE
    return (bundled if bundled.is_file() else beside).read_text(encoding="utf-8")


def document(libraries: Iterable[Distribution], others: Iterable[str] = ()) -> str:
    """One text with the licences of the program, of ``others``, which are made by ``section``, and of ``libraries``."""
    ours = section("Pentimento", version(), "", [("LICENSE", (_ROOT / "LICENSE").read_text("utf-8"))])
    theirs = (section(one.name, one.version, licence_name(one), licence_texts(one)) for one in libraries)
    return "\n".join([_PREFACE.format(version=version()), ours, *others, *theirs])


def section(name: str, number: str, licence: str, texts: Iterable[tuple[str, str]]) -> str:
    """A part of the text, with (title, body) of each of its ``texts``."""
    head = " ".join(word for word in (name, number, f"({licence})" if licence else "") if word)
    bodies = [f"-- {title} --\n\n{body.strip()}\n" for title, body in texts]
    return "\n".join(["=" * 80, head, "=" * 80, "", *bodies])


def installed() -> list[Distribution]:
    """The libraries that pyproject.toml asks for, what these ask for in turn, and those of models where they are
    installed; by name."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [*project["dependencies"], *project["optional-dependencies"]["engine"]]
    found: dict[str, Distribution] = {}
    while waiting:
        name = _name(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # for other systems, or the engine's
        waiting += (line for line in found[name].requires or () if "extra ==" not in line)
    return [found[name] for name in sorted(found)]


def licence_name(one: Distribution) -> str:
    """What its metadata call the licence."""
    metadata = one.metadata.json
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in metadata.get("classifier", ())
        if line.startswith("License :: ")
    ]
    name = str(metadata.get("license_expression") or metadata.get("license") or "") or ", ".join(classifiers)
    return name.strip().partition("\n")[0]


def licence_texts(one: Distribution) -> list[tuple[str, str]]:
    """(Name, text) of each of its licence files. Raises RuntimeError where there is none."""
    files = [
        Path(str(one.locate_file(file)))
        for file in one.files or ()
        if ".dist-info" in str(file) and any(word in file.name.lower() for word in _LICENCE_NAMES)
    ]
    files = files or _texts_apart().get(_name(one.name), [])
    if not files:
        raise RuntimeError(f"{one.name} brings no text of its licence: add one to {resource('licences')}")
    return [(path.name, path.read_text(encoding="utf-8", errors="replace")) for path in sorted(files)]


def _texts_apart() -> dict[str, list[Path]]:
    """For distributions that bring no text of their licence, the files that have it."""
    lesser = [resource("licences", name) for name in ("LGPL-3.0.txt", "GPL-3.0.txt")]
    return {
        "pyside6-essentials": lesser,
        "shiboken6": lesser,
        "tokenizers": [_ROOT / "LICENSE"],  # Apache 2.0, as ours
    }


def _name(requirement: str) -> str:
    """Of the distribution that a requirement is about, as they are compared."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", match[0]).lower() if match else ""
