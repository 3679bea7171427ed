"""The list of lessons: which of them have been won, and what the highlighted one is about."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from nim_tui import messages
from nim_tui.config.settings import HasSettings
from nim_tui.model.lessons import LESSONS, Lesson
from nim_tui.paint import HeapView
from nim_tui.screens.layer import Layer
from nim_tui.text import lessons as lesson_text
from nim_tui.theme.themes import look_of
from nim_tui.widgets.board.heap_row import HeapRow
from nim_tui.widgets.header import Header
from nim_tui.widgets.keys import Hint, KeysFooter
from nim_tui.widgets.option_list import Options

HINTS = (
    Hint("enter", "begin", "screen.begin"),
    Hint("↑ ↓", "choose", "screen.step(1)"),
    Hint("esc", "menu", "screen.leave"),
    Hint("?", "help", "app.help"),
)


class LessonsScreen(Layer[None]):
    """A numbered list. At first the highlight is on the first lesson that has not been won."""

    CSS_PATH = "lessons.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-normal"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-high")]
    AUTO_FOCUS = "#list"
    BINDINGS = [
        Binding("enter", "begin", "begin this lesson", show=False),
        Binding("up,k", "step(-1)", "the lesson above", show=False),
        Binding("down,j", "step(1)", "the lesson below", show=False),
        Binding("home,g", "go(0)", "the first lesson", show=False),
        Binding("end,G", "go(-1)", "the last lesson", show=False),
        *(
            Binding(str(index + 1), f"open({index})", "the lesson with that number", show=False)
            for index in range(len(LESSONS))
        ),
        Binding("escape", "leave", "back", show=False),
    ]

    def compose(self) -> ComposeResult:
        yield Header("learn to win")
        with Horizontal(id="middle"):
            with Vertical(id="left"):
                yield Options(id="list", markup=False)
                yield Static(id="done", markup=False)
            with Vertical(id="right"):
                yield Static(id="about", markup=False)
                yield HeapRow(keyed=False)
        yield KeysFooter(HINTS)

    def on_mount(self) -> None:
        self._write()
        self._list.highlighted = self._next

    def on_screen_resume(self) -> None:
        # A lesson may have been won meanwhile, and the glyphs may have changed.
        if self.is_mounted and self._list.option_count:
            self._write()
            self._list.highlighted = self._next

    @property
    def _list(self) -> Options:
        return self.query_one("#list", Options)

    @property
    def _done(self) -> tuple[str, ...]:
        return self.app.settings.lessons_done if isinstance(self.app, HasSettings) else ()

    @property
    def _next(self) -> int:
        """The first lesson that has not been won; if all have been, the first one."""
        done = self._done
        left = (i for i, lesson in enumerate(LESSONS) if lesson.idea.value not in done)
        return next(left, 0)

    def _write(self) -> None:
        self._list.set_options(
            Option(self._row(number, lesson), id=lesson.idea.value)
            for number, lesson in enumerate(LESSONS, 1)
        )
        won = sum(lesson.idea.value in self._done for lesson in LESSONS)
        self.query_one("#done", Static).update(Content(f"{won} of {len(LESSONS)} won"))

    def _row(self, number: int, lesson: Lesson) -> Content:
        done = lesson.idea.value in self._done
        mark = look_of(self.app).marks.good if done else " "
        return Content.assemble(
            (f"{number}", "$ink bold"), "  ", (mark, "$good bold"), f"  {lesson_text.title(lesson)}"
        )

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        lesson = LESSONS[event.option_index]
        self.query_one("#about", Static).update(Content(lesson_text.before(lesson)))
        one, two, three = (HeapView(count, count) for count in lesson.start)
        self.query_one(HeapRow).show((one, two, three), largest=max(lesson.start), open_=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_open(event.option_index)

    def action_begin(self) -> None:
        """Open the highlighted lesson."""
        self.action_open(self._list.highlighted or 0)

    def action_open(self, index: int) -> None:
        """Open a lesson, by its index in the list."""
        self.post_message(messages.LessonWanted(index))

    def action_step(self, by: int) -> None:
        """Move between the lessons; wrap around at the ends."""
        self._list.highlighted = ((self._list.highlighted or 0) + by) % len(LESSONS)

    def action_go(self, index: int) -> None:
        """Go to a lesson; -1 is the last one."""
        self._list.highlighted = index % len(LESSONS)

    def action_leave(self) -> None:
        """Return to the welcome screen."""
        self.dismiss()
