"""The backend of nim-tui: one turn-based game, correct under races and faults, without a screen."""

import logging

# Whatever runs us decides where the log goes (`serve` does). Without that, it must not reach the
# terminal.
logging.getLogger(__name__).addHandler(logging.NullHandler())
