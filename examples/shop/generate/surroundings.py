"""Where customers take photos: tabletops, shelves, floors and the walls behind them. Each gives SDL and its artwork."""
import random

from canvas import Art
from meshes import quad
from sdl import box, cloth, lacquer, mix, rounded_box, surface, wood

_SATIN = "diffuse 0.8 specular 0.12 roughness 0.04 reflection { 0, 0.1 falloff 3 }"
_GLOSS = "diffuse 0.8 specular 0.4 roughness 0.006 reflection { 0.02, 0.25 falloff 3 }"
_MATT = "diffuse 0.85"


def oak_table(wall="#cfd8d6"):
    return _top(Art("planks-oak", 2000, 1100, planks("#c99a62", "#a87440", 7)), _SATIN, wall)


def dark_table(wall="#b9a58c"):
    return _top(Art("planks-dark", 2000, 1100, planks("#6b432a", "#4a2b19", 6, seed=5)), _SATIN, wall)


def linen_table(wall="#dfe3e6"):
    return _top(Art("linen", 2000, 1100, weave("#b9c4c0", "#a3b1ad")), _MATT, wall, "normal { bumps 0.3 scale 0.25 }")


def picnic_cloth(wall="#7f9a6a"):
    return _top(Art("gingham-blue", 2000, 1100, gingham("#f4f2ea", "#5f86b8")), _MATT, wall, "normal { bumps 0.25 scale 0.3 }")


def counter():
    """A dark stone worktop before white metro tiles."""
    stone = surface("pigment { granite turbulence 0.4 color_map { [0 srgb <.20,.21,.22>] [0.5 srgb <.30,.31,.33>] [0.85 srgb <.24,.25,.26>] "
                    "[1 srgb <.62,.62,.60>] } scale 5 }", _GLOSS)
    tiles = Art("metro", 2000, 700, bricks("#eef0ec", "#b9bbb6", 16, 14))
    parts = [box((-90, -4, -50), (90, 0, 42), stone),
             quad((-90, 0, 41.5), (90, 0, 41.5), (90, 63, 41.5), (-90, 63, 41.5), surface(tiles, _GLOSS))]
    return parts, [tiles]


def white_desk(wall="#8fa3b5"):
    """A plain painted desk against a coloured wall."""
    parts = [rounded_box((-90, -3, -50), (90, 0, 42), 0.6, lacquer("#e6e3dc")), _wall(wall, 42)]
    return parts, []


def bookcase(colour="#d8c3a0", back="#e9e2d4"):
    """Two boards of a bookcase with a back and one upright at each side."""
    timber = wood(colour, mix(colour, "#5b3a1c", 0.3), grain_cm=1.6)
    parts = [box((-75, -2.2, -14), (75, 0, 20), timber), box((-75, 41, -14), (75, 43.2, 20), timber),
             box((-75, -40, 20), (75, 90, 20.8), surface(back, _MATT)), box((-52, -40, -14), (-49.8, 90, 20), timber),
             box((49.8, -40, -14), (52, 90, 20), timber), box((-75, -44, -14), (75, -41, 20), timber)]
    return parts, []


def parquet(wall="#dcd6c8", skirting="#f4f2ee"):
    return _floor(Art("parquet", 2400, 1600, planks("#c79a68", "#a6763f", 22, seed=9, joints=True)), _SATIN, wall, skirting)


def tiled_floor(wall="#c9d3cf", skirting="#8a8f8e"):
    return _floor(Art("floor-tiles", 2400, 1600, tiles("#cfc6b8", "#8f877a", 18, 12)), _GLOSS, wall, skirting)


def concrete(wall="#b7b2a9", skirting="#9a958c"):
    ground = surface("pigment { granite turbulence 0.5 color_map { [0 srgb <.52,.51,.49>] [0.6 srgb <.60,.59,.57>] [1 srgb <.68,.67,.65>] } scale 160 }",
                     _SATIN)
    return [box((-300, -1, -250), (300, 0, 120), ground), _wall(wall, 118, 300), _skirting(skirting)], []


def carpet(colour="#8b9dad", edge="#e9e2d2", wall="#e7ddc9"):
    """A thick rug on the boards of a children's room."""
    parts, arts = parquet(wall)
    pile = cloth(colour, 0.9, 1.1)
    return [*parts, rounded_box((-75, 0, -60), (75, 1.0, 55), 0.45, pile),
            box((-70, 1.0, -55), (70, 1.06, -51), cloth(edge, 0.9, 1.0)), box((-70, 1.0, 46), (70, 1.06, 50), cloth(edge, 0.9, 1.0))], arts


def bathroom():
    """A glazed shelf before small sea-green tiles."""
    wall = Art("sea-tiles", 1800, 700, tiles("#9cc7c0", "#e9eeea", 36, 14))
    parts = [box((-90, -3, -40), (90, 0, 30), surface("#f2f2ef", _GLOSS)),
             quad((-90, 0, 29.5), (90, 0, 29.5), (90, 70, 29.5), (-90, 70, 29.5), surface(wall, _GLOSS))]
    return parts, [wall]


def _top(art, finish, wall, normal=""):
    """A tabletop carrying the artwork, and a painted wall a little behind it."""
    parts = [quad((-90, 0, -55), (90, 0, -55), (90, 0, 44), (-90, 0, 44), surface(art, finish, normal)), _wall(wall, 60)]
    return parts, [art]


def _floor(art, finish, wall, skirting):
    parts = [quad((-300, 0, -280), (300, 0, -280), (300, 0, 120), (-300, 0, 120), surface(art, finish)), _wall(wall, 119, 300),
             _skirting(skirting)]
    return parts, [art]


def _wall(colour, z, half=160):
    return box((-half, -60, z), (half, 320, z + 2), surface(colour, _MATT, "normal { bumps 0.08 scale 0.5 }"))


def _skirting(colour):
    return box((-300, 0, 117), (300, 9, 119), lacquer(colour))


def planks(light, dark, count, seed=1, joints=False):
    """Boards lying across the picture: each its own tone, with grain lines and, on floors, butt joints."""
    def paint(c):
        dice, step = random.Random(seed), c.height / count
        for k in range(count):
            tone = mix(light, dark, 0.7 * dice.random())
            c.rect(0, k * step, c.width, step, tone)
            for _ in range(int(step / 2.2)):
                y = (k + dice.random()) * step
                sway = (dice.random() - 0.5) * step * 0.12
                points = [(c.width * i / 12, min(max(y + sway * ((i * 7 + k) % 5 - 2), k * step),
                                                 (k + 1) * step)) for i in range(13)]
                c.line(points, 0.8 + 2.2 * dice.random(), dark, 0.10 + 0.18 * dice.random())
            c.rect(0, k * step, c.width, max(1.5, step * 0.012), "#1c120a", alpha=0.75)
            if joints:
                for j in range(3):
                    c.rect(c.width * (j + dice.random()) / 3, k * step, 2.5, step, "#1c120a", alpha=0.6)
    return paint


def tiles(colour, grout, across, down):
    def paint(c):
        dice = random.Random(3)
        c.fill(grout)
        w, h = c.width / across, c.height / down
        for i in range(down):
            for j in range(across):
                c.rect(j * w + w * 0.02, i * h + h * 0.02, w * 0.96, h * 0.96, mix(colour, "#6b5f50", 0.16 * dice.random()),
                       w * 0.02)
    return paint


def bricks(colour, grout, across, down):
    """Running bond: every other row shifted by half a tile."""
    def paint(c):
        dice = random.Random(6)
        c.fill(grout)
        w, h = c.width / across, c.height / down
        for i in range(down):
            for j in range(-1, across):
                c.rect((j + 0.5 * (i % 2)) * w + 2, i * h + 2, w - 4, h - 4, mix(colour, "#8f9690", 0.10 * dice.random()), 4)
    return paint


def weave(light, dark):
    """Linen: threads of uneven tone both ways."""
    def paint(c):
        dice = random.Random(12)
        c.fill(light)
        for x in range(0, c.width, 5):
            c.rect(x, 0, 2.5, c.height, dark, alpha=0.35 * dice.random())
        for y in range(0, c.height, 5):
            c.rect(0, y, c.width, 2.5, dark, alpha=0.35 * dice.random())
    return paint


def gingham(ground, ink):
    def paint(c):
        c.fill(ground)
        step = 44
        for x in range(0, c.width, 2 * step):
            c.rect(x, 0, step, c.height, ink, alpha=0.5)
        for y in range(0, c.height, 2 * step):
            c.rect(0, y, c.width, step, ink, alpha=0.5)
    return paint
