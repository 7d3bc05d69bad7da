"""The timeline: memory stacked over time, drawn line by line, with a cursor, marks and a legend."""

from __future__ import annotations

from dataclasses import dataclass

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from droidanon_tui import keys
from droidanon_tui.category_colors import hue, part_hue, sign_colour
from droidanon_tui.formats import unit_shape
from droidanon_tui.live.axis import (
    LIMIT_SIGN,
    LegendLine,
    Tick,
    amount_ticks,
    column_of,
    cursor_at,
    cursor_step,
    legend,
    limit_rows,
    time_line,
    top_of,
)
from droidanon_tui.live.layers import LayerCell, picture, swatch
from droidanon_tui.live.state import Timeline
from droidanon_tui.live.wording import format_share
from droidanon_tui.widgets.cells import fit_number, fit_text

_AXIS = 10
_LEGEND = 37
_WIDE = 90
"""Columns from which on the legend fits next to the picture."""
_DIM_SHARE = 0.62
_NO_TICK = Tick("", "│")


class TimelineView(Widget, can_focus=True):
    """Draws a `Timeline`. Left and right move its cursor; TimeMoved reports where to."""

    BINDINGS = keys.bindings(keys.TIMELINE)
    DEFAULT_CSS = """
    TimelineView { background: $background; color: $foreground; }
    """

    @dataclass
    class TimeMoved(Message):
        """The cursor is at another time; None is now."""

        at: float | None

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.timeline: Timeline | None = None
        self.unit = "kB"
        self.empty = ""
        self._cells: list[list[LayerCell]] = []
        self._legend: list[LegendLine] = []
        self._ticks: dict[int, Tick] = {}
        self._limits: list[int | None] = []

    def show(self, timeline: Timeline | None, *, unit: str, empty: str = "") -> None:
        """Other data, or none and why."""
        self.timeline, self.unit, self.empty = timeline, unit, empty
        self.border_title = Content(timeline.title) if timeline is not None else None
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._draw()

    @property
    def _legend_width(self) -> int:
        return _LEGEND if self.content_size.width >= _WIDE else 0

    @property
    def picture_width(self) -> int:
        return max(1, self.content_size.width - _AXIS - self._legend_width)

    def _draw(self) -> None:
        timeline, height = self.timeline, max(1, self.content_size.height - 1)
        self._cells, self._legend, self._ticks, self._limits = [], [], {}, []
        if timeline is not None and self.content_size.width > _AXIS:
            top = top_of(timeline)
            self._cells = picture(
                timeline.layers,
                self.picture_width,
                height,
                timeline.begin,
                timeline.end,
                top,
                coloured=not self.app.no_color,
            )
            self._ticks = amount_ticks(top, height)
            self._limits = limit_rows(timeline, self.picture_width, height, top)
            if (last := self._limits[-1]) is not None:
                self._ticks.setdefault(last, Tick("limit", LIMIT_SIGN))
            shapes = unit_shape(self.unit), unit_shape(self.unit, signed=True)
            self._legend = legend(timeline, height + 1, *shapes)
        line = self._legend[0] if self._legend and not self._legend_width else None
        self.border_subtitle = self._summary(line) if line is not None else None
        self.refresh()

    def _summary(self, line: LegendLine) -> str:
        """The legend in one line: the total, and the share of the limit."""
        total = f"{line.name} · {line.amount} {self.unit} {line.delta}".rstrip()
        limit = self.timeline.limit if self.timeline is not None else None
        return total if limit is None else f"{total} · anon+swap {format_share(limit.share)} of Play's limit"

    # --- drawing

    def render_line(self, y: int) -> Strip:
        width, base = self.content_size.width, self.rich_style
        timeline = self.timeline
        if timeline is None or not self._cells:
            lines = self.empty.splitlines()
            return Strip([Segment(fit_text(f" {lines[y]}" if y < len(lines) else "", width), base)])
        dim = base + Style(color=self.background_colors[1].blend(self.colors[3], _DIM_SHARE).rich_color)
        cursor = None if timeline.cursor is None else column_of(timeline, timeline.cursor, self.picture_width)
        base_column = (
            None if timeline.base_time is None else column_of(timeline, timeline.base_time, self.picture_width)
        )
        if y < len(self._cells):
            tick = self._ticks.get(y, _NO_TICK)
            segments = [Segment(f"{tick.text:>{_AXIS - 2}} {tick.sign}", dim)]
            lines_at = {column: style for column, style in ((base_column, dim), (cursor, base)) if column is not None}
            segments += self._picture_line(y, lines_at, base)
        elif y == len(self._cells):
            segments = [Segment(f"{'':>{_AXIS - 1}}└", dim), *self._time_line(timeline, base, dim)]
        else:
            segments = [Segment(" " * (_AXIS + self.picture_width), base)]
        if self._legend_width:
            segments += self._legend_line(y, base, dim)
        return Strip(segments).adjust_cell_length(width, base)

    def _time_line(self, timeline: Timeline, base: Style, dim: Style) -> list[Segment]:
        width = self.picture_width
        letters = {column_of(timeline, mark.time, width) for mark in timeline.marks}
        return [
            Segment(char, base + Style(bold=True) if char in "▲◆" or column in letters else dim)
            for column, char in enumerate(time_line(timeline, width))
        ]

    def _picture_line(self, y: int, lines_at: dict[int, Style], base: Style) -> list[Segment]:
        segments: list[Segment] = []
        for column, cell in enumerate(self._cells[y]):
            if self._limits[column] == y:
                behind = None if self.app.no_color or cell.front is None else Color.parse(self._hue(cell.front))
                segments.append(Segment(LIMIT_SIGN, base + Style(bold=True, bgcolor=behind)))
            elif column in lines_at and cell.front is None:
                segments.append(Segment("│", lines_at[column]))
            else:
                segments.append(Segment(cell.char, self._style(cell, base)))
        return segments

    def _style(self, cell: LayerCell, base: Style) -> Style:
        if self.app.no_color or cell.front is None:
            return base
        back = None if cell.back is None else Color.parse(self._hue(cell.back))
        return base + Style(color=Color.parse(self._hue(cell.front)), bgcolor=back)

    def _hue(self, layer: int) -> str:
        assert self.timeline is not None
        dark, name = self.app.current_theme.dark, self.timeline.layers.names[layer]
        return hue(name, dark=dark) if self.timeline.by_category else part_hue(name, dark=dark)

    def _legend_line(self, y: int, base: Style, dim: Style) -> list[Segment]:
        if y >= len(self._legend):
            return []
        line = self._legend[y]
        coloured = not self.app.no_color
        mark = line.mark if line.layer is None else swatch(line.layer, coloured=coloured)
        ink = base if line.layer is None or not coloured else base + Style(color=Color.parse(self._hue(line.layer)))
        colour = sign_colour(line.sign, dark=self.app.current_theme.dark) if coloured else None
        change = base + Style(color=Color.parse(colour)) if colour else dim
        name = base + Style(bold=True) if y == 0 else base
        return [
            Segment("  ", base),
            Segment(f"{mark} ", ink),
            Segment(fit_text(line.name, 11), name),
            Segment(fit_number(line.amount, 10), name),
            Segment(fit_number(line.delta, 11), change),
            Segment(" ", base),
        ]

    # --- moving

    def _go_to(self, time: float | None) -> None:
        self.post_message(self.TimeMoved(time))

    def action_earlier(self) -> None:
        if self.timeline is not None:
            self._go_to(cursor_step(self.timeline, -1, self.picture_width))

    def action_later(self) -> None:
        if self.timeline is not None:
            self._go_to(cursor_step(self.timeline, 1, self.picture_width))

    def action_now(self) -> None:
        self._go_to(None)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self.timeline is None or not _AXIS <= offset.x < _AXIS + self.picture_width:
            return
        self._go_to(cursor_at(self.timeline, offset.x - _AXIS, self.picture_width))
