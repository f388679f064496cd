"""The licences of everything that is shipped, gathered from what was shipped."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from project import ROOT, TITLE, project, version

_LICENCE_NAMES = ("licen", "copying", "notice")

_TEXTS = ROOT / "packaging" / "licences"
_WITHOUT_TEXT = {
    "pyside6_essentials": (_TEXTS / "LGPL-3.0.txt", _TEXTS / "GPL-3.0.txt"),
    "shiboken6": (_TEXTS / "LGPL-3.0.txt", _TEXTS / "GPL-3.0.txt"),
    "tokenizers": (ROOT / "LICENSE",),  # Apache 2.0, as ours
}
"""Distributions that bring no text of their licence, with the files that have it."""

_PREFACE = """\
{title} {version} is licensed under {licence}; its text comes first. The package also holds the libraries below, each
under its own licence. Qt and PySide6 are used under the LGPL 3: their libraries lie beside the program as files of
their own and may be replaced by versions of yours; their sources are at https://download.qt.io.
"""


def shipped(sources: Iterable[Path]) -> list[Distribution]:
    """The distributions that the files ``sources`` were installed by, by name. Raises RuntimeError for a file of a
    library that no distribution claims."""
    owners = {
        Path(str(one.locate_file(file))).resolve(): one for one in distributions() for file in one.files or ()
    }
    libraries = Path(sysconfig.get_path("purelib")).resolve()
    found: dict[str, Distribution] = {}
    for source in sources:
        source = source.resolve()
        owner = owners.get(source)
        if owner is not None:
            found[_key(owner)] = owner
        elif libraries in source.parents:
            raise RuntimeError(f"{source} belongs to no distribution: whose licence is it under?")
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
    files = files or list(_WITHOUT_TEXT.get(_key(one), ()))
    if not files:
        raise RuntimeError(f"{one.name} brings no text of its licence: add one to {_TEXTS}")
    return [(path.name, path.read_text(encoding="utf-8", errors="replace")) for path in sorted(files)]


def document(sources: Iterable[Path]) -> str:
    """One text with the licences of the program and of all that ``sources`` come from."""
    sources = list(sources)
    preface = _PREFACE.format(title=TITLE, version=version(), licence=project()["license"])
    parts = [preface, _section(TITLE, version(), "", [("LICENSE", (ROOT / "LICENSE").read_text("utf-8"))])]
    python = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    texts = [(python.name, python.read_text("utf-8"))] if python.is_file() else []
    parts.append(_section("Python", sys.version.split()[0], "PSF-2.0", texts))
    loader = Path(
        str(distribution("pyinstaller").locate_file("PyInstaller/__init__.py"))
    )  # starts the program
    parts += [
        _section(one.name, one.version, licence_name(one), licence_texts(one))
        for one in shipped([*sources, loader])
    ]
    parts += [
        _section(package, "", "", [("copyright", path.read_text("utf-8", "replace"))])
        for package, path in system_packages(sources).items()
    ]
    return "\n".join(parts)


def system_packages(sources: Iterable[Path]) -> dict[str, Path]:
    """The Debian packages that libraries among ``sources`` come from, with their copyright files."""
    libraries = [
        path.resolve() for path in sources if ".so" in path.name and path.parts[1:2] in (("usr",), ("lib",))
    ]
    found = {}
    for library in libraries:
        try:
            asked = subprocess.run(
                ["dpkg", "-S", f"*/{library.name}"], capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        package = asked.stdout.partition(":")[0]
        path = Path("/usr/share/doc") / package / "copyright"
        if path.is_file():
            found[package] = path
    return dict(sorted(found.items()))


def _key(one: Distribution) -> str:
    return one.name.lower().replace("-", "_")


def _section(name: str, number: str, licence: str, texts: Iterable[tuple[str, str]]) -> str:
    head = " ".join(word for word in (name, number, f"({licence})" if licence else "") if word)
    bodies = [f"-- {title} --\n\n{text.strip()}\n" for title, text in texts]
    return "\n".join(["=" * 80, head, "=" * 80, "", *bodies])
