"""Bags: a printed tote, a backpack, a handbag and a duffel."""
import math

from canvas import Art
from meshes import grid, loft, rounded_outline
from sdl import cloth, cylinder, group, leather, metal, model, rounded_box, torus, tube


def tote(print_, handles="#e9dfc8"):
    """A standing canvas shopper, its mouth a little open; the print covers front and back."""
    rows, uvs = [], []
    for k in range(25):
        t = k / 24
        half_x, half_z = 18 + 1.2 * t, 5.5 * (1 - 0.35 * t) + 1.2 * t * t
        row, row_uv = [], []
        for x, z in rounded_outline(half_x, half_z, 3.2, 72):
            fold = 0.35 * _ripple(x, t)
            row.append((x, 36 * t, z + fold * (1 if z > 0 else -1)))
            row_uv.append((x / (2 * half_x) + 0.5, t))
        rows.append(row)
        uvs.append(row_uv)
    canvas = cloth(print_, 0.25, 0.3)
    parts = [grid(rows, canvas, uvs, closed=True)]
    for z in (-4.2, 4.2):
        parts.append(_strap([(-9, 34, z), (-9, 46, z * 0.9), (-6, 55, z * 0.6), (0, 58, z * 0.5), (6, 55, z * 0.6),
                             (9, 46, z * 0.9), (9, 34, z)], cloth(handles, 0.25, 0.3)))
    return model(parts, (39, 58.5, 13), [print_] if isinstance(print_, Art) else [])


def _ripple(x, t):

    return math.sin(x * 0.55 + 4 * t) * math.sin(3.1 * t)


def _strap(points, texture):
    """A flat webbing band: a tube squeezed to a third of its depth."""
    return f"object {{ {tube([(x, y, z * 3) for x, y, z in points], 1.1, texture)} scale <1,1,0.3333> }}"


def backpack(colour, pocket, trim="#a9713c"):
    """A day pack: rounded body, front pocket, top handle and straps seen at the sides."""
    fabric, front, hide, zip_ = cloth(colour, 0.2, 0.35), cloth(pocket, 0.2, 0.35), leather(trim), metal("#caa85a", 0.05)
    sections = []
    for y, x, z in ((0, 11, 5), (0.6, 13.5, 7), (3, 14.5, 8), (14, 15, 8), (28, 14.4, 7.4), (36, 13, 6.2), (40, 10, 4.6),
                    (42.3, 5, 2.4), (42.8, 0.1, 0.1)):
        sections.append([(px, y, pz) for px, pz in rounded_outline(x, z, 3.6, 64)])
    parts = [loft(sections, fabric),
             rounded_box((-11, 3, -11.5), (11, 20, -5), 2.6, front),
             rounded_box((-11.2, 16.5, -11.9), (11.2, 20.6, -5), 1.4, front),
             rounded_box((-4, 24.5, -8.4), (4, 29, -6.5), 0.4, hide),
             rounded_box((-1.4, 12, -12.4), (1.4, 19, -11), 0.35, hide),
             cylinder((0, 13.6, -12.3), (0, 13.6, -12.7), 0.7, zip_),
             tube([(-3.4, 41, 1.5), (-2.6, 45.6, 1.5), (0, 46.8, 1.5), (2.6, 45.6, 1.5), (3.4, 41, 1.5)], 0.75, hide)]
    parts.append(tube([(-13.7, 34, -1), (-10.5, 39.3, -2.6), (-4, 42.2, -2.4), (4, 42.2, -2.4), (10.5, 39.3, -2.6), (13.7, 34, -1)],
                      0.35, zip_))
    for side in (-1, 1):
        parts.append(tube([(side * 7, 39, 6), (side * 15, 32, 10), (side * 16.5, 18, 9.5), (side * 13, 4, 6)], 1.3, hide))
    return model(parts, (34, 47, 24), low=(-17, 0, -12.5))


def handbag(colour, clasp="#cfae5d", flap=None):
    """A stiff leather bag with a flap and one arched handle."""
    hide, lid, gold = leather(colour), leather(flap or colour), metal(clasp, 0.02)
    sections = [[(px, y, pz) for px, pz in rounded_outline(x, z, 5, 64)]
                for y, x, z in ((0, 14, 5.2), (0.5, 15.2, 6), (2, 15.6, 6.2), (12, 14, 5), (19.5, 12.4, 3.8), (20.4, 11.8, 3.2), (20.5, 0.1, 0.1))]
    flap_rows = [[(x * w / 12, y, z) for x in range(-12, 13)] for w, y, z in
                 ((12.6, 18, 4.2), (12.6, 20.8, 3.2), (12.7, 21, -3.2), (13, 19.5, -4.9), (13.2, 14, -5.7), (12.6, 9.6, -6.2), (11, 8.8, -6.3))]
    parts = [loft(sections, hide), grid(flap_rows, lid),
             rounded_box((-1.8, 8.2, -7.1), (1.8, 11.4, -6.2), 0.3, gold),
             tube([(-8, 20, -0.5), (-8.6, 27, -0.5), (-4.6, 32.4, -0.5), (0, 33.6, -0.5), (4.6, 32.4, -0.5), (8.6, 27, -0.5),
                   (8, 20, -0.5)],
                  0.75, hide)]
    parts += [torus(1.0, 0.22, gold, f"rotate x*90 translate <{side * 8},21.4,-0.5>") for side in (-1, 1)]
    return model(parts, (31.4, 34.4, 13.4), low=(-15.7, 0, -7.1))


def duffel(colour, ends, trim="#3a2c22"):
    """A weekend bag: a barrel on its side with webbing round it."""
    fabric, cap, band = cloth(colour, 0.25, 0.35), cloth(ends, 0.25, 0.35), leather(trim)
    parts = [
        group([f"superellipsoid {{ <0.85,0.22> scale <13,12.5,24> {fabric} }}"], "rotate y*90 translate y*12.5"),
        group([f"superellipsoid {{ <0.85,0.22> scale <13.1,12.6,3.4> {cap} }}"], "rotate y*90 translate <-20.8,12.5,0>"),
        group([f"superellipsoid {{ <0.85,0.22> scale <13.1,12.6,3.4> {cap} }}"], "rotate y*90 translate <20.8,12.5,0>"),
        tube([(-18, 24.9, 0), (0, 25.2, 0), (18, 24.9, 0)], 0.4, metal("#b9bcc0"))]
    for x in (-9, 9):
        parts.append(group([f"superellipsoid {{ <0.85,0.3> scale <13.25,12.75,1.5> {band} }}"],
                           f"rotate y*90 translate <{x},12.5,0>"))
    for z, lean in ((-5.5, -2.5), (5.5, 2.5)):
        parts.append(tube([(-9, 22, z * 1.4), (-8.5, 27, z), (-4, 31.5, z + lean * -0.4), (0, 32.6, z * 0.8),
                           (4, 31.5, z + lean * -0.4),
                           (8.5, 27, z), (9, 22, z * 1.4)], 0.85, band))
    return model(parts, (49, 33.4, 27))
