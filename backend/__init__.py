"""The backend of nim-tui: one turn-based game, correct under races and faults; no screen."""

import logging

# Who runs us says where the log goes (`serve` does); without that, none of it meets a terminal.
logging.getLogger(__name__).addHandler(logging.NullHandler())
