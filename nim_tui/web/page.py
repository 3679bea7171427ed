"""The process behind a tab: the app, with the launch options as JSON in its one argument.

textual-serve starts it, with an environment that makes Textual talk to the browser.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from nim_tui.config.places import Place, load_places, remember
from nim_tui.launch import LaunchOptions, WebOptions, open_client

if TYPE_CHECKING:
    from nim_tui.app import NimApp


def command(options: LaunchOptions) -> list[str]:
    """The command that a tab starts."""
    return [sys.executable, "-m", "nim_tui.web.page", json.dumps(asdict(options))]


def parse_options(text: str) -> LaunchOptions:
    """The options that `command` has put into its argument."""
    fields = json.loads(text)
    one, two, three = fields["heaps"]
    fields |= {
        "place": Place(**fields["place"]),
        "heaps": (one, two, three),
        "web": WebOptions(**fields["web"]),
    }
    return LaunchOptions(**fields)


def make_app(options: LaunchOptions) -> NimApp:
    """The app with these options, as a browser can show it."""
    from nim_tui.app import NimApp
    from nim_tui.paint import Depth
    from nim_tui.terminal.capabilities import Terminal, no_color
    from nim_tui.tokens import MemoryVault

    client = open_client(options.place)
    client.signed_in = lambda: remember(options.place)
    client.given_name = load_places().name_of(options.place)
    # The person at the page may not be the one whose sessions are in the keyring.
    stored = options.web is not None and options.web.stored
    return NimApp(
        client,
        vault=None if stored else MemoryVault(),
        start=options.start,
        heaps=options.heaps,
        rule=options.rule,
        level=options.level,
        user=options.user,
        # A browser shows every colour and character, whatever terminal started the server.
        terminal=Terminal(Depth.NONE if no_color(os.environ) else Depth.TRUE),
    )


def main(text: str) -> int:
    """Run the app in this process, until its tab is closed."""
    from textual import messages
    from textual.drivers.web_driver import WebDriver

    class PageDriver(WebDriver):
        """Ends the app when the server goes, even if killed; Textual's own driver would go on."""

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
