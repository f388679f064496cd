"""The entry: parses the command line and hands over to the window or to a command without one."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code. ``argv``: the arguments without the program's name; None takes the process's own."""
    try:
        from editor import cli

        try:
            arguments = cli.parse(sys.argv[1:] if argv is None else argv)
        except SystemExit as end:  # argparse has said what there was to say: help, version, or what was wrong
            return end.code if isinstance(end.code, int) else cli.BAD_INPUT
        if arguments.command is not None:
            return cli.run(arguments)

        from editor import app

        return app.run(arguments.files, arguments.picture)
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in ("editor", "inference"):
            raise
        print(
            f"pentimento: this Python has no {error.name}; run “make setup”, then .venv/bin/python",
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    if getattr(sys, "frozen", False):  # only then does it do anything, and its import is not free
        import multiprocessing

        multiprocessing.freeze_support()
    sys.exit(main())
