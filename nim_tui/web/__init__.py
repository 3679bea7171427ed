"""The same app in a browser on this computer: `nim-tui --web`.

`server` listens on loopback, under one secret path, and refuses requests from other web pages
(`guard`). `page` is the process behind each tab. Only the command line starts them.
"""
