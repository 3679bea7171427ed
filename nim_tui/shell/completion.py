"""`completion`: the script for a shell. What it offers is found by `completing`, at each tab."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from nim_tui.options import COMPLETE
from nim_tui.shell.command import Command

if TYPE_CHECKING:
    from nim_tui.shell.call import Invocation

SCRIPTS = {
    "bash": f"""\
# Completion of nim-tui for bash: eval "$(nim-tui completion bash)" in ~/.bashrc
_nim_tui() {{
    local IFS=$'\\n'
    COMPREPLY=($("$1" {COMPLETE} "${{COMP_WORDS[@]:1:COMP_CWORD}}" 2>/dev/null))
}}
complete -o default -F _nim_tui nim-tui
""",
    "zsh": f"""\
#compdef nim-tui
# Completion of nim-tui for zsh: eval "$(nim-tui completion zsh)" in ~/.zshrc, after compinit
_nim_tui() {{
    local -a found
    found=("${{(@f)$("${{words[1]}}" {COMPLETE} "${{(@)words[2,CURRENT]}}" 2>/dev/null)}}")
    if (( ${{#found[1]}} )); then compadd -- "${{found[@]}}"; else _files; fi
}}
compdef _nim_tui nim-tui
""",
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=tuple(SCRIPTS), help="the shell")


def _completion(call: Invocation) -> None:
    script = SCRIPTS[call.given.shell]
    if call.out.as_json:
        call.out.document({"shell": call.given.shell, "script": script})
    else:
        call.out.line(script.rstrip("\n"))


COMMANDS = (
    Command(
        "completion",
        "the completion script of a shell",
        _completion,
        ('eval "$(nim-tui completion bash)"', "nim-tui completion zsh > _nim-tui"),
        _arguments,
    ),
)
