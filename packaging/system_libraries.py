"""Checks the system libraries that Qt needs on Linux; as root on Debian and Ubuntu it installs those that are missing.

Usage: python3 packaging/system_libraries.py [--for run|test|package]

Elsewhere it prints the one command that installs them. It ends with 1 only if something is missing without which
nothing runs at all; what only some screens need is named and left to the user. It runs before there is a virtual
environment, so it uses the standard library only. Whether a library is there is asked of the dynamic loader, not of
the package manager: that holds on every distribution.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

# Each table: what is looked for → the package of Debian and Ubuntu that brings it.

# Without these no Qt program starts, not even without a screen.
NEEDED_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}

# A window under X11 or Wayland, Qt's network module (one instance of the program), threads of compiled kernels.
WINDOW_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libbrotlidec.so.1": "libbrotli1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgomp.so.1": "libgomp1",
}

# The tests that drive the real window: a virtual X server, real mouse and key events, a window manager.
TEST_PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool", "openbox": "openbox"}

# What builds the packages: libraries are linked anew and stripped, archives are packed.
PACKAGE_PROGRAMS = {
    "ar": "binutils",
    "cc": "gcc",
    "mksquashfs": "squashfs-tools",
    "strip": "binutils",
    "xz": "xz-utils",
    "zstd": "zstd",
}

FONT_PACKAGE = "fonts-dejavu-core"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_SUFFIXES = {".ttf", ".otf", ".ttc", ".pfb"}


def main() -> int:
    """Check, install where that is ours to do, and report; returns the exit status."""
    parser = argparse.ArgumentParser(description="Check the system libraries that Pentimento needs.")
    parser.add_argument("--for", dest="purpose", choices=("run", "test", "package"), default="run")
    purpose = parser.parse_args().purpose
    if sys.platform != "linux":
        return 0  # the wheels of macOS and Windows need nothing else

    needed, useful = missing(purpose)
    if not needed and not useful:
        return 0
    names = ", ".join([*needed, *useful])
    packages = sorted({*needed.values(), *useful.values()})
    if shutil.which("apt-get") is None:
        say(f"Missing on this system: {names}.")
        say(f"Install what brings them (on Debian the packages are: {' '.join(packages)}).")
    elif os.geteuid() != 0:
        say(f"Missing on this system: {names}. Install them with:")
        say(f"    sudo apt-get install {' '.join(packages)}")
    else:
        say(f"Installing {' '.join(packages)}")
        install(packages)
        needed, useful = missing(purpose)
        if needed or useful:
            say(f"Still missing: {', '.join([*needed, *useful])}.")
    if needed:
        say("Pentimento cannot run without them; install them, then try again.")
        return 1
    return 0


def missing(purpose: str) -> tuple[dict[str, str], dict[str, str]]:
    """What is absent, as {what: package}: first what nothing runs without, then what only some uses need."""
    needed = {name: package for name, package in NEEDED_LIBRARIES.items() if not loads(name)}
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps what `python -m venv` needs apart
        needed["Python's venv"] = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    useful = {name: package for name, package in WINDOW_LIBRARIES.items() if not loads(name)}
    if not any_font():
        useful["a font"] = FONT_PACKAGE
    programs = {"run": {}, "test": TEST_PROGRAMS, "package": PACKAGE_PROGRAMS}[purpose]
    useful |= {name: package for name, package in programs.items() if shutil.which(name) is None}
    return needed, useful


def loads(library: str) -> bool:
    """Whether the dynamic loader finds `library` and all that it needs in turn."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def any_font() -> bool:
    """Whether there is a single font file in one of the usual folders."""
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(file.suffix.lower() in FONT_SUFFIXES for folder in folders for file in folder.rglob("*"))


def install(packages: list[str]) -> None:
    """Install Debian packages, as root; a failure is told by apt-get itself and found by the check that follows."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "DEBCONF_NOWARNINGS": "yes"}
    for command in (
        ["apt-get", "-qq", "update"],
        ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *packages],
    ):
        # What apt-get reports line by line is of no interest while all goes well; its errors go to standard error.
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)


def say(line: str) -> None:
    """Tell the user, on standard error: standard output belongs to whoever called us."""
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
