"""The parser of the command ``data``."""

from __future__ import annotations

import argparse
from typing import Any

KINDS = ("settings", "journals", "cache", "models", "engine")

_EPILOG = """\
examples:
  %(prog)s list
  %(prog)s remove cache
  %(prog)s remove

Removing the program's package leaves all of this where it is; “remove” is for before or after. Your pictures are never
part of it.

exit codes: 0 done, 2 it cannot be removed, 130 interrupted
"""


def add_data(commands: argparse._SubParsersAction[Any]) -> None:
    data = commands.add_parser(
        "data",
        help="list and remove what the program keeps in your folders",
        description="Lists and removes what the program keeps in your folders: settings, journals, models and more.",
        epilog=_EPILOG,
    )
    actions = data.add_subparsers(dest="action", title="actions", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="what there is, how large, and where")
    listed.add_argument("--json", action="store_true", help="print it as JSON")
    remove = actions.add_parser("remove", help="delete it, after a question")
    remove.add_argument(
        "kinds", nargs="*", metavar="KIND", type=_kind, help=f"only this: {', '.join(KINDS)}; default: all"
    )
    remove.add_argument("--yes", action="store_true", help="do not ask")


def _kind(text: str) -> str:
    """Not by ``choices``, which Python 3.11 asks for the empty list as well."""
    if text not in KINDS:
        raise argparse.ArgumentTypeError(f"there is no “{text}”, only {', '.join(KINDS)}")
    return text
