"""The list of games in three groups; the highlight stays on its game."""

from __future__ import annotations

from dataclasses import dataclass

from textual.geometry import Size
from textual.message import Message
from textual.visual import VisualType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from backend.domain.clock import utc_now
from backend.domain.game import Game
from nim_tui.matches.base import Clock
from nim_tui.model.lobby import FEW_FINISHED, Lobby
from nim_tui.theme.themes import look_of
from nim_tui.widgets.game_rows import Form, GameRows, longest_name
from nim_tui.widgets.option_list import Options

# The screen size from which a game has two lines; the width below which it has a short one; the
# height from which there are blank rows between the groups.
TWO_LINES = Size(110, 31)
ONE_LINE = 74
GAPS_FROM = 20


class GamesList(Options):
    """Draws a lobby. The options have the ids of games; headings are disabled and have none."""

    DEFAULT_CSS = """
    GamesList, GamesList:focus {
        border: none;
        background: transparent;
        background-tint: transparent;
        padding: 0;
        height: 1fr;
        max-height: 100%;
        min-width: 20;
        scrollbar-size-vertical: 1;
    }
    GamesList > .option-list--option { padding: 0; }
    GamesList > .option-list--option-highlighted,
    GamesList:focus > .option-list--option-highlighted {
        background: $key; color: $ink; text-style: none;
    }
    GamesList > .option-list--option-hover { background: $surface; }
    GamesList > .option-list--option-disabled { background: transparent; color: $muted; }
    """

    @dataclass
    class Opened(Message):
        """A game was chosen with `enter` or a click."""

        game_id: str

    @dataclass
    class Highlighted(Message):
        """The highlight moved to a game; None if it is on none."""

        game_id: str | None

    def __init__(self, viewer: str, *, id: str, now: Clock = utc_now) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id, markup=False)
        self._now = now
        self._lobby = Lobby(viewer)
        self._all = False
        self._drawn: list[tuple[str | None, VisualType]] = []

    @property
    def current(self) -> str | None:
        """The id of the game under the highlight."""
        option = self.highlighted_option
        return option.id if option is not None else None

    def show(self, lobby: Lobby, *, all_finished: bool) -> None:
        """Draw these games; the highlight stays on its game, or near where it was."""
        self._lobby, self._all = lobby, all_finished
        self.redraw()

    def redraw(self) -> None:
        """Draw what has changed since the last time: games, times, the width."""
        options = self._options_now()
        drawn = [(option.id, option.prompt) for option in options]
        if drawn == self._drawn:
            return
        current, before = self.current, self.highlighted
        same_ids = [key for key, _ in drawn] == [key for key, _ in self._drawn]
        changed = [
            i for i, (new, old) in enumerate(zip(drawn, self._drawn, strict=False)) if new != old
        ]
        self._drawn = drawn
        if same_ids and len(changed) <= 2:
            for index in changed:
                self.replace_option_prompt_at_index(index, drawn[index][1])
            return
        top = self.scroll_offset.y
        self.set_options(options)
        self.highlighted = self._near(options, current, before)
        self.scroll_to(y=top, animate=False)
        if self.highlighted is not None:
            self.scroll_to_highlight()

    def _near(self, options: list[Option], current: str | None, before: int | None) -> int | None:
        games = [i for i, option in enumerate(options) if not option.disabled]
        same = [i for i in games if options[i].id == current]
        if same or not games:
            return same[0] if same else None
        return min(games, key=lambda i: abs(i - (before or 0)))

    def _options_now(self) -> list[Option]:
        lobby, screen = self._lobby, self.app.size
        two = screen.width >= TWO_LINES.width and screen.height >= TWO_LINES.height
        form = Form.TWO if two else Form.LINE if self.size.width >= ONE_LINE else Form.SHORT
        width = max(
            40, self.size.width - self.scrollbar_size_vertical * self.show_vertical_scrollbar
        )
        finished = lobby.done if self._all else lobby.done[:FEW_FINISHED]
        names = longest_name((*lobby.open, *finished), lobby.viewer)
        groups_shown = sum(map(bool, (lobby.your_turn, lobby.waiting, finished)))
        high = groups_shown + 3 * (len(lobby.open) + len(finished))
        rows = GameRows(
            lobby.viewer,
            self._now(),
            look_of(self.app),
            form,
            width,
            names,
            apart=high <= self.size.height,
        )
        gaps = screen.height >= GAPS_FROM and not rows.apart
        count = f"{len(lobby.done)}{'+' if lobby.more else ''}"
        groups: tuple[tuple[str, str, str, tuple[Game, ...]], ...] = (
            ("YOUR TURN", str(len(lobby.your_turn)), "$you", tuple(lobby.your_turn)),
            ("WAITING", str(len(lobby.waiting)), "$muted", tuple(lobby.waiting)),
            ("FINISHED", count, "$muted", finished),
        )
        options: list[Option] = []
        for title, number, style, games in groups:
            if games:
                heading = rows.heading(title, number, style, gap=gaps and bool(options))
                options.append(Option(heading, disabled=True))
                options += [Option(rows.row(game), id=game.game_id) for game in games]
        return options

    def on_mount(self) -> None:
        # It takes a column while it is there, which is no change of size.
        self.watch(self, "show_vertical_scrollbar", self.redraw, init=False)

    def on_resize(self) -> None:
        self.redraw()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Opened(event.option_id))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.Highlighted(event.option_id))

    def action_cursor_up(self) -> None:
        super().action_cursor_up()
        if self.highlighted is not None and not any(
            not option.disabled for option in self.options[: self.highlighted]
        ):
            self.scroll_home(animate=False)
