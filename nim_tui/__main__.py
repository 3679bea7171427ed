"""`nim-tui` and `python -m nim_tui`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command; the exit status."""
    # Scripts ask for it: answer before the slow imports.
    if sys.argv[1:] in (["--version"], ["-V"]):
        from nim_tui import __version__

        print(f"nim-tui {__version__}")
        return 0
    try:
        from nim_tui.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # last resort: people get one line, not a traceback
        import logging

        if logging.getLogger().handlers:  # else Python itself would print it
            logging.getLogger(__name__).exception("internal error")
        kind = type(error).__name__
        print(f"nim-tui: stopped by an internal error ({kind}). Start it again.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
