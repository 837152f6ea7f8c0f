"""Toys: soft ones from balls of plush, wooden ones from blocks and wheels."""
from meshes import revolve
from sdl import (box, cloth, cone, cylinder, ellipsoid, glazed, group, lacquer, model, plastic, rounded_box, sphere, srgb, surface,
                 torus, tube, wood)


def _plush(colour):
    return surface(colour, "diffuse 0.9", "normal { bumps 0.9 scale 0.28 turbulence 0.6 }")


def _eyes(x, y, z, radius):
    shiny = plastic("#16110e")
    return [sphere((side * x, y, z), radius, shiny) for side in (-1, 1)]


def teddy(fur, muzzle, bow="#b3262f"):
    """A sitting bear with a bow tie."""
    coat, pale, ribbon = _plush(fur), _plush(muzzle), cloth(bow, 0.1)
    parts = [
        ellipsoid((0, 9, 0), (8, 9.2, 7), coat), ellipsoid((0, 8.5, -3.2), (5.2, 6, 4.2), pale),
        ellipsoid((0, 22, -0.5), (7.4, 6.6, 6.6), coat), ellipsoid((0, 20.4, -5.6), (3.3, 2.7, 2.6), pale),
        ellipsoid((0, 21.6, -8.0), (1.2, 0.85, 0.7), plastic("#20140f")), *_eyes(2.9, 23.6, -6.1, 0.75)]
    for side in (-1, 1):
        parts += [ellipsoid((side * 5.9, 27.4, 0), (2.9, 2.9, 1.6), coat),
                  ellipsoid((side * 5.9, 27.3, -1.1), (1.8, 1.8, 0.9), pale),
                  ellipsoid((side * 9.2, 11, -2.6), (2.6, 5.8, 2.7), coat, (25, 0, side * 32)),
                  ellipsoid((side * 6.4, 3.2, -7), (3.2, 3.1, 6.6), coat, (0, side * -22, 0)),
                  ellipsoid((side * 8.6, 3.3, -12.4), (2.3, 2.4, 1.2), pale, (0, side * -22, 0)),
                  ellipsoid((side * 2.5, 15.6, -6.2), (2.4, 1.5, 0.9), ribbon, (0, 0, side * 12))]
    parts.append(sphere((0, 15.6, -6.7), 0.9, ribbon))
    return model(parts, (25, 30.2, 21), low=(-12.5, 0, -13.8))


def rabbit(fur, inner="#eac3c3", scarf="#5b8fb0"):
    """A slim soft rabbit with upright ears and a scarf."""
    coat, pale, knit = _plush(fur), _plush(inner), cloth(scarf, 0.3, 0.6)
    parts = [
        ellipsoid((0, 8.5, 0), (6.2, 8.7, 5.6), coat), ellipsoid((0, 20, -0.6), (5.6, 5.2, 5.2), coat),
        ellipsoid((0, 18.8, -5.2), (0.8, 0.6, 0.5), plastic("#b06a70")), *_eyes(2.3, 20.8, -5.0, 0.6),
        torus(3.9, 1.2, knit, "scale <1,1,1> translate <0,15.1,-0.2>"),
        ellipsoid((2.2, 11.5, -5.6), (1.4, 4, 0.8), knit, (12, 0, 8)),
        sphere((0, 5, 5.6), 2.2, _plush("#ffffff"))]
    for side in (-1, 1):
        parts += [ellipsoid((side * 2.7, 29.6, 0.4), (1.7, 6.6, 1.0), coat, (0, 0, side * -9)),
                  ellipsoid((side * 2.7, 29.6, -0.3), (1.0, 5.2, 0.6), pale, (0, 0, side * -9)),
                  ellipsoid((side * 6.4, 10, -1.6), (1.7, 5, 1.8), coat, (14, 0, side * 24)),
                  ellipsoid((side * 3.6, 2, -4.6), (2.3, 2, 4.6), coat, (0, side * -10, 0))]
    return model(parts, (16, 36, 16), low=(-8, 0, -9.2))


def duck(body="#f6c51e", beak="#e8731d"):
    """The bath duck, swimming to the left and looking at you."""
    paint, orange = plastic(body), plastic(beak)
    parts = [
        ellipsoid((0.6, 3.9, 0), (5.6, 3.9, 4.4), paint), ellipsoid((5.4, 5.8, 0), (2.2, 1.3, 2.0), paint, (0, 0, 32)),
        sphere((-2.8, 9.0, 0), 3.2, paint), ellipsoid((-6.0, 8.5, 0), (1.7, 0.55, 1.5), orange, (0, 0, -6)),
        ellipsoid((-5.8, 8.0, 0), (1.4, 0.45, 1.2), orange, (0, 0, 8)),
        ellipsoid((1.4, 4.8, -3.7), (3.1, 1.9, 1.1), paint, (0, 0, 14)), ellipsoid((1.4, 4.8, 3.7), (3.1, 1.9, 1.1), paint, (0, 0, 14))]
    for side in (-1, 1):
        parts += [sphere((-4.7, 9.9, side * 2.0), 0.72, plastic("#ffffff")),
                  sphere((-5.15, 10.0, side * 2.2), 0.44, plastic("#111111"))]
    return model(parts, (14.5, 12.2, 9.4), low=(-7.7, 0, -4.7))


def stacking_rings(colours, ball="#d8392f"):
    """Rings on a peg, largest at the bottom, as a child leaves them on a good day."""
    parts = [revolve([(0, 0.02), (6.4, 0), (6.6, 0.6), (6.2, 1.4), (0, 1.4)], wood("#e2bf8d", "#bb8d55"), sharp=True),
             cylinder((0, 1, 0), (0, 17, 0), 0.8, wood("#e2bf8d", "#bb8d55", "y"))]
    y = 1.4
    for k, colour in enumerate(colours):
        minor = 1.45 - 0.08 * k
        parts.append(torus(4.6 - 0.55 * k, minor, lacquer(colour), f"translate y*{y + minor:g}"))
        y += 2 * minor - 0.15
    parts.append(sphere((0, y + 1.6, 0), 1.9, lacquer(ball)))
    return model(parts, (13.2, y + 3.5, 13.2))


def train(body, cab, wheels="#2d2f33", trim="#f2c230"):
    """A wooden engine running to the left."""
    paint, house, iron, gold = lacquer(body), lacquer(cab), lacquer(wheels), lacquer(trim)
    parts = [box((-9, 2.6, -3.2), (9, 4.2, 3.2), wood("#ddb981", "#b1814c")),
             cylinder((-8.4, 7.2, 0), (2, 7.2, 0), 3.0, paint), cylinder((-8.9, 7.2, 0), (-8.3, 7.2, 0), 3.15, gold),
             rounded_box((1.6, 4.2, -3.4), (8.6, 12, 3.4), 0.5, house), rounded_box((0.8, 12, -4), (9.4, 13.2, 4), 0.5, paint),
             box((3.2, 8, -3.46), (7, 10.8, 3.46), surface("#bfe0ea", "diffuse 0.6 specular 0.5 reflection 0.1")),
             cone((-6, 9.6, 0), 0.9, (-6, 13, 0), 1.6, iron), cylinder((-2, 9.8, 0), (-2, 11.2, 0), 1.1, gold),
             sphere((-2, 11.2, 0), 1.1, gold)]
    for x, r in ((-6, 2.0), (-1.2, 2.0), (5, 2.9)):
        for side in (-1, 1):
            parts += [cylinder((x, r, side * 3.2), (x, r, side * 4.3), r, iron),
                      cylinder((x, r, side * 4.3), (x, r, side * 4.5), r * 0.45, gold)]
    return model(parts, (18.6, 13.4, 9.2), low=(-9.2, 0, -4.6))


def robot(body, limbs, eye="#ffe27a"):
    """A tin robot with a dial on its chest."""
    tin, arm, dark, light = lacquer(body), lacquer(limbs), lacquer("#2c2f36"), surface(eye, "emission 0.5 diffuse 0.5")
    parts = [rounded_box((-5, 6, -3.2), (5, 16, 3.2), 0.7, tin), rounded_box((-3.8, 17, -3), (3.8, 23.4, 3), 0.7, tin),
             cylinder((0, 15, 0), (0, 18, 0), 1.4, dark), box((-3.2, 9, -3.4), (3.2, 14.4, -3.1), dark),
             rounded_box((-2.6, 18.3, -3.3), (2.6, 19.2, -2.8), 0.2, dark), sphere((0, 27, 0), 0.8, light),
             cylinder((0, 23, 0), (0, 27, 0), 0.25, dark)]
    for k, colour in enumerate(("#e5483b", "#f2c230", "#43a868")):
        parts.append(sphere((-1.9 + 1.9 * k, 10.5, -3.4), 0.6, lacquer(colour)))
    parts.append(cylinder((0, 12.7, -3.4), (0, 12.7, -3.7), 1.1, light))
    for side in (-1, 1):
        parts += [cylinder((side * 1.7, 21.2, -2.8), (side * 1.7, 21.2, -3.5), 1.05, light),
                  sphere((side * 1.7, 21.2, -3.5), 0.4, dark),
                  cylinder((side * 3.8, 20, 0), (side * 4.8, 20, 0), 1.2, arm), sphere((side * 5.6, 14.6, 0), 1.5, arm),
                  tube([(side * 5.6, 14.4, 0), (side * 7.6, 11.5, -0.6), (side * 7.4, 8, -2.2)], 0.95, arm),
                  torus(1.15, 0.45, dark, f"rotate x*60 translate <{side * 7.4},7,-2.8>"),
                  cylinder((side * 2.5, 1.5, 0), (side * 2.5, 7, 0), 1.3, arm), rounded_box((side * 2.5 - 2.1, 0, -4), (side * 2.5 + 2.1, 2.4, 2.6), 0.6, dark)]
    return model(parts, (18, 27.8, 8), low=(-9, 0, -4.2))


def beach_ball(colours, radius=14.0):
    """Six bright panels and a white cap."""
    stops = "".join(f"[{k / 6:.4f} color {srgb(c)}] [{(k + 1) / 6:.4f} color {srgb(c)}]" for k, c in enumerate(colours))
    panels = f"pigment {{ radial color_map {{ {stops} }} }}"
    ball = group([sphere((0, 0, 0), radius, plastic(panels)), f"intersection {{ {sphere((0, 0, 0), radius * 1.002, '')} "
                  f"plane {{ -y, {-radius * 0.955:g} }} {plastic('#ffffff')} }}"],
                 f"rotate <0,20,0> rotate <-38,0,-18> translate y*{radius:g}")
    return model([ball], (2 * radius, 2 * radius, 2 * radius))


def rocket(body="#f2efe8", fins="#d13b35", window="#5fb4d8"):
    """A wooden rocket on three fins."""
    skin, red = lacquer(body), lacquer(fins)
    parts = [revolve([(2.2, 3), (3.6, 6), (4.2, 11), (3.9, 16), (3.1, 20)], skin),
             revolve([(3.1, 20), (2.3, 23), (1.2, 25.6), (0, 27)], red),
             revolve([(0, 2.2), (2.0, 2.2), (2.3, 3.2)], lacquer("#55585e")),
             torus(1.7, 0.35, red, "rotate x*90 translate <0,14.5,-4.0>"), sphere((0, 14.5, -2.6), 1.75, glazed(window))]
    fin = f"prism {{ linear_sweep linear_spline -0.45, 0.45, 6, <2.6,9>, <3.6,8>, <7.6,2.6>, <7.9,0>, <6.2,0>, <2.4,4.2> rotate x*-90 {red} }}"
    parts += [f"object {{ {fin} rotate y*{turn} }}" for turn in (30, 150, 270)]
    return model(parts, (15, 27, 14))
