"""Drawing flat artwork with cairo: what is printed on packages, mugs, books and cushions."""
import math
from dataclasses import dataclass
from typing import Callable

import cairo


@dataclass(frozen=True)
class Art:
    """A picture to be drawn once into the work folder; `paint(canvas)` does it."""
    name: str
    width: int
    height: int
    paint: Callable

    @property
    def path(self):
        return f"art/{self.name}.png"

    def save(self, folder):
        pen = Canvas(self.width, self.height)
        self.paint(pen)
        pen.surface.write_to_png(f"{folder}/{self.path}")


class Canvas:
    """A cairo picture with the few strokes our artists use. Origin top left, y down, units are pixels."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.surface = cairo.ImageSurface(cairo.FORMAT_RGB24, width, height)
        self.context = cairo.Context(self.surface)

    def ink(self, colour, alpha=1.0):
        self.context.set_source_rgba(*(int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)), alpha)

    def fill(self, colour):
        self.ink(colour)
        self.context.paint()

    def fade(self, top, bottom):
        """Fills the picture with a vertical gradient."""
        shade = cairo.LinearGradient(0, 0, 0, self.height)
        for stop, colour in ((0, top), (1, bottom)):
            shade.add_color_stop_rgb(stop, *(int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)))
        self.context.set_source(shade)
        self.context.paint()

    def rect(self, x, y, width, height, colour, radius=0.0, alpha=1.0):
        self.ink(colour, alpha)
        pen = self.context
        if radius <= 0:
            pen.rectangle(x, y, width, height)
        else:
            pen.new_sub_path()
            for cx, cy, start in ((x + width - radius, y + radius, -90), (x + width - radius, y + height - radius, 0),
                                  (x + radius, y + height - radius, 90), (x + radius, y + radius, 180)):
                pen.arc(cx, cy, radius, math.radians(start), math.radians(start + 90))
            pen.close_path()
        pen.fill()

    def disc(self, x, y, radius, colour, alpha=1.0):
        self.ink(colour, alpha)
        self.context.arc(x, y, radius, 0, 2 * math.pi)
        self.context.fill()

    def ring(self, x, y, radius, thick, colour, alpha=1.0):
        self.ink(colour, alpha)
        self.context.set_line_width(thick)
        self.context.arc(x, y, radius, 0, 2 * math.pi)
        self.context.stroke()

    def oval(self, x, y, rx, ry, colour, turn=0.0, alpha=1.0):
        pen = self.context
        pen.save()
        pen.translate(x, y)
        pen.rotate(math.radians(turn))
        pen.scale(rx, ry)
        self.ink(colour, alpha)
        pen.arc(0, 0, 1, 0, 2 * math.pi)
        pen.fill()
        pen.restore()

    def shape(self, points, colour, alpha=1.0):
        self.ink(colour, alpha)
        self.context.move_to(*points[0])
        for point in points[1:]:
            self.context.line_to(*point)
        self.context.close_path()
        self.context.fill()

    def line(self, points, thick, colour, alpha=1.0):
        self.ink(colour, alpha)
        pen = self.context
        pen.set_line_width(thick)
        pen.set_line_cap(cairo.LINE_CAP_ROUND)
        pen.set_line_join(cairo.LINE_JOIN_ROUND)
        pen.move_to(*points[0])
        for point in points[1:]:
            pen.line_to(*point)
        pen.stroke()

    def leaf(self, x, y, length, width, turn, colour, vein=None):
        """A pointed leaf growing from (x, y) in the direction `turn` (degrees, 0 is up)."""
        pen = self.context
        pen.save()
        pen.translate(x, y)
        pen.rotate(math.radians(turn))
        self.ink(colour)
        pen.move_to(0, 0)
        pen.curve_to(width, -length * 0.3, width * 0.7, -length * 0.8, 0, -length)
        pen.curve_to(-width * 0.7, -length * 0.8, -width, -length * 0.3, 0, 0)
        pen.fill()
        if vein:
            self.line([(0, 0), (0, -length * 0.85)], max(1.0, length * 0.03), vein)
        pen.restore()

    def text(self, words, x, y, size, colour, font="Lato", bold=False, italic=False, fit=None, align=0.5, spacing=0.0):
        """Writes one line with its baseline at y; shrinks it to `fit` pixels; `align` 0 left, 0.5 centred, 1 right.

        Returns the size used, so that lines which belong together can share it.
        """
        pen = self.context
        pen.select_font_face(font, cairo.FONT_SLANT_ITALIC if italic else cairo.FONT_SLANT_NORMAL,
                             cairo.FONT_WEIGHT_BOLD if bold else cairo.FONT_WEIGHT_NORMAL)
        pen.set_font_size(size)
        width = self._width(words, spacing * size)
        if fit and width > fit:
            size *= fit / width
            pen.set_font_size(size)
            width = self._width(words, spacing * size)
        self.ink(colour)
        cursor = x - width * align
        for letter in (words if spacing else [words]):
            pen.move_to(cursor, y)
            pen.show_text(letter)
            cursor += pen.text_extents(letter).x_advance + spacing * size
        return size

    def _width(self, words, gap):
        if not gap:
            return self.context.text_extents(words).x_advance
        return sum(self.context.text_extents(letter).x_advance + gap for letter in words) - gap
