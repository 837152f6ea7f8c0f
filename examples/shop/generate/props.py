"""Things that stand about in a home and are not for sale; they clutter the query photos as real life does."""
import math
import random

from meshes import revolve
from sdl import box, cloth, cylinder, ellipsoid, glazed, group, lacquer, metal, paper, rounded_box, sphere, surface, tube, wood


def apple(colour="#b9362c"):
    return group([ellipsoid((0, 3.4, 0), (3.9, 3.4, 3.9), surface(colour, "diffuse 0.8 specular 0.3 roughness 0.01")),
                  cylinder((0, 6, 0), (0.5, 8, 0), 0.2, wood("#6b4a2a", "#3e2a16", "y"))])


def orange():
    return sphere((0, 3.7, 0), 3.7, surface("#ee8a1f", "diffuse 0.82 specular 0.2 roughness 0.04",
                                            "normal { bumps 0.25 scale 0.25 }"))


def plate(colour="#eceae4", radius=12.0):
    return revolve([(0, 0.4), (radius * 0.55, 0.4), (radius * 0.7, 0.9), (radius, 1.9), (radius, 2.1), (radius * 0.68, 1.2),
                    (radius * 0.5, 0.8), (0, 0.8)], glazed(colour))


def spoon():
    steel = metal("#c9ccd0", 0.01)
    handle = tube([(-9, 0.7, 0), (-4, 0.6, 0), (3, 1.2, 0), (7, 0.9, 0)], 0.45, steel)
    return group([f"object {{ {handle} scale <1,0.6,1.5> }}", ellipsoid((9, 0.7, 0), (3, 0.5, 2), steel)])


def cutting_board():
    return group([rounded_box((-17, 0, -11), (17, 2, 11), 0.6, wood("#c58f55", "#8e5b2c", grain_cm=1.5))])


def candle(colour="#efe9dc"):
    return group([cylinder((0, 0, 0), (0, 9, 0), 3.2, surface(colour, "diffuse 0.8 specular 0.1 emission 0.06")),
                  cylinder((0, 9, 0), (0, 10, 0), 0.15, surface("#222222", "diffuse 0.7"))])


def pencils():
    """A grey cup of pencils."""
    parts = [revolve([(0, 0.02), (3.6, 0), (3.6, 9.5), (3.3, 9.5), (3.3, 1)], lacquer("#6d7680"), sharp=True)]
    for k, colour in enumerate(("#d8b23a", "#3a6fb5", "#b9362c", "#4b8f5a", "#8a5fae")):
        turn = 2 * math.pi * k / 5
        parts.append(cylinder((1.5 * math.cos(turn), 1, 1.5 * math.sin(turn)), (3.4 * math.cos(turn), 17 + k, 3.4 * math.sin(turn)),
                              0.38, lacquer(colour)))
    return group(parts)


def papers():
    """A few loose sheets."""
    return group([box((-10.5, 0, -14.8), (10.5, 0.1, 14.8), paper("#f2f1ec"), "rotate y*8"),
                  box((-10.5, 0.1, -14.8), (10.5, 0.2, 14.8), paper("#fafaf7"), "rotate y*-5 translate x*1.5")])


def plain_books(seed=1, count=6, tall=22.0):
    """A row of anonymous spines to fill a shelf."""
    dice, parts, x = random.Random(seed), [], 0.0
    for _ in range(count):
        thick, high = 2 + 2.4 * dice.random(), tall * (0.8 + 0.25 * dice.random())
        tone = dice.choice(("#7d6b5a", "#8f8676", "#5d6a70", "#a39882", "#6f5048", "#4f5b4c"))
        parts.append(box((x, 0, -6.5), (x + thick, high, 8), paper(tone)))
        x += thick + 0.15
    return group(parts)


def twigs(vase="#d9d5cb"):
    """A tall vase of bare branches."""
    dice = random.Random(3)
    parts = [revolve([(3.2, 0), (5, 5), (4.6, 12), (2.2, 17), (2.6, 19)], glazed(vase))]
    for _ in range(7):
        a, out = 2 * math.pi * dice.random(), 5 + 8 * dice.random()
        x, z = out * math.cos(a), out * math.sin(a)
        parts.append(tube([(0, 14, 0), (x * 0.3, 25, z * 0.3), (x * 0.7, 36, z * 0.6), (x, 44 + 8 * dice.random(), z)], 0.25,
                          wood("#6b4a2a", "#3e2a16", "y")))
        parts += [sphere((x * t, 20 + 26 * t, z * t), 0.8, cloth("#e6e0d4", 0.3)) for t in (0.55, 0.75, 0.95)]
    return group(parts)


def frame(colour="#3a332c", picture="#9fb3a8"):
    """A picture hanging flat on the wall: its back is at z = 0."""
    return group([box((-22, 0, -2), (22, 56, 0), lacquer(colour)), box((-20, 2, -2.1), (20, 54, -1.9), paper("#f3f0e8")),
                  box((-13, 12, -2.2), (13, 44, -2), paper(picture))])


def crate():
    """A wooden box to put things on: three slats a side between a floor and a lid."""
    timber = wood("#b98e5c", "#855b32", grain_cm=2)
    parts = [box((-24, 0, -16), (24, 3, 16), timber), box((-24, 31, -16), (24, 32, 16), timber)]
    for y in (4, 14, 24):
        parts += [box((-24, y, z), (24, y + 8, z + 1.4), timber) for z in (-16, 14.6)]
        parts += [box((x, y, -16), (x + 1.4, y + 8, 16), timber) for x in (-24, 22.6)]
    return group(parts)


def bench():
    """A long seat along the wall: the board's top is at y = 0."""
    timber = wood("#b68a58", "#82592f", grain_cm=2.5)
    return group([rounded_box((-140, -5, -24), (140, 0, 26), 1, timber),
                  box((-140, -45, -18), (140, -5, 24), surface("#d7d2c6", "diffuse 0.8"))])


def napkin(colour="#d9c7a8"):
    return group([rounded_box((-9, 0, -9), (9, 0.7, 9), 0.25, cloth(colour, 0.3)),
                  rounded_box((-8.6, 0.6, -8.7), (8.8, 1.3, 8.6), 0.25, cloth(colour, 0.3))])


def blocks():
    """Plain wooden building blocks, tumbled."""
    dice, parts = random.Random(14), []
    for k in range(6):
        parts.append(f"object {{ {rounded_box((-2, 0, -2), (2, 4, 2), 0.3, lacquer(('#d9c9a6', '#c7b48c', '#e3d7bd')[k % 3]))} "
                     f"rotate y*{90 * dice.random():g} translate <{24 * dice.random() - 12:g},0,{16 * dice.random() - 8:g}> }}")
    return group(parts)
