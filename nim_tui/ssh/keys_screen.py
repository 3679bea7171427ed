"""The keys that open a player's games: seen, named and removed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from backend.domain.errors import NimError
from backend.domain.people import SshKey
from nim_tui.client.keys import KeyBook
from nim_tui.screens.account.form_card import FormCard
from nim_tui.screens.card import CARD_STYLES, CardScreen
from nim_tui.screens.confirm import ConfirmScreen
from nim_tui.screens.workers import begin
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.widgets.credentials_form import Spec
from nim_tui.widgets.option_list import Options

NO_KEYS = "No key is remembered for you. Sign in with one, and you are asked."
KEYS = "enter names the key, d removes it, esc goes back"
_NAME = Spec("name", "name", "Name", "such as laptop")
# A row fits a terminal of 50 columns.
_MOST_NAME = 13
# Of a fingerprint, as many characters as tell a player's keys apart.
_SHOWN = 15


class KeysScreen(CardScreen[None]):
    """One row for each key.

    Args:
        keys: where they are kept.
        username: whose they are.
        here: the fingerprint of the key that this session came with.

    """

    CSS_PATH = [CARD_STYLES, Path(__file__).parent / "keys.tcss"]
    AUTO_FOCUS = "#keys"
    BINDINGS = [
        Binding("enter", "rename", "name the key", show=False),
        Binding("d,delete", "remove", "remove the key", show=False),
        Binding("escape", "cancel", "back", show=False),
    ]

    @dataclass
    class KeysListed(Message):
        """The keys as they are now."""

        keys: Sequence[SshKey]

    @dataclass
    class KeysFailed(Message):
        """What was asked for did not happen."""

        error: NimError

    def __init__(self, keys: KeyBook, username: str, here: str | None) -> None:
        super().__init__()
        self._keys, self._username, self._here = keys, username, here
        self._shown: Sequence[SshKey] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content("Your ssh keys"), id="title")
            yield Options(id="keys", markup=False)
            yield Static(Content(""), id="status", markup=False)

    def on_mount(self) -> None:
        self._run(self._nothing)

    def action_rename(self) -> None:
        """Ask for another name."""
        if (key := self._current) is not None:
            note = f"{key.fingerprint[:_SHOWN]}…"
            send = partial(self._rename, key)
            values = {"name": key.name}
            card = FormCard("Name this key", note, (_NAME,), "Save", send, values=values)
            self.app.push_screen(card, self._left_card)

    def action_remove(self) -> None:
        """Remove the key, after a question."""
        if (key := self._current) is not None:
            name = clean(key.name, _MOST_NAME)
            question = f"Remove the key {name}? It then opens your games no longer."
            self.app.push_screen(ConfirmScreen(question), partial(self._answered, key))

    @property
    def _current(self) -> SshKey | None:
        at = self.query_one("#keys", OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    def _left_card(self, done: bool | None) -> None:  # noqa: FBT001 (a screen's result)
        if done:
            self._run(self._nothing)

    def _answered(self, key: SshKey, yes: bool | None) -> None:  # noqa: FBT001 (a screen's result)
        if yes:
            self._run(partial(self._remove, key))

    def _run(self, change: Callable[[], Awaitable[object]]) -> None:
        begin(self, partial(self._changed, change), group="keys")

    async def _changed(self, change: Callable[[], Awaitable[object]]) -> None:
        try:
            await change()
            self.post_message(self.KeysListed(await self._keys.of(self._username)))
        except NimError as error:
            self.post_message(self.KeysFailed(error))

    async def _nothing(self) -> None:
        """Only look."""

    async def _rename(self, key: SshKey, values: Mapping[str, str]) -> None:
        await self._keys.rename(self._username, key.fingerprint, values["name"])

    async def _remove(self, key: SshKey) -> None:
        await self._keys.forget(self._username, key.fingerprint)

    def on_keys_screen_keys_failed(self, event: KeysScreen.KeysFailed) -> None:
        event.stop()
        self._say(event.error.message)

    def on_keys_screen_keys_listed(self, event: KeysScreen.KeysListed) -> None:
        event.stop()
        self._shown = event.keys
        rows = self.query_one("#keys", OptionList)
        kept = rows.highlighted or 0
        rows.set_options([Option(Content(self._row(key))) for key in event.keys])
        # Textual does not grow a list whose height is automatic when its options come later.
        rows.styles.height = max(1, min(len(event.keys), 9))
        rows.highlighted = min(kept, len(event.keys) - 1) if event.keys else None
        self._say(KEYS if event.keys else NO_KEYS)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_rename()

    def _row(self, key: SshKey) -> str:
        name = clean(key.name, _MOST_NAME)
        if key.fingerprint == self._here:
            used = "this one"
        else:
            used = "never used" if key.used_at is None else f"{key.used_at:%Y-%m-%d}"
        return f"{name:<{_MOST_NAME}} {key.fingerprint[:_SHOWN]}… {used}"

    def _say(self, sentence: str) -> None:
        text = clean(sentence, SENTENCE_WIDTH)
        self.query_one("#status", Static).update(Content.styled(text, "$muted"))
