"""The process behind a tab: the app, told in one argument what the command line came to.

It is started by textual-serve, whose environment makes Textual speak with the browser.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from nim_tui.config.places import Place, remember
from nim_tui.launch import LaunchOptions, WebOptions, open_client

if TYPE_CHECKING:
    from nim_tui.app import NimApp


def command(wish: LaunchOptions) -> list[str]:
    """What to start for a tab."""
    return [sys.executable, "-m", "nim_tui.web.page", json.dumps(asdict(wish))]


def parse_options(text: str) -> LaunchOptions:
    """What `command` has written into its argument."""
    fields = json.loads(text)
    one, two, three = fields["heaps"]
    fields |= {
        "place": Place(**fields["place"]),
        "heaps": (one, two, three),
        "web": WebOptions(**fields["web"]),
    }
    return LaunchOptions(**fields)


def make_app(wish: LaunchOptions) -> NimApp:
    """The app that was wished for, as a browser can show it."""
    from nim_tui.app import NimApp
    from nim_tui.paint import Depth
    from nim_tui.terminal.capabilities import Terminal, no_color
    from nim_tui.tokens import MemoryVault

    client = open_client(wish.place)
    client.signed_in = lambda: remember(wish.place)
    # Whoever opens the page is not yet the person whose sessions are in the keyring.
    stored = wish.web is not None and wish.web.stored
    return NimApp(
        client,
        vault=None if stored else MemoryVault(),
        start=wish.start,
        heaps=wish.heaps,
        rule=wish.rule,
        level=wish.level,
        user=wish.user,
        # A browser shows every colour and letter, whatever terminal the server was started in.
        terminal=Terminal(Depth.NONE if no_color(os.environ) else Depth.TRUE),
    )


def main(text: str) -> int:
    """Run the app in this process, until its tab is closed."""
    from textual import messages
    from textual.drivers.web_driver import WebDriver

    class PageDriver(WebDriver):
        """Ends the app with the server, also with one that was killed: Textual would go on."""

        def run_input_thread(self) -> None:
            super().run_input_thread()
            self._app.post_message(messages.ExitApp())

    app = make_app(parse_options(text))
    app.driver_class = PageDriver
    app.run()
    # An app that ends without being left has met a fault.
    return 1 if app.return_code is None else app.return_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
