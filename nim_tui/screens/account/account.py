"""The account of the player who is signed in: addresses, notices, password, export, deletion."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from backend.domain.errors import NimError, NotSignedIn
from backend.domain.people import NoticesBy
from nim_tui import messages
from nim_tui.client.models import AccountProfile
from nim_tui.screens.account.captions import rows_of
from nim_tui.screens.account.form_card import CODE, NEW_PASSWORD, PASSWORD, STYLES, FormCard, Send
from nim_tui.screens.card import CARD_STYLES, CardScreen
from nim_tui.screens.workers import begin
from nim_tui.text import account as account_text
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.widgets.credentials_form import Spec
from nim_tui.widgets.focus_row import FocusRow
from nim_tui.widgets.option_list import Options
from nim_tui.widgets.radio import Radio

NOTICES = (("none", "none"), ("text", "sms"), ("e-mail", "email"), ("ntfy", "ntfy"))

_EMAIL = Spec("email", "email", "E-mail", "empty: none", "you@example.org", optional=True)
_PHONE = Spec("phone", "phoneNumber", "Phone", "empty: none", "+15555555555", optional=True)
_TOPIC = Spec("topic", "ntfyTopic", "Topic", "empty: none", "my-nim-turns", optional=True)


class OwnAccount(Protocol):
    """The requests about the account; `nim_tui.client.account.AccountRequests`."""

    async def show(self) -> AccountProfile: ...

    async def change(
        self,
        *,
        email: str | None = None,
        phone: str | None = None,
        notices: NoticesBy | None = None,
        ntfy_topic: str | None = None,
        password: str | None = None,
    ) -> AccountProfile: ...

    async def confirm(self, channel: Literal["email", "sms"], code: str) -> AccountProfile: ...

    async def change_password(self, password: str, new_password: str) -> None: ...

    async def export(self) -> dict[str, Any]: ...


class AccountScreen(CardScreen[None]):
    """One row for each thing that can be changed; `enter` opens its form.

    Args:
        account: the requests.
        delete: deletes the account, with its password, and forgets the session.
        save: saves an export, and returns a sentence about it.
    """

    CSS_PATH = [CARD_STYLES, STYLES / "account.tcss"]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]
    AUTO_FOCUS = "#actions"
    BINDINGS = [
        Binding("enter", "open", "change it", show=False),
        Binding("question_mark,f1", "app.help", "these keys", show=False),
        Binding("escape", "cancel", "back to the games", show=False),
    ]

    @dataclass
    class Shown(Message):
        """The account as it is now."""

        profile: AccountProfile
        sentence: str = ""

    @dataclass
    class Failed(Message):
        """What was asked for did not happen."""

        error: NimError

    def __init__(
        self,
        account: OwnAccount,
        *,
        delete: Callable[[str], Awaitable[None]],
        save: Callable[[Mapping[str, Any]], str],
    ) -> None:
        super().__init__()
        self._account = account
        self._delete = delete
        self._save = save
        self._profile: AccountProfile | None = None
        # One request after the other, so that the last answer is the newest.
        self._turn = asyncio.Lock()
        self._asking = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content("Your account"), id="title")
            yield Options(id="actions", markup=False)
            with FocusRow():
                yield Static(Content("Notices"), classes="label")
                yield Radio(NOTICES, id="notices")
            yield Static(Content("Asking the backend"), id="status", markup=False)

    def on_mount(self) -> None:
        self._run(self._account.show)

    def _run(self, ask: Callable[[], Awaitable[AccountProfile]], sentence: str = "") -> None:
        self._asking += 1
        begin(self, partial(self._ask, ask, sentence), group="account")

    async def _ask(self, ask: Callable[[], Awaitable[AccountProfile]], sentence: str) -> None:
        try:
            async with self._turn:
                profile = await ask()
        except NimError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Shown(profile, sentence))

    def on_account_screen_failed(self, event: AccountScreen.Failed) -> None:
        event.stop()
        self._asking -= 1
        self._say(event.error.message, bad=True)
        if self._profile is not None:
            self._choose_notices(self._profile)
        if isinstance(event.error, NotSignedIn):
            self.post_message(messages.SessionLost())

    def on_account_screen_shown(self, event: AccountScreen.Shown) -> None:
        event.stop()
        self._asking -= 1
        profile = self._profile = event.profile
        actions = self.query_one("#actions", OptionList)
        kept = actions.highlighted or 0
        rows = rows_of(profile)
        actions.set_options([Option(Content(words), id=action) for action, words in rows])
        # Textual does not grow a list whose height is automatic when its options come later.
        actions.styles.height = len(rows)
        actions.highlighted = min(kept, len(rows) - 1)
        self._choose_notices(profile)
        if profile.notice_problem is not None:
            self._say(account_text.PROBLEMS[profile.notice_problem], bad=True)
        else:
            tells = account_text.tells(profile.notices, profile.notices_to)
            self._say(event.sentence or tells)

    def _choose_notices(self, profile: AccountProfile) -> None:
        """Show the choice that the backend has, unless another one is on its way there."""
        if self._asking:
            return
        radio = self.query_one("#notices", Radio)
        with radio.prevent(Radio.OptionChosen):
            radio.chosen = [value for _, value in NOTICES].index(profile.notices)

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        text = clean(sentence, SENTENCE_WIDTH)
        self.query_one("#status", Static).update(Content.styled(text, "$bad" if bad else "$muted"))

    def on_radio_option_chosen(self, event: Radio.OptionChosen) -> None:
        event.stop()
        notices = cast("NoticesBy", event.radio.value)
        # While an answer is on its way, it may be another choice that the backend has.
        if self._profile is not None and (self._asking or notices != self._profile.notices):
            self._run(partial(self._account.change, notices=notices))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id is not None and self._profile is not None:
            self._open(event.option.id, self._profile)

    def action_open(self) -> None:
        """Open the form of the chosen row."""
        actions = self.query_one("#actions", OptionList)
        if actions.highlighted is not None:
            actions.action_select()

    def _open(self, action: str, profile: AccountProfile) -> None:
        if action == "export":
            self._run_export()
        else:
            card, sentence = self._card(action, profile)
            self.app.push_screen(card, partial(self._left_form, action, sentence))

    def _card(self, action: str, profile: AccountProfile) -> tuple[FormCard, str]:
        """The form for an action, and what to say once it is done."""
        words = account_text.FORMS[action]
        values: dict[str, str] = {}
        specs: tuple[Spec, ...]
        send: Send
        match action:
            case "email":
                specs, send = (_EMAIL, PASSWORD), self._change_email
                values = {"email": profile.email or ""}
            case "phone":
                specs, send = (_PHONE, PASSWORD), self._change_phone
                values = {"phoneNumber": profile.phone or ""}
            case "topic":
                specs, send = (_TOPIC,), self._change_topic
                values = {"ntfyTopic": profile.ntfy_topic or ""}
            case "code-email":
                specs, send = (CODE,), partial(self._confirm, "email")
            case "code-sms":
                specs, send = (CODE,), partial(self._confirm, "sms")
            case "password":
                specs, send = (PASSWORD, NEW_PASSWORD), self._change_password
            case _:
                specs, send = (PASSWORD,), self._delete_account
        card = FormCard(words.title, words.note, specs, words.done, send, values=values)
        return card, words.sentence

    def _left_form(self, action: str, sentence: str, done: bool | None) -> None:  # noqa: FBT001 - Textual's callback
        if not done:
            return
        if action == "delete":
            self.dismiss()
            self.post_message(messages.SignOutWanted())
            self.post_message(messages.Announcement(sentence))
        else:
            self._run(self._account.show, sentence)

    async def _change_email(self, values: Mapping[str, str]) -> None:
        await self._account.change(email=values.get("email", ""), password=values["password"])

    async def _change_phone(self, values: Mapping[str, str]) -> None:
        await self._account.change(phone=values.get("phoneNumber", ""), password=values["password"])

    async def _change_topic(self, values: Mapping[str, str]) -> None:
        await self._account.change(ntfy_topic=values.get("ntfyTopic", ""))

    async def _confirm(self, channel: Literal["email", "sms"], values: Mapping[str, str]) -> None:
        await self._account.confirm(channel, values["code"])

    async def _change_password(self, values: Mapping[str, str]) -> None:
        await self._account.change_password(values["password"], values["newPassword"])

    async def _delete_account(self, values: Mapping[str, str]) -> None:
        await self._delete(values["password"])

    def _run_export(self) -> None:
        async def export() -> AccountProfile:
            sentence = self._save(await self._account.export())
            self.post_message(messages.Announcement(sentence))
            return await self._account.show()

        self._run(export)
