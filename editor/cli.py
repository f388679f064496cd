"""The command line: what can be asked for, how it is checked, and with which exit code it ends."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from editor.arguments import path, whole
from editor.cli_data import add_data
from editor.cli_engine import add_engine
from editor.cli_fill import add_fill, add_generate
from editor.cli_models import add_models
from editor.files.options import DEFAULT_OPTIONS, SUBSAMPLINGS
from inference.children import is_frozen

DONE = 0
BAD_INPUT = 2
FAILED = 3
INTERRUPTED = 130

COMMANDS = ("fill", "generate", "export", "models", "engine", "data", "doctor")
"""A first argument that is one of these is a command; ``./fill`` or ``-- fill`` is a file of that name."""

_USAGE = """%(prog)s [FILE …]                       the window, with these files open
       %(prog)s fill PHOTO --mask MASK -o OUT   fill what the mask covers, without a window
       %(prog)s generate "…" -o OUT              make a picture from a prompt
       %(prog)s export IN OUT                   flatten, or save in another format
       %(prog)s models ACTION                   list, add, download and remove models
       %(prog)s engine ACTION                   install, repair and remove what models run on
       %(prog)s data ACTION                     list and remove what the program keeps of yours
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

_EXPORT_EPILOG = """\
examples:
  %(prog)s filled.ora filled.png
  %(prog)s photo.tif photo.ora
  %(prog)s filled.ora small.jpg --quality 80 --subsampling 4:2:0
"""


def parse(argv: list[str]) -> argparse.Namespace:
    """``command`` is one of ``COMMANDS``, or None for the window. Raises SystemExit after help and mistakes."""
    if argv and argv[0] in COMMANDS:
        return _top_parser().parse_args(argv)
    window = _Parser(prog=_program(), add_help=False, parents=[_window_options()])
    window.add_argument("-h", "--help", action="store_true")
    window.add_argument("files", nargs="*", type=path)
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
    except KeyboardInterrupt as interrupt:
        return _tell(str(interrupt) or "Interrupted; no file was left half-written.", INTERRUPTED)
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
    if name == "data":
        from editor import data_command

        return data_command.run
    if name == "models":
        from editor import models_command

        return models_command.run
    if name == "engine":
        from editor import engine_command

        return engine_command.run
    from editor import headless

    return {"fill": headless.fill, "generate": headless.generate, "export": headless.export}[name]


def _explained(error: Exception) -> tuple[str, int] | None:
    """A sentence and the exit code; None for what is a mistake of the program's own."""
    from editor.files.errors import FileError
    from inference.models.model import ModelError
    from inference.request import FillError
    from inference.runtime.errors import SetupError

    match error:
        case FileError():
            return str(error), BAD_INPUT
        case FillError():
            return error.message, BAD_INPUT if error.kind == "input" else FAILED
        case ModelError():
            from inference.models.web import Unreachable

            return str(error), FAILED if isinstance(error, Unreachable) else BAD_INPUT
        case SetupError():
            return str(error), BAD_INPUT if error.is_input else FAILED
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
    return "pentimento" if is_frozen() else "python main.py"


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
    add_fill(commands)
    add_generate(commands)
    _add_export(commands)
    add_models(commands)
    add_engine(commands)
    add_data(commands)
    _add_doctor(commands)
    return top


def _window_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    options.add_argument(
        "--picture", metavar="FILE", type=path, help="save a picture of the window to FILE, and end"
    )
    options.add_argument(
        "--new-window",
        action="store_true",
        help="open a window of its own, also where one is open already that would take the files",
    )
    return options


def _add_export(commands: argparse._SubParsersAction[_Parser]) -> None:
    export = commands.add_parser(
        "export",
        help="flatten a layered picture, or save one in another format",
        description=(
            "Saves a picture in the format of OUT's suffix. Only .ora keeps everything, .psd and .psb keep layers; "
            "what is lost is told on standard error."
        ),
        epilog=_EXPORT_EPILOG,
    )
    export.add_argument("input", type=path, metavar="IN", help="the picture to read; it is never written to")
    export.add_argument("output", type=path, metavar="OUT", help="where to")
    export.add_argument(
        "--quality",
        type=whole(1, 100),
        metavar="1-100",
        help="of JPEG and AVIF (95 where nothing is said), and of WebP, which else is lossless",
    )
    export.add_argument(
        "--subsampling",
        choices=SUBSAMPLINGS,
        default=DEFAULT_OPTIONS.subsampling,
        help="resolution of colours in JPEG and AVIF: all of it, half the width, half of both (default %(default)s)",
    )


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
