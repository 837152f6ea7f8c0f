"""What is printed on packages: brand, variety, picture, weight and a real barcode. Each function returns a painter."""
import math
import random

import barcode

DARK, CREAM = "#26201b", "#fbf5e6"


def cereal_front(brand, title, tagline, top, bottom, accent, piece, pieces):
    """A breakfast carton: brand on its ribbon, the variety in two huge lines, a bowl brimming over."""
    def paint(c):
        w, h = c.width, c.height
        c.fade(top, bottom)
        for k in range(24):
            a = 2 * math.pi * k / 24
            c.shape([(w / 2, h * 0.66), (w / 2 + h * math.cos(a), h * 0.66 + h * math.sin(a)),
                     (w / 2 + h * math.cos(a + 0.13), h * 0.66 + h * math.sin(a + 0.13))], "#ffffff", 0.13)
        c.rect(0, h * 0.035, w, h * 0.125, accent)
        c.text(brand, w / 2, h * 0.128, h * 0.1, "#ffffff", "Lato Black", fit=w * 0.88)
        for k, line in enumerate(title):
            size = c.text(line, w / 2 + 4, h * (0.285 + 0.125 * k) + 5, h * 0.155, DARK, "Lato Black", fit=w * 0.9)
            c.text(line, w / 2, h * (0.285 + 0.125 * k), size, "#ffffff", "Lato Black")
        c.text(tagline, w / 2, h * 0.472, h * 0.04, DARK, "Lato", bold=True, fit=w * 0.9)
        _bowl(c, w / 2, h * 0.68, w * 0.41, accent, piece, pieces)
        c.rect(w * 0.05, h * 0.925, w * 0.3, h * 0.05, "#ffffff", 14)
        c.text("375 g e", w * 0.2, h * 0.962, h * 0.034, DARK, "Lato", bold=True)
        c.disc(w * 0.86, h * 0.935, w * 0.085, accent)
        c.text("whole", w * 0.86, h * 0.932, h * 0.026, "#ffffff", "Lato", bold=True)
        c.text("grain", w * 0.86, h * 0.955, h * 0.026, "#ffffff", "Lato", bold=True)
    return paint


def _bowl(c, x, y, r, colour, piece, shades):
    """A bowl in profile with milk and a heap of hoops, flakes or stars; a few fall in from above."""
    dice = random.Random(4)
    c.oval(x, y, r, r * 0.32, "#ffffff")
    c.oval(x, y + 4, r * 0.93, r * 0.27, "#fffaf0")
    for _ in range(70):
        a, out = 2 * math.pi * dice.random(), math.sqrt(dice.random()) * 0.85
        _piece(c, piece, x + r * out * math.cos(a), y - r * 0.05 + r * 0.26 * out * math.sin(a) - r * 0.14 * (1 - out), r * 0.1,
               dice.choice(shades), dice.random() * 360)
    for k in range(7):
        _piece(c, piece, x + r * (-0.75 + 0.25 * k), y - r * (0.36 + 0.07 * ((k * 5) % 3)), r * 0.11, shades[k % len(shades)],
               40 * k)
    pen = c.context
    c.ink(colour)
    pen.move_to(x - r, y)
    pen.curve_to(x - r * 0.95, y + r * 0.62, x - r * 0.5, y + r * 0.78, x, y + r * 0.78)
    pen.curve_to(x + r * 0.5, y + r * 0.78, x + r * 0.95, y + r * 0.62, x + r, y)
    pen.curve_to(x + r * 0.75, y + r * 0.32, x - r * 0.75, y + r * 0.32, x - r, y)
    pen.fill()
    c.oval(x - r * 0.55, y + r * 0.42, r * 0.07, r * 0.18, "#ffffff", 28, 0.4)


def _piece(c, kind, x, y, size, colour, turn):
    if kind == "hoop":
        c.ring(x, y, size * 0.8, size * 0.62, "#000000", 0.18)
        c.ring(x, y - 2, size * 0.8, size * 0.55, colour)
    elif kind == "star":
        c.shape([(x + size * (1.3 if k % 2 == 0 else 0.6) * math.cos(math.radians(turn + 36 * k)),
                  y + size * (1.3 if k % 2 == 0 else 0.6) * math.sin(math.radians(turn + 36 * k))) for k in range(10)], colour)
    else:
        c.oval(x, y, size * 1.25, size * 0.75, colour, turn)
        c.oval(x + 2, y + 2, size * 0.8, size * 0.35, "#ffffff", turn, 0.25)


def cereal_side(brand, top, bottom, accent):
    """The narrow side: brand running up, a nutrition table below."""
    def paint(c):
        w, h = c.width, c.height
        c.fade(top, bottom)
        pen = c.context
        pen.save()
        pen.translate(w * 0.5, h * 0.34)
        pen.rotate(-math.pi / 2)
        c.text(brand, 0, w * 0.17, w * 0.5, accent, "Lato Black", fit=h * 0.5)
        pen.restore()
        _nutrition(c, w * 0.1, h * 0.64, w * 0.8, h * 0.3)
    return paint


def cereal_back(brand, title, gtin, top, bottom, accent):
    """The back: a word about the grain, the table, and the barcode at a size any scanner reads."""
    def paint(c):
        w, h = c.width, c.height
        c.fade(top, bottom)
        c.rect(0, h * 0.035, w, h * 0.1, accent)
        c.text(brand, w / 2, h * 0.112, h * 0.08, "#ffffff", "Lato Black", fit=w * 0.85)
        c.text(" ".join(title), w / 2, h * 0.21, h * 0.06, DARK, "Lato Black", fit=w * 0.85)
        for k, line in enumerate(("Baked slowly in small ovens from", "whole oats, wheat and barley.",
                                  "A good morning, every morning.")):
            c.text(line, w / 2, h * (0.27 + 0.045 * k), h * 0.034, DARK, "Lato", bold=True, fit=w * 0.85)
        _nutrition(c, w * 0.08, h * 0.42, w * 0.84, h * 0.26)
        module = int(w * 0.66 / 113)
        barcode.draw(c, gtin, (w - 113 * module) / 2, h * 0.74, module, h * 0.16)
    return paint


def _nutrition(c, x, y, w, h):
    rows = (("Energy", "1586 kJ"), ("Fat", "4.1 g"), ("Sugars", "17 g"), ("Fibre", "8.9 g"), ("Protein", "9.8 g"),
            ("Salt", "0.6 g"))
    c.rect(x, y, w, h, "#ffffff", 8)
    step = h / (len(rows) + 1.4)
    c.text("Nutrition per 100 g", x + w / 2, y + step, step * 0.75, DARK, "Lato", bold=True, fit=w * 0.9)
    for k, (what, much) in enumerate(rows):
        line = y + step * (2.1 + k)
        c.text(what, x + w * 0.06, line, step * 0.66, DARK, "Lato", align=0)
        c.text(much, x + w * 0.94, line, step * 0.66, DARK, "Lato", align=1)
        c.rect(x + w * 0.05, line + step * 0.18, w * 0.9, 1.5, "#999999")


def tea_front(brand, blend, kind, ground, gold, leaf_colour, gtin, motif="leaf"):
    """A wide tea carton: a fine frame, brand and blend on the left, a cup or leaves above the barcode on the right."""
    def paint(c):
        w, h = c.width, c.height
        c.fill(ground)
        for inset, thick in ((0.03, 6), (0.045, 2)):
            e = inset * w
            c.line([(e, e), (w - e, e), (w - e, h - e), (e, h - e), (e, e)], thick, gold)
        left = w * 0.275
        c.text(brand, left, h * 0.30, h * 0.2, gold, "Lato Black", fit=w * 0.40)
        c.rect(w * 0.095, h * 0.365, w * 0.36, 4, gold)
        for k, line in enumerate(blend):
            c.text(line, left, h * (0.56 + 0.18 * k), h * 0.19, CREAM, "Lobster Two", bold=True, italic=True, fit=w * 0.40)
        c.text(kind, left, h * 0.88, h * 0.062, gold, "Lato", bold=True, fit=w * 0.40)
        _tea_motif(c, motif, w * 0.72, h * 0.47, h * 0.3, leaf_colour, gold)
        module = max(2, round(w * 0.44 / 113))
        barcode.draw(c, gtin, w * 0.72 - 113 * module / 2, h * 0.60, module, h * 0.2)
    return paint


def _tea_motif(c, motif, x, y, r, colour, gold):
    if motif == "leaf":
        for turn, length in ((-62, 0.9), (-30, 1.1), (0, 1.25), (30, 1.1), (62, 0.9)):
            c.leaf(x, y, r * length, r * 0.28, turn, colour, gold)
    elif motif == "flower":
        for k in range(13):
            c.leaf(x, y - r * 0.45, r * 0.72, r * 0.16, 360 * k / 13, "#ffffff")
        c.disc(x, y - r * 0.45, r * 0.24, "#f2b824")
    elif motif == "sun":
        for k in range(16):
            a = 2 * math.pi * k / 16
            c.line([(x + r * 0.5 * math.cos(a), y - r * 0.45 + r * 0.5 * math.sin(a)),
                    (x + r * 0.75 * math.cos(a), y - r * 0.45 + r * 0.75 * math.sin(a))], r * 0.07, gold)
        c.disc(x, y - r * 0.45, r * 0.4, colour)
    else:
        c.disc(x, y - r * 0.4, r * 0.62, colour)
        c.shape([(x - r * 0.62, y - r * 0.1), (x - r * 0.1, y - r * 0.75), (x + r * 0.25, y - r * 0.35), (x + r * 0.4, y - r * 0.5),
                 (x + r * 0.62, y - r * 0.1)], gold)


def tea_side(brand, ground, gold):
    def paint(c):
        c.fill(ground)
        e = 0.06 * c.width
        c.line([(e, e), (c.width - e, e), (c.width - e, c.height - e), (e, c.height - e), (e, e)], 5, gold)
        c.text(brand, c.width / 2, c.height * 0.5, c.height * 0.2, gold, "Lato Black", fit=c.width * 0.76)
        c.text("20 bags · 40 g", c.width / 2, c.height * 0.7, c.height * 0.1, CREAM, "Lato", fit=c.width * 0.7)
    return paint


def tin_label(brand, variety, ground, band, fruit, gtin, shape="tomato"):
    """A wrap-around paper label: the picture and the brand in front (the middle), barcode a third of the way round."""
    def paint(c):
        w, h = c.width, c.height
        c.fill(ground)
        c.rect(0, 0, w, h * 0.06, band)
        c.rect(0, h * 0.94, w, h * 0.06, band)
        for x in (w / 2, w * 0.04, w * 0.96):
            c.rect(x - w * 0.135, h * 0.13, w * 0.27, h * 0.24, band, 16)
            c.text(brand, x, h * 0.295, h * 0.17, "#ffffff", "Lato Black", fit=w * 0.245)
            c.text(variety, x, h * 0.50, h * 0.1, DARK, "Lato Black", fit=w * 0.26)
            _produce(c, shape, x, h * 0.72, h * 0.155, fruit)
        barcode.draw(c, gtin, w * 0.775 - 113, h * 0.3, 2, h * 0.3)
    return paint


def _produce(c, shape, x, y, r, colour):
    """The picture on tins and jars: tomatoes, chickpeas or berries."""
    if shape == "tomato":
        for dx, dy, size in ((-1.0, 0.12, 0.82), (1.0, 0.12, 0.82), (0, 0, 1.0)):
            c.disc(x + dx * r, y + dy * r, r * size, "#8f1d16")
            c.disc(x + dx * r, y + dy * r, r * size * 0.95, colour)
            c.oval(x + dx * r - r * 0.3, y + dy * r - r * 0.35, r * 0.2, r * 0.12, "#ffffff", -35, 0.6)
            for k in range(5):
                c.leaf(x + dx * r, y + dy * r - r * size * 0.75, r * 0.42, r * 0.09, -100 + 50 * k, "#3c7a36")
    elif shape == "pea":
        dice = random.Random(9)
        for _ in range(26):
            px, py = x + r * 1.9 * (dice.random() - 0.5) * 2 * 0.8, y + r * (dice.random() - 0.4)
            c.disc(px, py, r * 0.36, "#a37a33")
            c.disc(px - 1, py - 2, r * 0.33, colour)
            c.disc(px - r * 0.1, py - r * 0.12, r * 0.08, "#ffffff", 0.6)
    else:
        for dx, dy in ((-0.9, 0), (0.9, 0), (0, -0.15), (-0.45, 0.5), (0.45, 0.5)):
            c.shape([(x + (dx - 0.55) * r, y + (dy - 0.35) * r), (x + (dx + 0.55) * r, y + (dy - 0.35) * r),
                     (x + dx * r, y + (dy + 0.75) * r)], colour)
            c.oval(x + dx * r, y + (dy - 0.3) * r, r * 0.56, r * 0.35, colour)
            c.leaf(x + dx * r, y + (dy - 0.45) * r, r * 0.4, r * 0.14, -50, "#3c7a36")
            c.leaf(x + dx * r, y + (dy - 0.45) * r, r * 0.4, r * 0.14, 50, "#3c7a36")


def jar_label(brand, variety, check, fruit, shape="berry"):
    """A gingham wrap with an oval name plate in front."""
    def paint(c):
        w, h = c.width, c.height
        c.fill("#ffffff")
        step = h / 12
        for k in range(0, int(w / step) + 1, 2):
            c.rect(k * step, 0, step, h, check, alpha=0.45)
        for k in range(0, 12, 2):
            c.rect(0, k * step, w, step, check, alpha=0.45)
        x = w / 2
        c.rect(x - w * 0.15, h * 0.07, w * 0.30, h * 0.86, CREAM, 30)
        c.text(brand, x, h * 0.36, h * 0.27, DARK, "Lobster Two", bold=True, fit=w * 0.27)
        c.text(variety, x, h * 0.54, h * 0.14, check, "Lato Black", fit=w * 0.27)
        _produce(c, shape, x, h * 0.72, h * 0.12, fruit)
    return paint


def coffee_label(brand, roast, ground, ink):
    """An all-over print for a round tin: a mountain, the brand, the roast."""
    def paint(c):
        w, h = c.width, c.height
        c.fill(ground)
        for k in range(40):
            x = (k + 0.5) * w / 40
            c.leaf(x, h * 0.99, h * 0.09, w * 0.007, 0, ink)
            c.leaf(x, h * 0.01 + h * 0.09, h * 0.09, w * 0.007, 0, ink)
        for x in (w / 2, 0, w):
            c.disc(x, h * 0.33, h * 0.16, ink)
            c.shape([(x - h * 0.2, h * 0.46), (x - h * 0.04, h * 0.24), (x + h * 0.05, h * 0.35), (x + h * 0.1, h * 0.3),
                     (x + h * 0.2, h * 0.46)], ground)
            c.text(brand, x, h * 0.64, h * 0.16, ink, "Lato Black", fit=w * 0.3)
            c.text(roast, x, h * 0.78, h * 0.08, ink, "Lato", bold=True, fit=w * 0.28)
    return paint


def bottle_logo(word, ground, ink, mountain=True):
    """A bare bottle with one word and a small mark."""
    def paint(c):
        w, h = c.width, c.height
        c.fill(ground)
        x = w / 2
        if mountain:
            c.line([(x - w * 0.09, h * 0.36), (x - w * 0.03, h * 0.27), (x + w * 0.015, h * 0.33), (x + w * 0.04, h * 0.3),
                    (x + w * 0.09, h * 0.36)],
                   h * 0.012, ink)
        c.text(word, x, h * 0.48, h * 0.1, ink, "Lato Black", fit=w * 0.32)
    return paint


def drink_label(brand, flavour, ground, ink, fruit):
    """A paper label for lemonade: the brand slanting over sliced fruit."""
    def paint(c):
        w, h = c.width, c.height
        c.fill(ground)
        c.rect(0, 0, w, h * 0.05, ink)
        c.rect(0, h * 0.95, w, h * 0.05, ink)
        x, y, r = w / 2, h * 0.70, h * 0.19
        for dx in (-0.13, 0.13, 0):
            c.disc(x + dx * w, y, r, fruit)
            c.disc(x + dx * w, y, r * 0.86, "#fff8d8")
            for k in range(8):
                a = math.pi * k / 4
                c.shape([(x + dx * w, y), (x + dx * w + r * 0.78 * math.cos(a), y + r * 0.78 * math.sin(a)),
                         (x + dx * w + r * 0.78 * math.cos(a + 0.6), y + r * 0.78 * math.sin(a + 0.6))], fruit)
        c.text(brand, x, h * 0.28, h * 0.2, ink, "Lato Black", fit=w * 0.36)
        c.text(flavour, x, h * 0.42, h * 0.1, ink, "Lobster Two", bold=True, fit=w * 0.3)
    return paint


def soap_label(brand, scent, ground, ink, leaf_colour):
    def paint(c):
        w, h = c.width, c.height
        c.fill(ground)
        x = w / 2
        c.text(brand, x, h * 0.30, h * 0.17, ink, "Comfortaa", bold=True, fit=w * 0.34)
        c.rect(x - w * 0.1, h * 0.36, w * 0.2, 3, ink)
        c.text(scent, x, h * 0.48, h * 0.1, ink, "Lato", bold=True, fit=w * 0.3)
        for turn in (-70, -35, 0, 35, 70):
            c.leaf(x, h * 0.86, h * 0.27, h * 0.06, turn, leaf_colour)
        c.text("hand soap  300 ml", x, h * 0.95, h * 0.055, ink, "Lato")
    return paint


def oil_label(brand, ground, ink):
    """An olive branch under the brand."""
    def paint(c):
        w, h = c.width, c.height
        c.fill(ground)
        x = w / 2
        for y in (0.03, 0.95):
            c.rect(0, h * y, w, h * 0.02, ink)
        c.text(brand, x, h * 0.27, h * 0.12, ink, "Lato Black", fit=w * 0.37)
        c.text("extra virgin olive oil", x, h * 0.36, h * 0.05, ink, "Lato", bold=True, fit=w * 0.34)
        c.line([(x - w * 0.13, h * 0.78), (x - w * 0.02, h * 0.62), (x + w * 0.13, h * 0.48)], 5, "#5e6b2c")
        for k in range(7):
            px, py = x - w * 0.12 + w * 0.04 * k, h * (0.77 - 0.047 * k)
            c.leaf(px, py, h * 0.13, h * 0.03, (-35 if k % 2 else 110), "#7d8c45")
        for k in range(3):
            c.oval(x - w * 0.05 + w * 0.07 * k, h * (0.72 - 0.06 * k), w * 0.026, h * 0.032, "#39401a", 30)
        c.text("500 ml", x, h * 0.9, h * 0.05, ink, "Lato")
    return paint
