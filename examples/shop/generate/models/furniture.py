"""Chairs and stools, at their real size in centimetres."""
import math

from meshes import grid, revolve, smooth
from sdl import cloth, cone, group, leather, model, plastic, rod, rounded_box, torus, metal, tube, cylinder


def _legs(material, spread, top_y, inset=0.72, thick=(1.9, 1.2)):
    """Four tapered legs splayed outwards; `spread` = (half width, half depth) on the floor."""
    return [cone((sx * spread[0] * inset, top_y, sz * spread[1] * inset), thick[0],
                 (sx * spread[0], 0, sz * spread[1]), thick[1], material) for sx in (-1, 1) for sz in (-1, 1)]


def dining_chair(frame, seat, slats=3):
    """A plain kitchen chair: back legs run up into the posts that hold the slats."""
    parts = [rounded_box((-21, 43, -20), (21, 46.5, 20), 1.4, seat)]
    for side in (-1, 1):
        parts.append(rod([(side * 18.5, 1.6, -17.5), (side * 18.5, 44, -17.5)], 1.7, frame))
        parts.append(tube([(side * 18.5, 1.6, 21), (side * 18.5, 24, 18.5), (side * 18.5, 45, 18.5),
                           (side * 18.2, 68, 21), (side * 18, 86, 25)], 1.7, frame))
        parts.append(rod([(side * 18.5, 22, -17.5), (side * 18.5, 22, 18.6)], 1.1, frame))
    for k in range(slats):
        y = 80 - k * 11
        parts.append(_slat(y, 4.6, 18.2, 19.6 + (y - 45) * 0.115, frame))
    return model(parts, (44, 88, 47), low=(-22, 0, -21))


def _slat(y, tall, half, z, material):
    """A bent board between the posts."""
    rows = []
    for dy, dz in ((-1, 0), (-1, 1.4), (1, 1.4), (1, 0), (-1, 0)):
        rows.append([(half * t, y + dy * tall / 2 + (tall * 0.12) * (1 - t * t) * dy,
                      z + dz + 3.0 * (1 - t * t)) for t in (k / 12 - 1 for k in range(25))])
    return "union { " + " ".join(grid([a, b], material) for a, b in zip(rows, rows[1:])) + " }"


def shell_chair(shell, leg):
    """A moulded plastic seat on splayed wooden legs."""
    profile = [(-21, 42.5), (-19, 44.5), (-8, 43.5), (6, 43), (15, 45.5), (19, 53), (21.5, 64), (24, 76), (25, 82)]
    width = [20, 22.5, 24, 24.5, 24.5, 24, 23, 20, 13]
    rise = [0.5, 1.5, 4, 6.5, 7.5, 6, 4.5, 3, 1.5]
    rows = []
    for (z, y), half, lift in _fine(profile, width, rise):
        lean = min(1.0, max(0.0, (y - 46) / 20)) if z > 5 else 0.0
        rows.append([(half * t, y + lift * t ** 4 * (1 - lean), z - lift * 1.2 * t ** 4 * lean)
                     for t in (k / 16 - 1 for k in range(33))])
    parts = [grid(rows, plastic(shell)), grid([[(x, y - 0.6, z + 0.6) for x, y, z in row] for row in rows], plastic(shell))]
    parts += _legs(leg, (22, 20), 42.5, 0.5, (1.6, 1.1))
    steel = metal("#555a5e", 0.05)
    parts += [rod([(-12, 36, -11), (12, 36, 11)], 0.5, steel), rod([(12, 36, -11), (-12, 36, 11)], 0.5, steel)]
    return model(parts, (49, 83, 48), low=(-24.5, 0, -22))


def _fine(profile, width, rise):
    """Doubles the resolution of the shell's three curves together."""
    joined = smooth([p + (w, r) for p, w, r in zip(profile, width, rise)], 6)
    return [((z, y), w, r) for z, y, w, r in joined]


def armchair(fabric, leg):
    """A deep upholstered chair: base, two arms, a back and a loose seat cushion."""
    stuff = cloth(fabric, 0.5, 0.45)
    parts = [rounded_box((-38, 16, -36), (38, 32, 34), 4, stuff),
             rounded_box((-40, 16, -36), (-26, 58, 36), 6.5, stuff),
             rounded_box((26, 16, -36), (40, 58, 36), 6.5, stuff),
             group([rounded_box((-38, 0, -8), (38, 66, 9), 8, stuff)], "rotate x*10 translate <0,22,32>"),
             rounded_box((-25.5, 30, -38), (25.5, 45, 24), 5.5, stuff),
             group([rounded_box((-24, 0, -6), (24, 38, 7), 6, stuff)], "rotate x*14 translate <0,43,19>")]
    parts += _legs(leg, (35, 32), 18, 0.92, (2.2, 1.4))
    return model(parts, (80, 88, 88), low=(-40, 0, -38))


def stool(seat, legs, tall=64.0):
    """A bar stool: round padded seat, four splayed legs, a foot ring."""
    parts = [revolve([(0, tall - 3.5), (15, tall - 3.5), (17, tall - 2.2), (16.6, tall - 0.6), (13, tall), (0, tall)], seat)]
    parts += _legs(legs, (19, 19), tall - 3, 0.55, (1.5, 1.1))
    parts.append(torus(18.8, 0.8, metal("#8d9196", 0.03), f"translate y*{tall * 0.36:g}"))
    return model(parts, (41, tall, 41))


def pouffe(paint, top=None):
    """A round knitted footstool: fat ribs turned about the middle."""
    rows, n = [], 96
    for k in range(25):
        a = math.pi * (k / 24 - 0.5)
        r, y = 25 * math.cos(a) ** 0.55 if abs(a) < 1.57 else 0.01, 17 + 17 * math.sin(a)
        rows.append([((r * (1 + 0.025 * math.cos(24 * t))) * math.sin(t), y, -(r * (1 + 0.025 * math.cos(24 * t))) * math.cos(t))
                     for t in (2 * math.pi * j / n for j in range(n + 1))])
    parts = [grid(rows, cloth(paint, 0.8, 0.6), closed=True), cylinder((0, 33.6, 0), (0, 34.5, 0), 2.2, leather(top or paint))]
    return model(parts, (51, 34.5, 51))
