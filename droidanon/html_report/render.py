"""Renders a page as a self-contained HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from droidanon.errors import DroidanonError
from droidanon.escape import escape_text
from droidanon.html_report.assets import (
    LIBRARIES,
    MISSING,
    hash_source,
    packed_library,
    plotly_style_ids,
    script,
    style,
)
from droidanon.html_report.blobs import Blobs
from droidanon.html_report.page import Explorer, Figure, Page, SortableTable
from droidanon.version import __version__

if TYPE_CHECKING:
    from jinja2 import Template

_EMPTY_STYLE = ""
"""plotly adds a style element without text, and then its rules one by one."""

_NEEDED_BY = {"plotly": (Figure, Explorer), "tables": (SortableTable, Explorer)}
"""The sections that need each library."""


def render(page: Page) -> str:
    """Render a page as HTML with its content and the libraries it needs.

    Raises DroidanonError if a package of the extra `report` is not installed.
    """
    blobs = Blobs()
    widgets = {f"s{place}": _widget(section, blobs) for place, section in enumerate(page.sections)}
    manifest = blobs.add_json({key: widget for key, widget in widgets.items() if widget is not None})
    libraries = [name for name, kinds in _NEEDED_BY.items() if any(isinstance(one, kinds) for one in page.sections)]
    return _template().render(
        page=page,
        kinds=[type(section).__name__ for section in page.sections],
        blobs=blobs.texts,
        manifest=manifest,
        libraries={name: packed_library(name) for name in libraries},
        present_ids=plotly_style_ids() if "plotly" in libraries else (),
        policy=_policy(libraries),
        style=_markup(style()),
        script=_markup(script()),
        version=__version__,
    )


def _policy(libraries: Sequence[str]) -> str:
    """The page's policy: it loads and sends nothing, and allows only these scripts and styles."""
    scripts = " ".join(hash_source(text) for text in (script(), *(LIBRARIES[name]() for name in libraries)))
    styles = " ".join(hash_source(text) for text in (style(), _EMPTY_STYLE))
    return f"default-src 'none'; script-src {scripts}; style-src {styles}; base-uri 'none'; form-action 'none'"


def _widget(section: object, blobs: Blobs) -> dict[str, Any] | None:
    """What the page's script needs to show a section; None for a section of text."""
    if isinstance(section, Figure):
        return {"kind": "figure", "figure": blobs.add_json({"data": section.data, "layout": section.layout})}
    if isinstance(section, Explorer):
        return {
            "kind": "explorer",
            "levels": [blobs.add_column(column) for column in section.levels],
            "counters": [blobs.add_column(column) for column in section.counters],
            "vmas": blobs.add_column(section.vmas),
            "whole": section.whole,
            "colours": section.colours,
        }
    if isinstance(section, SortableTable):
        followed = section.followed
        return {
            "kind": "table",
            "followed": None if followed is None else blobs.add_numbers(followed),
            "columns": [blobs.add_column(column) for column in section.columns],
            "sort": section.sort,
            "descending": section.descending,
            "shown": section.rows_shown,
        }
    return None


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def _shown(value: Any) -> Any:
    """A value for the template, with control characters in texts made visible. Jinja then escapes it for HTML."""
    return escape_text(value) if type(value) is str else value


@cache
def _template() -> Template:
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError as error:
        raise DroidanonError(MISSING) from error
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")
