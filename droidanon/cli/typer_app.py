"""The command line in Typer: a command is a function in the module of its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from droidanon.version import __version__

_GROUPS = {
    "fleet": "Store and query facts about many captures.",
    "lab": "Run plans on all phones of a lab.",
    "rules": "Test your own rule files.",
}


class _Command(TyperCommand):
    """A command whose usage line shows a required argument as `SOURCE`; Typer would print `{SOURCE}`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


def _group_class(sections: Mapping[str, Sequence[str]]) -> type[TyperGroup]:
    """A group that lists its commands by section."""

    class _Group(TyperGroup):
        def format_commands(self, ctx: Any, formatter: Any) -> None:
            del ctx
            width = max(map(len, self.commands))
            for section, members in sections.items():
                names = dict.fromkeys(words.split()[0] for words in members)
                rows = [
                    (name.ljust(width), self.commands[name].get_short_help_str())
                    for name in names
                    if name in self.commands
                ]
                if rows:
                    with formatter.section(section):
                        formatter.write_dl(rows, col_max=20)

    return _Group


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"droidanon {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    del version, debug


def make_app(
    commands: Iterable[str],
    guarded: Callable[[Callable[..., int | None]], Callable[..., Any]],
    sections: Mapping[str, Sequence[str]],
) -> typer.Typer:
    """The command line with the given commands, each wrapped by `guarded`; `--help` lists them by section."""
    made = typer.Typer(
        name="droidanon",
        cls=_group_class(sections),
        help=(
            "Where does my Android app's memory go? Named anonymous memory from /proc/*/smaps: breakdown, diff and TUI."
        ),
        epilog="Start with: droidanon tui --sample",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_options)
    groups: dict[str, typer.Typer] = {}
    for words in commands:
        group, _, name = words.rpartition(" ")
        if group and group not in groups:
            groups[group] = typer.Typer(help=_GROUPS[group], no_args_is_help=True, rich_markup_mode=None)
        module = import_module(f"droidanon.cli.{re.sub('[ -]', '_', words)}")
        function = getattr(module, name.replace("-", "_"))
        (groups[group] if group else made).command(name, cls=_Command)(guarded(function))
    for group, of_group in groups.items():
        made.add_typer(of_group, name=group)
    return made
