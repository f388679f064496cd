"""The parser of the command ``models``."""

from __future__ import annotations

import argparse
from typing import Any

from editor.arguments import path

_EPILOG = """\
examples:
  %(prog)s list
  %(prog)s add ~/models/sdxl-inpainting
  %(prog)s add ~/kandinsky-prior ~/kandinsky-decoder-inpaint --name Kandinsky
  %(prog)s catalogue
  %(prog)s download kandinsky-2-2 --with image-encoder

“look-up”, “download” and “resume” are all that ever goes online. What needs an account takes its access token from the
variable HF_TOKEN or the hub's own token file.

exit codes: 0 done, 2 bad input, 3 the hub could not be reached, 130 interrupted
"""


def add_models(commands: argparse._SubParsersAction[Any]) -> None:
    models = commands.add_parser(
        "models",
        help="list, add, download and remove models",
        description="Lists, adds, downloads and removes the models that fill and generate.",
        epilog=_EPILOG,
    )
    actions = models.add_subparsers(dest="action", title="actions", metavar="ACTION", required=True)
    actions.add_parser("list", help="the models that are there")
    add = actions.add_parser(
        "add", help="use a model where it lies: a diffusers folder or a safetensors file"
    )
    add.add_argument("paths", type=path, nargs="+", metavar="PATH", help="several: the parts of one model")
    add.add_argument("--name", default="", help="what to call it; default: the folder's or file's name")
    remove = actions.add_parser("remove", help="delete what was downloaded; forget what was added")
    remove.add_argument("model", metavar="ID", help="as “list” tells it")
    actions.add_parser("catalogue", help="well-known models that can be downloaded")
    look_up = actions.add_parser("look-up", help="ask the hub what a download would fetch")
    download = actions.add_parser("download", help="download a model of the catalogue, or of the hub")
    for action in (look_up, download):
        action.add_argument("wanted", metavar="ID-OR-REPO", help="an id of the catalogue, or org/name")
        action.add_argument(
            "--with",
            dest="options",
            default="",
            metavar="PART,…",
            help="optional parts as well; “catalogue” lists them",
        )
        action.add_argument("--endpoint", default="", metavar="URL", help="of another hub, such as a mirror")
    download.add_argument("--yes", action="store_true", help="do not ask")
    resume = actions.add_parser("resume", help="go on with downloads that were interrupted")
    resume.add_argument("model", nargs="?", default="", metavar="ID", help="only this one; default: all")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="print it as JSON")
