"""Subcommands of `nim-tui`: everything that the API can do, without a screen.

Each opens its place, does one thing over `NimClient`, prints the result and leaves. `table` lists
them; no module here imports Textual.
"""
