"""The form for signing in and for registering: labels, hints, fields, and what is wrong.

It knows no client: it posts what was typed, and shows problems. What was typed stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.theme.themes import look_of
from nim_tui.widgets.error_line import ErrorLine
from nim_tui.widgets.focus_row import ShowsFocus
from nim_tui.widgets.inputs import PlainInput, SecretInput

NEEDED = "is required"

# Columns in the row of the label that neither it nor a problem can use: margins, and the mark.
BESIDE = 7


@dataclass(frozen=True)
class Spec:
    """A field: its id, its name on the wire, its label, and hints."""

    id: str
    wire: str
    label: str
    hint: str = ""
    placeholder: str = ""
    secret: bool = False
    optional: bool = False
    hidden: bool = False


class Field(Vertical, ShowsFocus):
    """A label with its hint or its problem; the input is below, on low screens beside it."""

    def __init__(self, spec: Spec) -> None:
        super().__init__(classes="field")
        self.spec = spec
        self.display = not spec.hidden
        self._problem = ""

    def compose(self) -> ComposeResult:
        yield Static(Content(self.spec.label), classes="name")
        yield Static(Content(self.spec.hint), classes="note -beside")
        with Horizontal(classes="entry"):
            yield Static(Content(look_of(self.app).marks.focus), classes="focus-mark")
            yield Static(Content("["), classes="bracket")
            kind = SecretInput if self.spec.secret else PlainInput
            yield kind(
                id=self.spec.id,
                password=self.spec.secret,
                placeholder=self.spec.placeholder,
                max_length=200,
                compact=True,
                select_on_focus=False,
            )
            yield Static(Content("]"), classes="bracket")
        yield Static(Content(self.spec.hint), classes="note -below")

    @property
    def input(self) -> Input:
        """The field's input."""
        return self.query_one(Input)

    @property
    def value(self) -> str:
        """What was typed; except in passwords, without blanks around it."""
        return self.input.value if self.spec.secret else self.input.value.strip()

    def require(self, hint: str) -> None:
        """From now on something has to be typed here."""
        self.spec = replace(self.spec, optional=False, hint=hint)
        self.say()

    @property
    def missing(self) -> bool:
        """Whether something still has to be typed here."""
        return bool(self.display) and not self.spec.optional and not self.value

    def say(self, problem: str = "", *, good: bool = False) -> None:
        """Show what is wrong, or that the field is good, or, with neither, the hint again."""
        marks = look_of(self.app).marks
        self._problem = clean(problem, SENTENCE_WIDTH).rstrip(".") if problem else ""
        note = Content(self.spec.hint)
        if problem:
            note = Content.styled(f"{marks.bad} {self._problem}", "$bad")
        elif good:
            note = Content.styled(marks.good, "$good")
        for place in self.query(".note").results(Static):
            place.update(note)
        self.set_class(bool(problem), "-wrong")
        self._make_room()

    def on_resize(self) -> None:
        self._make_room()

    def _make_room(self) -> None:
        """Put a problem that is too long for the row of the label into rows of its own."""
        room = self.size.width - cell_len(self.spec.label) - BESIDE
        self.set_class(cell_len(self._problem) > room, "-long")


class CredentialsForm(Vertical):
    """Fields in a column, and a line for what is wrong with the whole form."""

    @dataclass
    class Submitted(Message):
        """The form is complete: `values` by names on the wire, without empty ones."""

        values: dict[str, str]

    def __init__(self, specs: Iterable[Spec]) -> None:
        super().__init__()
        self._specs = tuple(specs)

    def compose(self) -> ComposeResult:
        for spec in self._specs:
            yield Field(spec)
        yield ErrorLine()

    @property
    def fields(self) -> list[Field]:
        """The fields, from the top."""
        return list(self.query(Field))

    def field(self, wire: str) -> Field | None:
        """The field with this name on the wire."""
        return next((field for field in self.fields if field.spec.wire == wire), None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        field = next((field for field in self.fields if field.input is event.input), None)
        if field is not None and field.has_class("-wrong"):
            field.say()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """`enter` goes to the first empty field, and submits if there is none."""
        event.stop()
        missing = next((field for field in self.fields if field.missing), None)
        if missing is not None and missing.input is not event.input:
            missing.input.focus()
        else:
            self.submit()

    def submit(self) -> None:
        """Post what was typed, or show what is missing."""
        missing = [field for field in self.fields if field.missing]
        for field in missing:
            field.say(NEEDED)
        if missing:
            self.show_error(f"{missing[0].spec.label} {NEEDED}.")
            missing[0].input.focus()
            return
        self.show_error("")
        values = {field.spec.wire: field.value for field in self.fields if field.display}
        self.post_message(self.Submitted({wire: value for wire, value in values.items() if value}))

    def show_error(self, message: str) -> None:
        """Show a sentence about the whole form; an empty one clears the line."""
        self.query_one(ErrorLine).show(message)

    def show_problems(self, problems: Mapping[str, str], message: str) -> None:
        """Show what is wrong: beside each field, and in one sentence below."""
        first: Field | None = None
        sentence = message
        for field in self.fields:
            problem = problems.get(field.spec.wire, "")
            field.say(problem, good=bool(problems) and not problem and bool(field.value))
            if problem and first is None:
                # In full here: beside the label there may not be room for all of it.
                first, sentence = field, f"{field.spec.label} {problem}"
        self.show_error(sentence)
        if first is not None:
            first.input.focus()
