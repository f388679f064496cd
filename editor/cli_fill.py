"""The arguments of the commands that ask an engine: fill and generate."""

from __future__ import annotations

import argparse
from typing import Any

from editor.arguments import number, path, size, switch, weighted_path, whole, word_or_box
from inference.choices import REFINE_CHOICES, START_CHOICES
from inference.region import CONTEXT_CHOICES

_FILL_EPILOG = """\
examples:
  %(prog)s photo.jpg --mask mask.png -o filled.png
  %(prog)s photo.jpg --mask mask.png -o filled.ora --count 3
  %(prog)s photo.jpg --mask mask.png -o hat.png --model kandinsky-2-2 --prompt "a hat" --steps 50
  %(prog)s photo.jpg --mask mask.png -o filled.png --seed 7 --feather 0 --json
  %(prog)s photo.jpg --mask mask.png -o filled.png --source sky.png --context 0,0,1200,800

The mask is a picture of the photo's size. If any of it is transparent, its alpha is the mask; otherwise its brightness
is. Grey is partly filled. What lies beyond the mask and its feather stays as it is, to the last bit.

With --count above 1, .ora keeps every candidate with the layer, the first one shown; other formats get a file for each:
filled-1.png, filled-2.png, …

exit codes: 0 done, 2 bad input, 3 the engine failed, 130 interrupted
"""

_GENERATE_EPILOG = """\
examples:
  %(prog)s "a hat" --size 768x768 -o hat.png
  %(prog)s "a hat" -o hat.png --model kandinsky-2-2 --count 4 --seed 1
  %(prog)s "a hat" -o hat.png --reference felt.jpg:0.5

exit codes: 0 done, 2 bad input, 3 the engine failed, 130 interrupted
"""


def add_fill(commands: argparse._SubParsersAction[Any]) -> None:
    fill = commands.add_parser(
        "fill",
        help="fill what a mask covers, without a window",
        description="Fills what a mask covers, in a photo or on top of a layered picture, without a window.",
        epilog=_FILL_EPILOG,
    )
    add = fill.add_argument
    add("photo", type=path, help="the picture to fill; it is never written to")
    add("--mask", type=path, required=True, metavar="FILE", help="a picture whose white (or alpha) is filled")
    add("--source", type=path, metavar="FILE", help="a picture whose white (or alpha) is where to copy from")
    add("-o", "--output", type=path, required=True, metavar="FILE", help="where to; .ora keeps the layers")
    add("--engine", default="", metavar="ID", help="default: the model's, or content-aware; see “doctor”")
    add("--prompt", default="", metavar="TEXT", help="what to paint there")
    add(
        "--strength",
        type=number(0.01, 1),
        default=1.0,
        metavar="X",
        help="below 1 keeps that much less of what is there",
    )
    add("--feather", type=whole(0, 500), metavar="PX", help="softness around the mask; default: the engine's")
    add(
        "--colour-match",
        type=whole(0, 100),
        metavar="%",
        help="how far the fill takes on its surroundings' colours; default: the engine's",
    )
    add(
        "--blend",
        type=whole(0, 100),
        metavar="%",
        help="how far what differs along its border is spread into it; default: the engine's",
    )
    add(
        "--grain",
        type=whole(0, 100),
        metavar="%",
        help="how far it takes on its surroundings' detail and noise; default: the engine's",
    )
    add(
        "--context",
        type=word_or_box([choice for choice in CONTEXT_CHOICES if choice != "box"]),
        default="auto",
        metavar="auto|tight|wide|whole|X,Y,W,H",
        help="how much of the photo the engine sees: what suits, little, much, all of it, or a box; default: auto",
    )
    add(
        "--working-size",
        type=whole(64, 4096),
        metavar="PX",
        help="the longer side at which a model works on what it sees; default: what suits it",
    )
    add(
        "--start",
        choices=START_CHOICES,
        default="auto",
        help="what a model begins from where it paints: what is there, a content-aware fill of it, its surroundings, "
        "their border drawn out, grey, or noise; default: auto, what suits the task",
    )
    add(
        "--refine",
        choices=REFINE_CHOICES,
        default="auto",
        help="whether a model goes over what is larger than it works at once more, in parts and at full size; "
        "default: auto, where it is much larger",
    )
    add(
        "--colour-adaptation",
        type=switch,
        default=True,
        metavar="on|off",
        help="off: content-aware copies pixels exactly as they are, seams and all; default: on",
    )
    _add_options(fill)


def add_generate(commands: argparse._SubParsersAction[Any]) -> None:
    generate = commands.add_parser(
        "generate",
        help="make a picture from a prompt",
        description="Makes a picture from a prompt alone, with a model that can do so.",
        epilog=_GENERATE_EPILOG,
    )
    add = generate.add_argument
    add("prompt", help="what the picture shall show")
    add("-o", "--output", type=path, required=True, metavar="FILE", help="where to")
    add("--size", type=size, default=(768, 768), metavar="WxH", help="in pixels; default: 768x768")
    add("--engine", default="", metavar="ID", help="default: the model's, or the first that can do it")
    _add_options(generate)


def _add_options(parser: argparse.ArgumentParser) -> None:
    """What both have in common."""
    add = parser.add_argument
    add("--model", metavar="NAME", help="a model's id, name or folder; “models list” lists them")
    add("--negative", default="", metavar="TEXT", help="what not to paint")
    add(
        "--reference",
        type=weighted_path,
        action="append",
        default=[],
        metavar="FILE[:WEIGHT]",
        help="a picture beside the prompt, whose weight is 1; may be given several times",
    )
    add(
        "--seed",
        type=whole(0, (1 << 31) - 1),
        metavar="N",
        help="same seed, same result; default: a random one",
    )
    add("--steps", type=whole(1, 1000), metavar="N", help="of the model; more is slower and finer")
    add("--guidance", type=number(0, 100), metavar="X", help="how closely the model follows the prompt")
    add("--scheduler", metavar="ID", help="in place of the model's own")
    add("--prior-steps", type=whole(1, 1000), metavar="N", help="of the part that reads the prompt")
    add("--prior-guidance", type=number(0, 100), metavar="X", help="the same, of that part")
    add("--count", type=whole(1, 64), default=1, metavar="N", help="how many candidates to make; default: 1")
    add("--device", choices=("auto", "cuda", "mps", "cpu"), default="auto", help="default: auto, the fastest")
    add(
        "--allow-cpu",
        action="store_true",
        help="go on with the processor where the graphics card has too little memory",
    )
    add("--json", action="store_true", help="print one line of facts as JSON instead of the path")
