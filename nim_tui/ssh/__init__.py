"""The same client for everybody who comes by ssh: `nim-tui serve-ssh`.

`server` listens and admits, `line` is one connection, `session` one channel of it: the app on a
driver of its own (`app`, `driver`), or a subcommand that the caller's `RunCommand` runs. Only the
command line starts it; it needs the extra `ssh` (asyncssh).
"""
