"""The same app in a browser of this computer: `nim-tui --web`.

`server` is the door: loopback, one secret path, and nobody else's web pages. `page` is the process
behind each tab. Only the command line starts them.
"""
