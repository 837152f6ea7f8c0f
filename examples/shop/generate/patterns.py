"""Repeating and figurative patterns for mugs, bowls, bags, cushions, dials and shoes. Each returns a painter for an Art."""
import math
import random


def stripes(ground, *bands, count=7, gap=1.0, upright=False):
    """Even stripes over the ground; several band colours take turns. `gap` is the ground's share against the band's."""
    def paint(c):
        c.fill(ground)
        length = c.width if upright else c.height
        step = length / count
        for k in range(count):
            at, thick = (k + gap / (1 + gap) / 2) * step, step / (1 + gap)
            place = (at, 0, thick, c.height) if upright else (0, at, c.width, thick)
            c.rect(*place, bands[k % len(bands)])
    return paint


def dots(ground, *colours, size=34, every=110):
    """Polka dots, every other row shifted by half a step; whole numbers of them fit, so that the wrap has no seam."""
    def paint(c):
        c.fill(ground)
        columns, rows = max(2, round(c.width / every)), max(2, round(c.height / (every * 0.8)))
        for i in range(-1, rows + 1):
            for j in range(columns + 1):
                c.disc((j + 0.5 * (i % 2)) * c.width / columns, (i + 0.5) * c.height / rows, size,
                       colours[(i + 2 * j) % len(colours)])
    return paint


def zigzag(ground, *colours, teeth=16, rows=5, thick=0.5):
    def paint(c):
        c.fill(ground)
        rise = c.height / rows
        for row in range(-1, rows + 1):
            points = [(k * c.width / (2 * teeth), (row + 0.5 + (0.5 if k % 2 else 0)) * rise) for k in range(-1, 2 * teeth + 2)]
            c.line(points, rise * thick, colours[row % len(colours)])
    return paint


def fern(ground, *greens, stems=7):
    """Upright fronds with paired leaves, slightly different one from another."""
    def paint(c):
        c.fill(ground)
        dice = random.Random(7)
        for k in range(stems):
            x, green = (k + 0.5) * c.width / stems, greens[k % len(greens)]
            tall, sway = c.height * (0.78 + 0.14 * dice.random()), (dice.random() - 0.5) * 0.5
            spine = [(x + sway * tall * t * t * 0.5, c.height * 0.96 - tall * t) for t in (i / 12 for i in range(13))]
            c.line(spine, c.height * 0.012, green)
            for i, (px, py) in enumerate(spine[1:-1], 1):
                length = c.height * 0.19 * (1 - i / 15)
                c.leaf(px, py, length, length * 0.3, 55, green)
                c.leaf(px, py, length, length * 0.3, -55, green)
            c.leaf(*spine[-1], c.height * 0.09, c.height * 0.03, 0, green)
    return paint


def speckle(ground, *inks, count=420, biggest=7.0, seed=3):
    """Stoneware: small iron spots in the glaze."""
    def paint(c):
        c.fill(ground)
        dice = random.Random(seed)
        for _ in range(count):
            c.disc(dice.random() * c.width, dice.random() * c.height, 1.0 + biggest * dice.random() ** 3, dice.choice(inks), 0.85)
    return paint


def checks(ground, dark, light=None, count=12):
    """Gingham: bands crossing bands, darker where both meet."""
    def paint(c):
        c.fill(ground)
        step = c.width / count
        for k in range(0, count, 2):
            c.rect(k * step, 0, step, c.height, light or dark, alpha=0.55)
        for k in range(0, int(c.height / step) + 1, 2):
            c.rect(0, k * step, c.width, step, dark, alpha=0.55)
    return paint


def triangles(ground, *colours, across=6):
    """A quilt of triangles."""
    def paint(c):
        c.fill(ground)
        dice = random.Random(11)
        side = c.width / across
        for row in range(math.ceil(c.height / side)):
            for column in range(across):
                x, y = column * side, row * side
                for points in (((x, y), (x + side, y), (x, y + side)), ((x + side, y + side), (x + side, y), (x, y + side))):
                    c.shape(points, dice.choice(colours + (ground,)))
    return paint


def monstera(ground, leaf_colour, second, stems=9, seed=5):
    """Big leaves strewn over a cushion or a bag."""
    def paint(c):
        c.fill(ground)
        dice = random.Random(seed)
        for k in range(stems):
            x = (k % 3 + 0.2 + 0.6 * dice.random()) * c.width / 3
            y = (k // 3 % 3 + 0.5 + 0.5 * dice.random()) * c.height / 3
            length = c.width * (0.26 + 0.1 * dice.random())
            for spread in (-64, -40, -18, 0, 18, 40, 64):
                c.leaf(x, y, length * (1 - abs(spread) / 160), length * 0.13, spread + 360 * k / stems,
                       (leaf_colour, second)[k % 2], ground)
    return paint


def lemons(ground, fruit="#f4c92e", leaf_colour="#3f7f4c", columns=4, rows=4):
    def paint(c):
        c.fill(ground)
        size = c.width / columns * 0.3
        for i in range(rows):
            for j in range(columns):
                x, y = (j + 0.3 + 0.4 * (i % 2)) * c.width / columns, (i + 0.5) * c.height / rows
                turn = 25 if (i + j) % 2 else -30
                c.leaf(x, y - size * 0.5, size * 1.1, size * 0.35, turn + 40, leaf_colour)
                c.leaf(x, y - size * 0.5, size * 0.9, size * 0.3, turn - 50, leaf_colour)
                c.oval(x, y, size, size * 0.72, fruit, turn)
                c.oval(x + size * 0.9 * math.cos(math.radians(turn)), y + size * 0.9 * math.sin(math.radians(turn)),
                       size * 0.24, size * 0.2, fruit, turn)
                c.oval(x - size * 0.3, y - size * 0.25, size * 0.28, size * 0.12, "#ffffff", turn, 0.45)
    return paint


def suns(ground, rays, heart, columns=3, rows=3):
    """Mid-century starbursts."""
    def paint(c):
        c.fill(ground)
        for i in range(rows):
            for j in range(columns):
                x, y, r = (j + 0.5) * c.width / columns, (i + 0.5) * c.height / rows, c.width / columns * 0.42
                for k in range(20):
                    a = math.pi * k / 10
                    reach = r * (1 if k % 2 else 0.72)
                    c.line([(x, y), (x + reach * math.cos(a), y + reach * math.sin(a))], r * 0.07, rays)
                    c.disc(x + reach * math.cos(a), y + reach * math.sin(a), r * 0.07, heart)
                c.disc(x, y, r * 0.3, heart)
    return paint


def waves(ground, *colours, rows=6):
    """Overlapping scallops, as on Japanese cloth."""
    def paint(c):
        c.fill(ground)
        columns = max(4, round(c.width / (c.height / rows) / 2) * 2)
        r = c.width / columns / 2
        for i in range(math.ceil(c.height / r) + 2):
            for j in range(columns + 1):
                x, y = (2 * j + i % 2) * r, i * r
                for k, share in enumerate((1.0, 0.72, 0.44)):
                    c.disc(x, y, r * share, (colours[k % len(colours)], ground, colours[0])[k])
    return paint


def words(ground, ink, lines, font="Lobster Two", around=None):
    """A saying on the front of a mug or bag (the middle of the wrap)."""
    def paint(c):
        c.fill(ground)
        if around:
            c.rect(0, 0, c.width, c.height * 0.09, around)
            c.rect(0, c.height * 0.91, c.width, c.height * 0.09, around)
        for k, line in enumerate(lines):
            c.text(line, c.width / 2, c.height * (0.5 + 0.29 * (k - (len(lines) - 1) / 2) + 0.09), c.height * 0.27, ink, font,
                   bold=True)
    return paint


def cat_face(ground, ink, cheek):
    """A sleepy cat looking out of the mug."""
    def paint(c):
        c.fill(ground)
        x, y, r = c.width / 2, c.height * 0.55, c.height * 0.3
        for side in (-1, 1):
            c.shape([(x + side * r * 0.35, y - r * 0.75), (x + side * r * 1.0, y - r * 1.35), (x + side * r * 0.98, y - r * 0.3)],
                    ink)
        c.oval(x, y, r * 1.15, r, ink)
        for side in (-1, 1):
            c.oval(x + side * r * 0.48, y - r * 0.05, r * 0.24, r * 0.28, "#f7d774")
            c.oval(x + side * r * 0.48, y - r * 0.03, r * 0.07, r * 0.24, "#17130f")
            c.oval(x + side * r * 0.75, y + r * 0.38, r * 0.16, r * 0.1, cheek)
            for lift in (-0.1, 0.08, 0.26):
                c.line([(x + side * r * 0.35, y + r * 0.4), (x + side * r * 1.5, y + r * (0.3 + lift))], r * 0.03, ground)
        c.shape([(x - r * 0.1, y + r * 0.25), (x + r * 0.1, y + r * 0.25), (x, y + r * 0.4)], cheek)
    return paint


def glaze(top, bottom, drip=None):
    """Two glazes running into one another."""
    def paint(c):
        c.fade(top, bottom)
        if drip:
            dice = random.Random(21)
            c.rect(0, 0, c.width, c.height * 0.22, drip)
            for k in range(26):
                x = (k + 0.5) * c.width / 26
                depth = c.height * (0.22 + 0.26 * dice.random())
                c.rect(x - c.width / 60, c.height * 0.1, c.width / 30, depth - c.height * 0.1, drip, radius=c.width / 62)
    return paint


def ringed(ground, *rings):
    """Inside of a bowl: v runs from the middle to the rim, so each ring = (place, thickness, colour) is a row of the picture."""
    def paint(c):
        c.fill(ground)
        for place, thick, colour in rings:
            c.rect(0, c.height * (1 - place - thick), c.width, c.height * thick, colour)
    return paint


def dial(face, ink, hand, numerals=True, second=None, ticks=True, time=(10, 9)):
    """A clock face; every clock in a shop shows nine past ten."""
    def paint(c):
        c.fill(face)
        r = c.width / 2
        for k in range(60 if ticks else 12):
            major = k % 5 == 0 if ticks else True
            a, inner = 2 * math.pi * k / (60 if ticks else 12), 0.84 if major else 0.90
            c.line([(r + r * inner * math.sin(a), r - r * inner * math.cos(a)),
                    (r + r * 0.94 * math.sin(a), r - r * 0.94 * math.cos(a))],
                   r * (0.03 if major else 0.012), ink)
        if numerals:
            for hour in range(1, 13):
                a = math.pi * hour / 6
                c.text(str(hour), r + r * 0.68 * math.sin(a), r - r * 0.68 * math.cos(a) + r * 0.085, r * 0.24, ink, "Lato",
                       bold=True)
        hours, minutes = time
        for turn, length, thick in ((hours / 12 + minutes / 720, 0.45, 0.06), (minutes / 60, 0.7, 0.045)):
            a = 2 * math.pi * turn
            c.line([(r - 0.1 * r * math.sin(a), r + 0.1 * r * math.cos(a)),
                    (r + r * length * math.sin(a), r - r * length * math.cos(a))],
                   r * thick, hand)
        if second:
            c.line([(r, r + 0.15 * r), (r - r * 0.35, r - r * 0.68)], r * 0.018, second)
        c.disc(r, r, r * 0.06, second or hand)
    return paint


def digits(ground, ink, shown="07:30"):
    def paint(c):
        c.fill(ground)
        c.text(shown, c.width / 2, c.height * 0.66, c.height * 0.52, ink, "Dosis", bold=True, fit=c.width * 0.86)
        c.text("ALARM", c.width * 0.12, c.height * 0.9, c.height * 0.1, ink, "Lato", bold=True, align=0)
        c.text("22°C", c.width * 0.88, c.height * 0.9, c.height * 0.1, ink, "Lato", bold=True, align=1)
    return paint


def sneaker_skin(body, toe=None, heel=None, side=None, lining="#d8d2c6", tongue=None, motif="bars"):
    """A shoe's upper unrolled: across is outer sole, top, inner sole; top of the picture is the toe, bottom the heel."""
    def paint(c):
        w, h = c.width, c.height
        c.fill(body)
        if toe:
            c.rect(0, 0, w, h * 0.15, toe)
        if heel:
            c.rect(0, h * 0.91, w, h * 0.09, heel)
        _side_marks(c, side, motif)
        c.rect(w * 0.36, h * 0.30, w * 0.28, h * 0.31, tongue or body, 18)
        for edge in (0.35, 0.65):
            c.line([(w * edge, h * 0.29), (w * edge, h * 0.6)], 4, "#000000", 0.3)
            for k in range(6):
                c.disc(w * (edge + (0.02 if edge > 0.5 else -0.02)), h * (0.32 + 0.048 * k), 7, "#4a4a4a")
        c.oval(w * 0.5, h * 0.80, w * 0.285, h * 0.165, lining)
        c.oval(w * 0.5, h * 0.80, w * 0.22, h * 0.14, "#000000", alpha=0.25)
        for y in (0.15, 0.90):
            c.line([(0, h * y), (w, h * y)], 3, "#000000", 0.25)
    return paint


def _side_marks(c, colour, motif):
    """What runs along both flanks: three bars, a wave, a star or a plain band."""
    if not colour:
        return
    w, h = c.width, c.height
    for side in (0, 1):
        def at(u, v):
            return (w * (1 - u if side else u), h * v)
        if motif == "bars":
            for k in range(3):
                c.line([at(0.02, 0.46 + 0.075 * k), at(0.30, 0.40 + 0.075 * k)], h * 0.026, colour)
        elif motif == "wave":
            c.line([at(0.10 + 0.07 * math.sin(k / 20 * 2 * math.pi), 0.30 + 0.55 * k / 20) for k in range(21)], w * 0.05, colour)
        elif motif == "star":
            points = [at(0.16 + (0.095 if k % 2 == 0 else 0.04) * math.cos(math.pi * k / 5),
                         0.58 + (0.085 if k % 2 == 0 else 0.036) * math.sin(math.pi * k / 5)) for k in range(10)]
            c.shape(points, colour)
        elif motif == "band":
            c.line([at(0.09, 0.18), at(0.09, 0.89)], w * 0.055, colour)
