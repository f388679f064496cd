"""The licences of everything that is shipped, gathered from what was shipped."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

from editor import licences


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
            found[owner.name.lower().replace("-", "_")] = owner
        elif libraries in source.parents:
            raise RuntimeError(f"{source} belongs to no distribution: whose licence is it under?")
    return [found[name] for name in sorted(found)]


def document(sources: Iterable[Path]) -> str:
    """One text with the licences of the program and of all that ``sources`` come from."""
    sources = list(sources)
    python = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    texts = [(python.name, python.read_text("utf-8"))] if python.is_file() else []
    others = [licences.section("Python", sys.version.split()[0], "PSF-2.0", texts)]
    others += [
        licences.section(package, "", "", [("copyright", path.read_text("utf-8", "replace"))])
        for package, path in system_packages(sources).items()
    ]
    return licences.document(shipped(sources), others)


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
