"""Book jackets. Five books, five hands: each painter takes the title and author and its own colours."""
import math
import random

CREAM = "#f8f1e0"


def mountains(title, author, sky, far, near, ink=CREAM):
    """A travel book: ridges one behind another under a low sun."""
    def paint(c):
        w, h = c.width, c.height
        c.fade(sky, CREAM)
        c.disc(w * 0.68, h * 0.52, w * 0.15, "#f6d27a")
        dice = random.Random(2)
        for layer in range(4):
            base, mix = h * (0.58 + 0.11 * layer), layer / 3
            colour = "#" + "".join(f"{round(int(far[i:i + 2], 16) * (1 - mix) + int(near[i:i + 2], 16) * mix):02x}" for i in (1, 3,
                                                                                                                              5))
            ridge = [(w * k / 9, base - h * 0.13 * dice.random()) for k in range(10)]
            c.shape([(0, h), *ridge, (w, h)], colour)
        _title(c, title, 0.13, 0.105, near, "Lato Black")
        c.text(author, w / 2, h * 0.95, h * 0.045, ink, "Lato", bold=True, fit=w * 0.8)
    return paint


def circles(title, author, ground, *colours):
    """A modern novel: overlapping discs."""
    def paint(c):
        w, h = c.width, c.height
        c.fill(ground)
        for k, colour in enumerate(colours):
            c.disc(w * (0.32 + 0.36 * (k % 2)), h * (0.52 + 0.15 * (k // 2)), w * 0.27, colour, 0.85)
        _title(c, title, 0.15, 0.12, CREAM, "Bebas Neue")
        c.text(author, w / 2, h * 0.94, h * 0.05, CREAM, "Bebas Neue", spacing=0.08, fit=w * 0.8)
    return paint


def cookbook(title, author, ground, band, fruit):
    """A cookery book: a plate of fruit under a bold band."""
    def paint(c):
        w, h = c.width, c.height
        c.fill(ground)
        c.disc(w / 2, h * 0.65, w * 0.37, "#ffffff")
        c.ring(w / 2, h * 0.65, w * 0.29, 4, "#cccccc")
        for k in range(7):
            a = 2 * math.pi * k / 6
            r = 0 if k == 6 else w * 0.16
            c.disc(w / 2 + r * math.cos(a), h * 0.65 + r * math.sin(a), w * 0.085, fruit)
            c.leaf(w / 2 + r * math.cos(a), h * 0.65 + r * math.sin(a) - w * 0.07, w * 0.07, w * 0.025, 40, "#3b7a3c")
        c.rect(0, h * 0.05, w, h * 0.30, band)
        _title(c, title, 0.17, 0.12, "#ffffff", "Lobster Two")
        c.text(author, w / 2, h * 0.95, h * 0.045, band, "Lato", bold=True, fit=w * 0.8)
    return paint


def night(title, author, sky, star, tree):
    """A children's book: a moon, stars and firs."""
    def paint(c):
        w, h = c.width, c.height
        c.fade(sky, "#5e6fb0")
        dice = random.Random(8)
        for _ in range(60):
            c.disc(w * dice.random(), h * 0.7 * dice.random(), 1 + 3 * dice.random(), star)
        c.disc(w * 0.5, h * 0.5, w * 0.2, star)
        c.disc(w * 0.58, h * 0.47, w * 0.17, "#3f4c8c")
        for k in range(8):
            x, tall = w * (k + 0.3) / 7.5, h * (0.16 + 0.1 * dice.random())
            for step in range(3):
                c.shape([(x - w * 0.08 * (1 - step * 0.25), h * 0.98 - tall * step * 0.3),
                         (x + w * 0.08 * (1 - step * 0.25), h * 0.98 - tall * step * 0.3), (x, h * 0.98 - tall * (0.45 + step * 0.3))], tree)
        c.rect(0, h * 0.965, w, h * 0.035, tree)
        _title(c, title, 0.14, 0.11, "#ffffff", "Comfortaa")
        c.text(author, w / 2, h * 0.94, h * 0.04, "#ffffff", "Lato", bold=True, fit=w * 0.8)
    return paint


def botanical(title, author, ground, leaf_colour, ink):
    """A garden book: one symmetrical plant in a frame."""
    def paint(c):
        w, h = c.width, c.height
        c.fill(ground)
        c.line([(w * 0.06, h * 0.04), (w * 0.94, h * 0.04), (w * 0.94, h * 0.96), (w * 0.06, h * 0.96), (w * 0.06, h * 0.04)], 5,
               ink)
        c.line([(w / 2, h * 0.88), (w / 2, h * 0.42)], 6, leaf_colour)
        for k in range(6):
            y, length = h * (0.85 - 0.07 * k), h * (0.17 - 0.012 * k)
            c.leaf(w / 2, y, length, length * 0.28, 58, leaf_colour, ground)
            c.leaf(w / 2, y, length, length * 0.28, -58, leaf_colour, ground)
        for k in range(9):
            c.leaf(w / 2, h * 0.42, h * 0.07, h * 0.02, 40 * k, "#d9574a")
        c.disc(w / 2, h * 0.42, h * 0.018, "#f2c230")
        _title(c, title, 0.14, 0.095, ink, "Lato Black")
        c.text(author, w / 2, h * 0.935, h * 0.04, ink, "Lato", bold=True, fit=w * 0.8)
    return paint


def _title(c, lines, top, size, ink, font):
    for k, line in enumerate(lines):
        c.text(line, c.width / 2, c.height * (top + size * 1.05 * k), c.height * size, ink, font, bold=True, fit=c.width * 0.84)
