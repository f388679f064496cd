"""The parser of the command ``engine``."""

from __future__ import annotations

import argparse
from typing import Any, get_args

from editor.arguments import path
from inference.runtime.lists import Wanted

_EPILOG = """\
examples:
  %(prog)s status
  %(prog)s install
  %(prog)s install --from ~/wheels --device cpu

The engine is torch and its libraries in a folder of their own. “install” and “repair” tell how much they fetch before
they go online, and ask; with “--from” they never go online. What is in use stays so until the new one has been tried
out. What was interrupted goes on where it was with “install”.

exit codes: 0 done, 2 bad input, 3 it failed, 130 interrupted
"""


def add_engine(commands: argparse._SubParsersAction[Any]) -> None:
    engine = commands.add_parser(
        "engine",
        help="install, repair and remove what models run on",
        description="Installs, repairs and removes what models run on: torch and its libraries.",
        epilog=_EPILOG,
    )
    actions = engine.add_subparsers(dest="action", title="actions", metavar="ACTION", required=True)
    actions.add_parser("status", help="what is installed, and what could be")
    install = actions.add_parser("install", help="install it, or the one that this version brings")
    repair = actions.add_parser("repair", help="make it anew, whatever is there")
    for action in (install, repair):
        action.add_argument(
            "--from",
            dest="source",
            type=path,
            metavar="DIR",
            help="take all wheels from this folder, offline",
        )
        action.add_argument("--yes", action="store_true", help="do not ask")
    install.add_argument(
        "--device",
        choices=get_args(Wanted),
        default="auto",
        help="what it is for; default: the graphics card that is found, or else the processor",
    )
    actions.add_parser("remove", help="delete it")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="print it as JSON")
