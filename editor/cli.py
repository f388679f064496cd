"""The command line: what can be asked for, how it is checked, and with which exit code it ends."""

from __future__ import annotations

import argparse
import logging
import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

DONE = 0
BAD_INPUT = 2
FAILED = 3
INTERRUPTED = 130

COMMANDS = ("fill", "export", "doctor")
"""A first argument that is one of these is a command; ``./fill`` or ``-- fill`` is a file of that name."""

_USAGE = """%(prog)s [FILE …]                       the window, with these files open
       %(prog)s fill PHOTO --mask MASK -o OUT   fill what the mask covers, without a window
       %(prog)s export IN OUT                   flatten, or save in another format
       %(prog)s doctor                          what this machine can do"""

_TOP_EPILOG = """\
examples:
  %(prog)s photo.jpg
  %(prog)s fill photo.jpg --mask mask.png -o filled.png
  %(prog)s fill photo.jpg --mask mask.png -o filled.ora --count 3 --json
  %(prog)s export filled.ora filled.jpg

“%(prog)s COMMAND --help” tells more about a command. To open a file that is called like a command, write ./fill.
exit codes: 0 done, 2 bad input, 3 the engine failed, 130 interrupted
"""

_FILL_EPILOG = """\
examples:
  %(prog)s photo.jpg --mask mask.png -o filled.png
  %(prog)s photo.jpg --mask mask.png -o filled.ora --count 3
  %(prog)s photo.jpg --mask mask.png -o filled.png --seed 7 --feather 0 --json

The mask is a picture of the photo's size. If any of it is transparent, its alpha is the mask; otherwise its brightness
is. Grey is partly filled. What lies beyond the mask and its feather stays as it is, to the last bit.

With --count above 1, .ora gets every candidate as a layer, the first one visible; other formats get a file for each:
filled-1.png, filled-2.png, …

exit codes: 0 done, 2 bad input, 3 the engine failed, 130 interrupted
"""

_EXPORT_EPILOG = """\
examples:
  %(prog)s filled.ora filled.png
  %(prog)s photo.tif photo.ora
"""


def parse(argv: list[str]) -> argparse.Namespace:
    """``command`` is one of ``COMMANDS``, or None for the window. Raises SystemExit after help and mistakes."""
    if argv and argv[0] in COMMANDS:
        return _top_parser().parse_args(argv)
    window = _Parser(prog=_program(), add_help=False, parents=[_window_options()])
    window.add_argument("-h", "--help", action="store_true")
    window.add_argument("files", nargs="*", type=_path)
    arguments = window.parse_args(argv)
    if arguments.help:
        _top_parser().print_help()
        raise SystemExit(DONE)
    if arguments.picture is not None:
        _check_picture(window, arguments.picture, arguments.files)
    arguments.command = None
    return arguments


def run(arguments: argparse.Namespace) -> int:
    """Runs a command to its exit code; what goes wrong becomes one sentence on standard error."""
    logging.basicConfig(format="pentimento: %(message)s", level=logging.WARNING)
    try:
        with _ended_like_interrupted():
            _command(arguments.command)(arguments)
        return DONE
    except KeyboardInterrupt:
        return _tell("Interrupted; no file was left half-written.", INTERRUPTED)
    except Exception as error:
        told = _explained(error)
        if told is None:
            raise
        return _tell(*told)


def _command(name: str) -> Callable[[argparse.Namespace], None]:
    """Imported only when it is asked for: the window must not wait for what it does not need."""
    if name == "doctor":
        from editor import doctor

        return doctor.run
    from editor import headless

    return {"fill": headless.fill, "export": headless.export}[name]


def _explained(error: Exception) -> tuple[str, int] | None:
    """A sentence and the exit code; None for what is a mistake of the program's own."""
    from editor.files.errors import FileError
    from inference.request import FillError

    match error:
        case FileError():
            return str(error), BAD_INPUT
        case FillError():
            return error.message, BAD_INPUT if error.kind == "input" else FAILED
        case MemoryError():
            return (
                "There is not enough memory for this picture. Close other programs, or make it smaller.",
                FAILED,
            )
        case OSError():
            name = f"{error.filename}: " if error.filename else ""
            return f"{name}{error.strerror or error}.", BAD_INPUT
    return None


def _tell(sentence: str, code: int) -> int:
    print(f"pentimento: {sentence}", file=sys.stderr)
    return code


@contextmanager
def _ended_like_interrupted() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt as SIGINT does, so that whoever ends us leaves no host and no half file."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, like every other mistake."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault(
            "allow_abbrev", False
        )  # what is short for one option today is short for two tomorrow
        super().__init__(*args, **options)

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:]
        self.exit(BAD_INPUT, f"pentimento: {sentence}. See “{self.prog} --help”.\n")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from editor.version import version

        print(f"Pentimento {version()}")
        parser.exit(DONE)


def _program() -> str:
    return "pentimento" if getattr(sys, "frozen", False) else "python main.py"


def _top_parser() -> _Parser:
    program = _program()
    top = _Parser(
        prog=program,
        usage=_USAGE,
        description="An offline photo editor that repaints what you mask, and never loses what was there before.",
        epilog=_TOP_EPILOG,
        parents=[_window_options()],
    )
    commands = top.add_subparsers(dest="command", title="commands", metavar="COMMAND", prog=program)
    _add_fill(commands)
    _add_export(commands)
    _add_doctor(commands)
    return top


def _window_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    options.add_argument(
        "--picture", metavar="FILE", type=_path, help="save a picture of the window to FILE, and end"
    )
    return options


def _add_fill(commands: argparse._SubParsersAction[_Parser]) -> None:
    fill = commands.add_parser(
        "fill",
        help="fill what a mask covers, without a window",
        description="Fills what a mask covers, in a photo or on top of a layered picture, without a window.",
        epilog=_FILL_EPILOG,
    )
    add = fill.add_argument
    add("photo", type=_path, help="the picture to fill; it is never written to")
    add(
        "--mask", type=_path, required=True, metavar="FILE", help="a picture whose white (or alpha) is filled"
    )
    add("-o", "--output", type=_path, required=True, metavar="FILE", help="where to; .ora keeps the layers")
    add("--engine", default="content-aware", metavar="ID", help="default: content-aware; “doctor” lists them")
    add("--prompt", default="", metavar="TEXT", help="what to paint there")
    add("--negative", default="", metavar="TEXT", help="what not to paint")
    add(
        "--seed",
        type=_whole(0, (1 << 31) - 1),
        metavar="N",
        help="same seed, same result; default: a random one",
    )
    add("--steps", type=_whole(1, 1000), metavar="N", help="of the model; more is slower and finer")
    add("--guidance", type=_number(0, 100), metavar="X", help="how closely the model follows the prompt")
    add(
        "--feather", type=_whole(0, 500), metavar="PX", help="softness around the mask; default: the engine's"
    )
    add("--count", type=_whole(1, 64), default=1, metavar="N", help="how many candidates to make; default: 1")
    add("--model", metavar="NAME", help="a model's name or folder, for an engine that needs one")
    add("--device", choices=("auto", "cuda", "mps", "cpu"), default="auto", help="default: auto, the fastest")
    add("--json", action="store_true", help="print one line of facts as JSON instead of the path")


def _add_export(commands: argparse._SubParsersAction[_Parser]) -> None:
    export = commands.add_parser(
        "export",
        help="flatten a layered picture, or save one in another format",
        description="Saves a picture in the format of OUT's suffix. Only .ora keeps layers; the others flatten them.",
        epilog=_EXPORT_EPILOG,
    )
    export.add_argument("input", type=_path, metavar="IN", help="the picture to read; it is never written to")
    export.add_argument("output", type=_path, metavar="OUT", help="where to")


def _add_doctor(commands: argparse._SubParsersAction[_Parser]) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="tell what this machine can do",
        description="Tells what this machine can do: Qt, devices, memory, engines, models, folders.",
    )
    doctor.add_argument("--json", action="store_true", help="print it as JSON")


def _check_picture(parser: _Parser, picture: Path, files: list[Path]) -> None:
    if not picture.absolute().parent.is_dir():
        parser.error(f"there is no folder {picture.absolute().parent} for the window's picture")
    if any(picture.absolute() == file.absolute() for file in files):
        parser.error(f"the window's picture would overwrite {picture}")


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("a file's name is empty")
    return Path(text)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return value

    return convert


def _number(least: float, most: float) -> Callable[[str], float]:
    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
        return value

    return convert
