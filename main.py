"""The entry: parses the command line and hands over to the window or to a command without one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference.children import Child


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code. ``argv``: the arguments without the program's name; None takes the process's own."""
    words = sys.argv[1:] if argv is None else argv
    from inference import children

    try:
        if words and words[0] in children.FLAGS:
            return _child(children.FLAGS[words[0]], words[1:])

        from editor import cli
        from inference.folders import settle_home

        settle_home()

        try:
            arguments = cli.parse(words)
        except SystemExit as end:  # argparse has said what there was to say: help, version, or what was wrong
            return end.code if isinstance(end.code, int) else cli.BAD_INPUT
        if arguments.command is not None:
            return cli.run(arguments)

        if arguments.picture is None and not arguments.new_window:
            from editor import (
                single_instance,
            )  # before the window's own modules: this may be all there is to do

            if single_instance.hand_over(arguments.files):
                return cli.DONE

        from editor import app

        return app.run(arguments.files, arguments.picture, arguments.new_window)
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in ("editor", "inference"):
            raise
        then = "" if children.is_frozen() else ", then .venv/bin/python"
        print(f"pentimento: {error.name} is missing; {children.remedy()}{then}", file=sys.stderr)
        return 1


def _child(child: Child, words: list[str]) -> int:
    """What the packaged program is when it starts itself."""
    if child == "host":
        from inference import host

        return host.main(words)

    from editor.raster import native

    return native.main()


if __name__ == "__main__":
    if getattr(sys, "frozen", False):  # only then does it do anything, and its import is not free
        import multiprocessing

        multiprocessing.freeze_support()
    sys.exit(main())
