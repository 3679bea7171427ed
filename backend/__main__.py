"""`python -m backend`, the same as `nim-backend`."""

import sys

from backend.entrypoints import cli


def main() -> None:
    """The command `nim-backend`."""
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
