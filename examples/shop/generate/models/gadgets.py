"""Clocks and headphones."""
from meshes import disc, quad, revolve
from sdl import (cloth, cone, cylinder, ellipsoid, group, lacquer, leather, metal, model, plastic, rounded_box, sphere, torus, tube)


def alarm_clock(body, dial, trim="#c9a24d"):
    """The clock with two bells and a hammer between them."""
    paint, brass = lacquer(body), metal(trim, 0.03)
    parts = [cylinder((0, 7.6, -2.6), (0, 7.6, 2.8), 6.2, paint), torus(6.0, 0.42, paint, "rotate x*90 translate <0,7.6,-2.6>"),
             disc(5.8, (0, 7.6, -2.65), lacquer(dial)), cylinder((0, 13.5, 0), (0, 17.2, 0), 0.28, brass),
             sphere((0, 17.0, 0), 0.75, brass),
             tube([(-4.2, 16.5, 0), (-3, 19.2, 0), (0, 20.2, 0), (3, 19.2, 0), (4.2, 16.5, 0)], 0.3, brass)]
    for side in (-1, 1):
        bell = group([f"intersection {{ sphere {{ 0, 3.0 }} plane {{ -y, 0 }} {brass} }}", sphere((0, 3.0, 0), 0.5, brass),
                      cylinder((0, -1.4, 0), (0, 1, 0), 0.35, brass)], f"scale <1,0.8,1> rotate z*{-side * 32} translate <{side * 4.1},14.2,0>")
        parts += [bell, cone((side * 3.2, 3.0, 0), 0.9, (side * 4.6, 0, 0), 0.5, brass)]
    return model(parts, (14.5, 20.6, 6.4), [dial], low=(-7.25, 0, -3.2))


def wall_clock(rim, dial, radius=15.0, depth=3.6):
    """A round clock, here standing on its edge the way a shop photographs it."""
    parts = [group([revolve([(radius - 1.8, depth), (radius - 0.4, depth + 0.3), (radius, depth - 0.6), (radius, 0)], rim),
                    revolve([(radius - 1.8, depth), (radius - 2.0, depth - 1.0)], rim)],
                   f"rotate x*-90 translate <0,{radius:g},{depth / 2:g}>"),
             disc(radius - 1.7, (0, radius, -depth / 2 + 0.9), lacquer(dial)),
             cylinder((0, radius, depth / 2 - 1), (0, radius, depth / 2), radius - 0.5, plastic("#888888"))]
    return model(parts, (2 * radius, 2 * radius, depth + 0.6), [dial])


def desk_clock(case, dial, width=15.0, height=10.0, depth=5.0):
    """A block with a digital display let into its front."""
    w, d = width / 2 - 0.9, depth / 2 + 0.02
    parts = [rounded_box((-width / 2, 0, -depth / 2), (width / 2, height, depth / 2), 0.5, case),
             quad((-w, 0.9, -d), (w, 0.9, -d), (w, height - 0.9, -d), (-w, height - 0.9, -d), plastic(dial))]
    return model(parts, (width, height, depth), [dial])


def headphones(shell, pads, band=None, accent="#c8cacd"):
    """Over-ear headphones standing on their cups, half turned to the camera."""
    case, soft, steel = plastic(shell), leather(pads), metal(accent, 0.03)
    parts = [tube([(-8.6, 8.5, 0), (-8.9, 13, 0), (-7.2, 17.6, 0), (-3.4, 20.4, 0), (0, 21, 0), (3.4, 20.4, 0), (7.2, 17.6, 0),
                   (8.9, 13, 0), (8.6, 8.5, 0)], 0.5, steel)]
    pad = tube([(-7.3, 16.8, 0), (-3.6, 19.7, 0), (0, 20.4, 0), (3.6, 19.7, 0), (7.3, 16.8, 0)], 1.0, leather(band or pads))
    parts.append(f"object {{ {pad} scale <1,1,1.6> }}")
    for side in (-1, 1):
        cup = group([f"superellipsoid {{ <1,0.45> scale <4.3,5,1.5> {case} }}",
                     torus(3.0, 1.15, soft, f"rotate x*90 scale <1,1.18,1> translate z*{1.9}"),
                     cylinder((0, 0, 1.4), (0, 0, 1.9), 2.9, cloth("#1d1e20", 0.1)),
                     torus(2.9, 0.12, steel, "rotate x*90 translate z*-1.5"), cylinder((0, 0, -1.45), (0, 0, -1.56), 1.5, steel)],
                    f"rotate y*{side * -90} rotate y*{side * -8} translate <{side * 8.2},5.4,0>")
        parts += [cup, ellipsoid((side * 8.9, 10.6, 0), (0.8, 1.6, 1.0), case)]
    return model(parts, (21.5, 21.8, 10))


def speaker(shell, grille, knob="#c9a24d"):
    """A small radio-like loudspeaker with a cloth front."""
    parts = [rounded_box((-11, 0.8, -4.5), (11, 14.5, 4.5), 1.3, shell),
             rounded_box((-10, 1.8, -4.75), (5.4, 13.5, -4.2), 0.25, cloth(grille, 0.25, 0.8)),
             cylinder((8.0, 10.6, -4.4), (8.0, 10.6, -5.4), 1.5, metal(knob)),
             cylinder((8.0, 5.6, -4.4), (8.0, 5.6, -5.0), 0.9, metal(knob)),
             tube([(-9, 13.5, 0), (-8.6, 16.4, 0), (-6, 17.6, 0), (0, 17.8, 0), (6, 17.6, 0), (8.6, 16.4, 0), (9, 13.5, 0)], 0.5, leather("#7a4a2a"))]
    parts += [cylinder((x, 0, z), (x, 1, z), 0.8, metal("#999999")) for x in (-8, 8) for z in (-3, 3)]
    return model(parts, (22, 18.3, 10.2), low=(-11, 0, -5.5))
