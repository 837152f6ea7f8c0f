"""Cushions and plants: the soft and the green."""
import math

from canvas import Art
from meshes import grid, pillow, revolve
from sdl import cloth, ellipsoid, glazed, model, plastic, rgb, sphere, surface, vec


def cushion(print_, width=45.0, height=45.0, thick=17.0):
    """A sofa cushion standing on its edge, leaning back a touch."""
    parts = pillow(width, height, thick, cloth(print_, 0.35, 0.3))
    body = "union { " + " ".join(parts) + " rotate x*6 }"
    return model([body], (width, height, thick), [print_] if isinstance(print_, Art) else [])


def _pot(paint, soil_y=8.2):
    return [revolve([(4.4, 0), (4.9, 2), (5.6, 6), (5.9, 9)], glazed(paint)),
            revolve([(5.9, 9), (5.5, 9.1), (5.3, soil_y)], glazed(paint)),
            revolve([(0, soil_y), (5.3, soil_y)], surface("#3b2a1e", "diffuse 0.8", "normal { granite 0.8 scale 0.6 }"))]


def cactus(paint, green="#4f8a4b", flower="#e0527a"):
    """A ribbed column cactus with one arm and a flower, in a glazed pot."""
    skin = surface(green, "diffuse 0.8 specular 0.1 roughness 0.05")
    parts = [*_pot(paint), _ribbed((0, 8, 0), 3.0, 13, skin), _ribbed((4.0, 12.2, -0.5), 1.5, 6.0, skin),
             ellipsoid((2.9, 13.2, -0.4), (1.8, 1.2, 1.3), skin)]
    for k in range(7):
        turn = 2 * math.pi * k / 7
        parts.append(ellipsoid((0.75 * math.cos(turn), 21.4, 0.75 * math.sin(turn)), (0.9, 0.5, 0.5), plastic(flower),
                               (0, -math.degrees(turn), 28)))
    parts.append(sphere((0, 21.5, 0), 0.5, plastic("#f6d14a")))
    arts = [paint] if isinstance(paint, Art) else []
    return model(parts, (12, 22, 12), arts)


def _ribbed(base, radius, tall, texture):
    rows, n = [], 80
    for k in range(21):
        t = k / 20
        r = radius * (0.82 + 0.3 * math.sin(math.pi * min(t * 1.1, 1) * 0.8)) * math.sqrt(max(1 - max(0, t - 0.75) ** 2 / 0.0625,
                                                                                              0.0))
        rows.append([(base[0] + r * (1 + 0.09 * math.cos(11 * a)) * math.sin(a), base[1] + tall * t,
                      base[2] - r * (1 + 0.09 * math.cos(11 * a)) * math.cos(a))
                     for a in (2 * math.pi * j / n for j in range(n + 1))])
    return grid(rows, texture, closed=True)


def leafy(paint, green="#3f7d45", edge="#c9cf6a", leaves=11):
    """A snake plant: stiff upright blades with pale edges."""
    parts = [*_pot(paint)]
    for k in range(leaves):
        parts.append(_blade(k, 137.5 * k, 16 + 9 * ((k * 7) % 5) / 4, 0.6 + 0.42 * k ** 0.8, green, edge))
    arts = [paint] if isinstance(paint, Art) else []
    return model(parts, (15, 34, 15), arts)


def _blade(k, turn, tall, out, green, edge):
    """One leaf: a long lens, folded along its middle, bending outwards."""
    rows, n = [], 16
    for i in range(n + 1):
        t = i / n
        half = 2.1 * math.sin(math.pi * (0.12 + 0.88 * t)) ** 0.7 * (1 if t < 1 else 0.02)
        lean = out + 2.2 * t * t
        rows.append([(s * half, 8 + tall * t, lean - 0.35 * abs(s)) for s in (-1, -0.5, 0, 0.5, 1)])
    stripes = (f"pigment {{ gradient x color_map {{ [0 srgb {vec(rgb(edge))}] [0.1 srgb {vec(rgb(edge))}] [0.16 srgb {vec(rgb(green))}] "
               f"[0.84 srgb {vec(rgb(green))}] [0.9 srgb {vec(rgb(edge))}] [1 srgb {vec(rgb(edge))}] }} scale 4.2 translate x*-2.1 "
               "warp { turbulence 0.15 } }")
    return f"object {{ {grid(rows, surface(stripes, 'diffuse 0.8 specular 0.15 roughness 0.03'))} rotate y*{turn:g} }}"
