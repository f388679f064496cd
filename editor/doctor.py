"""The command ``doctor``: what this machine can do, as a person reads it or as JSON."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import queue
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from editor.raster import native
from editor.settings import Settings
from editor.texts import bytes_text, size_text
from editor.version import version
from inference.children import is_frozen, remedy
from inference.client import HostClient, HostDevices, HostEvent, HostGone, host_command
from inference.engines.engine import ENGINES
from inference.folders import cache_folder, models_folder, settings_folder, state_folder
from inference.models.store import ModelStore
from inference.request import FillError
from inference.runtime.environments import EnvironmentStore
from inference.runtime.errors import SetupError

PATIENCE = 60.0
"""Seconds that the engine host may take to start, import torch and answer."""

Facts = dict[str, Any]

_KERNEL_SUFFIXES = (".nbc", ".nbi")
_LABEL = 12


def run(arguments: argparse.Namespace) -> None:
    """Prints what was found. Whatever is wrong is part of the report, never an error."""
    found = examine()
    if arguments.json:
        print(json.dumps(found))
    else:
        print(report(found))


def examine() -> Facts:
    """Plain facts; ``problems`` holds a sentence for each thing that is wrong."""
    devices = ask_devices(host_command(Settings()["engine-python"]))
    models = _models()
    found: Facts = {
        "program": _program(),
        "display": display(os.environ, sys.platform),
        "memory": {"total": psutil.virtual_memory().total, "available": psutil.virtual_memory().available},
        "devices": devices,
        "environment": _environment(),
        "engines": _engines(devices, models),
        "models": {"folder": str(models_folder()), "found": models},
        "kernels": _kernels(),
        "canvas": _canvas(),
        "folders": [_folder(name, path) for name, path in _folders()],
    }
    found["problems"] = problems(found)
    return found


def ask_devices(command: list[str], patience: float = PATIENCE) -> Facts:
    """What the engine host says of its devices, or {"error": sentence}. Torch is imported there, never here."""
    events: queue.SimpleQueue[HostEvent] = queue.SimpleQueue()
    client = HostClient(lambda _client, event: events.put(event), command)
    deadline = time.monotonic() + patience
    try:
        client.start()
        client.ask_devices()
        while True:
            match events.get(timeout=max(0.0, deadline - time.monotonic())):
                case HostDevices(facts=facts):
                    return facts
                case HostGone(detail=detail):
                    last = detail.splitlines()[-1:] or ["it ended without a word"]
                    return {"error": f"The engine host does not run ({last[0]})."}
    except queue.Empty:
        return {"error": f"The engine host gave no answer within {patience:.0f} seconds."}
    except FillError as error:
        return {"error": error.message}
    finally:
        client.close()


def display(environment: os._Environ[str] | dict[str, str], system: str) -> Facts:
    """Whether there is a screen for a window."""
    chosen = environment.get("QT_QPA_PLATFORM", "")
    if chosen.partition(":")[0] in ("offscreen", "minimal", "vnc"):
        return {"available": False, "kind": f"none, QT_QPA_PLATFORM={chosen}"}
    if system in ("darwin", "win32"):
        return {"available": True, "kind": {"darwin": "macOS", "win32": "Windows"}[system]}
    for name, kind in (("WAYLAND_DISPLAY", "Wayland"), ("DISPLAY", "X11")):
        if environment.get(name):
            return {"available": True, "kind": f"{kind}, {environment[name]}"}
    return {"available": False, "kind": "none"}


def problems(found: Facts) -> list[str]:
    """A sentence for each thing that keeps something from working, and what to do about it."""
    told = []
    if found["program"]["qt"] is None:
        told.append(f"Qt is missing: {remedy()}.")
    if not found["display"]["available"]:
        told.append("There is no display: the window cannot be shown here; fill and export work.")
    if "error" in found["devices"]:
        told.append(f"{found['devices']['error']} No engine can work until it does.")
    elif found["devices"].get("torch") and found["devices"].get("torch_error"):
        told.append(f"Torch has trouble with a device: {found['devices']['torch_error']}.")
    told += [
        f"The {folder['name']} folder cannot be written to: {folder['path']}"
        for folder in found["folders"]
        if not folder["writable"]
    ]
    if found["environment"]["problem"]:
        told.append(found["environment"]["problem"])
    if not found["kernels"]["compiled"]:
        told.append(f"The kernels are not compiled: the first fill takes longer{_who_compiles()}.")
    if found["canvas"]["problem"]:
        told.append(f"The canvas's kernels do not load, painting is slower: {found['canvas']['problem']}.")
    return told


def _who_compiles() -> str:
    """The packaged program is never set up: its first fill is what compiles them."""
    return ", as it compiles them" if is_frozen() else "; “make setup” compiles them"


def report(found: Facts) -> str:
    """Aligned lines, and the problems at the end."""
    program, devices = found["program"], found["devices"]
    lines = [
        _line("Pentimento", program["version"]),
        _line("Python", f"{program['python']}  {program['executable']}"),
        _line("Qt", program["qt"] or "missing", program["qt"] is not None),
        _line("System", program["system"]),
        _line("Display", found["display"]["kind"], found["display"]["available"]),
        "",
        _line(
            "Memory",
            f"{bytes_text(found['memory']['total'])}, {bytes_text(found['memory']['available'])} of it free",
        ),
        *_device_lines(devices),
        _line("Environment", _environment_text(found["environment"]), not found["environment"]["problem"]),
        "",
    ]
    for engine in found["engines"]:
        state = "ready" if engine["ready"] else f"needs {engine['needs']}"
        # Nobody has a model of every family: that is no trouble.
        good = engine["ready"] or engine["needs"] == "a model"
        lines.append(_line("Engine", f"{engine['id']}: {state} ({', '.join(engine['devices'])})", good))
    kernels = found["kernels"]
    count = "1 file" if kernels["files"] == 1 else f"{kernels['files']} files"
    text = f"compiled, {count}" if kernels["compiled"] else "not compiled yet"
    lines.append(_line("Kernels", f"{text}  {kernels['folder']}", kernels["compiled"]))
    canvas = found["canvas"]
    states = {
        "compiled": "quick, by compiled kernels",
        "later": "kernels are compiled when the window is first opened",
    }
    lines.append(
        _line("Canvas", states.get(canvas["state"], "slower, without kernels"), not canvas["problem"])
    )
    models = found["models"]["found"]
    names = ", ".join(f"{model['name']} ({size_text(model['bytes'])})" for model in models) or "none"
    lines += [_line("Models", f"{names}  {found['models']['folder']}"), ""]
    for folder in found["folders"]:
        state = "" if folder["exists"] else "  (not made yet)"
        state = state if folder["writable"] else "  (cannot be written to)"
        lines.append(_line(folder["name"].capitalize(), f"{folder['path']}{state}", folder["writable"]))
    if found["problems"]:
        lines += ["", "Problems:", *(f"  ! {problem}" for problem in found["problems"])]
    else:
        lines += ["", "No problems were found."]
    return "\n".join(lines)


def _device_lines(devices: Facts) -> list[str]:
    if "error" in devices:
        return [_line("Engine host", devices["error"], good=False)]
    torch = devices["torch"] or f"not usable ({devices.get('torch_error', 'missing')})"
    lines = [
        _line("Processor", f"{devices['cpu']['cores']} cores"),
        _line("Engine host", f"runs, Python {devices['python']}"),
        _line("Torch", torch if devices["torch"] else f"{torch}; only models need it"),
    ]
    lines += [_line("CUDA", f"{card['name']}, {bytes_text(card['memory'])}") for card in devices["cuda"]]
    if not devices["cuda"]:
        lines.append(_line("CUDA", "none"))
    lines.append(_line("MPS", "yes" if devices["mps"] else "none"))
    return lines


def _line(label: str, text: str, good: bool = True) -> str:
    return f"{' ' if good else '!'} {label:<{_LABEL}} {text}"


def _program() -> Facts:
    from importlib import metadata  # slow, and the window asks this module for the display alone

    try:
        qt: str | None = metadata.version("PySide6-Essentials")
    except metadata.PackageNotFoundError:
        qt = None
    return {
        "version": version(),
        "python": platform.python_version(),
        "executable": sys.executable,
        "qt": f"PySide6 {qt}" if qt else None,
        "system": f"{platform.platform(terse=True)}, {platform.machine()}",
    }


def _environment() -> Facts:
    """The engine environment in use, and what is wrong with it."""
    store = EnvironmentStore()
    try:
        installed = store.current()
    except SetupError as error:
        return {"folder": str(store.folder), "installed": None, "problem": str(error)}
    return {
        "folder": str(store.folder),
        "installed": asdict(installed) if installed is not None else None,
        "problem": "",
    }


def _environment_text(environment: Facts) -> str:
    installed = environment["installed"]
    if installed is None:
        return (
            "damaged"
            if environment["problem"]
            else "none is installed; engines run in the program's own Python"
        )
    return f"{installed['requirements']}, {size_text(installed['bytes'])}  {environment['folder']}"


def _engines(devices: Facts, models: list[Facts]) -> list[Facts]:
    rows = []
    for info in ENGINES.values():
        needs = []
        if "error" in devices:
            needs.append("the engine host")
        elif info.needs_model and not devices["torch"]:
            needs.append("torch")
        if info.needs_model and not any(model["family"] == info.id for model in models):
            needs.append("a model")
        row = {"id": info.id, "title": info.title, "devices": list(info.devices)}
        rows.append({**row, "ready": not needs, "needs": " and ".join(needs)})
    return rows


def _models() -> list[Facts]:
    return [
        {"id": model.id, "name": model.name, "family": model.family, "bytes": model.bytes}
        for model in ModelStore().models()
    ]


def _kernels() -> Facts:
    folder = cache_folder() / "kernels"
    files = sum(file.suffix in _KERNEL_SUFFIXES for file in folder.rglob("*")) if folder.is_dir() else 0
    return {"folder": str(folder), "files": files, "compiled": files > 0}


def _canvas() -> Facts:
    """Whether the canvas has its kernels; found out by loading them, but not by compiling them."""
    wanted = os.environ.get(native.SWITCH) != "off" and importlib.util.find_spec("numba") is not None
    if wanted and not native.is_compiled():
        return {"state": "later", "problem": ""}
    return (
        {"state": "compiled", "problem": ""}
        if native.load()
        else {"state": "plain", "problem": native.problem()}
    )


def _folders() -> list[tuple[str, Path]]:
    return [
        ("settings", settings_folder()),
        ("state", state_folder()),
        ("cache", cache_folder()),
        ("models", models_folder()),
    ]


def _folder(name: str, path: Path) -> Facts:
    """A folder that is not there yet can be written to where its nearest parent can."""
    existing = next((place for place in (path, *path.absolute().parents) if place.exists()), path)
    writable = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    return {"name": name, "path": str(path), "exists": path.is_dir(), "writable": writable}
