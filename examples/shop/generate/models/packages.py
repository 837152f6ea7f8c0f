"""Printed packages: cartons, tins, jars and books. The printing is Art; here are only the shapes it goes on."""
from canvas import Art
from meshes import quad, revolve
from sdl import box, darker, group, lacquer, metal, model, paper, plastic, surface


def _arts(*paints):
    return [paint for paint in paints if isinstance(paint, Art)]


def _panels(width, height, depth, front, right, top, back=None):
    """The printed faces of a box standing on the ground, seen from outside with their text upright."""
    w, d = width / 2, depth / 2
    return [
        quad((-w, 0, -d), (w, 0, -d), (w, height, -d), (-w, height, -d), paper(front)),
        quad((w, 0, -d), (w, 0, d), (w, height, d), (w, height, -d), paper(right)),
        quad((-w, 0, d), (-w, 0, -d), (-w, height, -d), (-w, height, d), paper(right)),
        quad((w, 0, d), (-w, 0, d), (-w, height, d), (w, height, d), paper(back or right)),
        quad((-w, height, -d), (w, height, -d), (w, height, d), (-w, height, d), paper(top))]


def carton(width, height, depth, front, side, top, back=None):
    """A folded carton. Its lid is a shade deeper than the print: board curls, and light finds the gap."""
    parts = _panels(width, height, depth, front, side, top, back)
    bottom = [(sx * width / 2, 0.02, sz * depth / 2) for sx, sz in ((-1, 1), (1, 1), (1, -1), (-1, -1))]
    parts.append(quad(*bottom, paper(top)))
    flap = paper(darker(top, 0.3) if isinstance(top, str) else "#777777")
    parts.append(box((-width / 2, height, -0.06), (width / 2, height + 0.05, 0.06), flap))
    return model(parts, (width, height, depth), _arts(front, side, top, back))


def can(label, radius=3.7, height=11.0):
    """A food tin with a paper label between two rolled steel rims and rings pressed into the lid."""
    r, steel = radius, metal("#d4d6d8")
    parts = [
        revolve([(r, 0.5), (r, height - 0.5)], paper(label)),
        revolve([(0, 0.15), (r - 0.2, 0.1), (r + 0.12, 0), (r + 0.14, 0.3), (r, 0.5)], steel, sharp=True),
        revolve([(r, height - 0.5), (r + 0.14, height - 0.3), (r + 0.12, height), (r - 0.15, height), (r - 0.2, height - 0.4),
                 (r - 0.8, height - 0.4), (r - 0.9, height - 0.3), (r - 1.2, height - 0.3), (r - 1.3, height - 0.4),
                 (0, height - 0.4)], steel, sharp=True)]
    return model(parts, (2 * r + 0.3, height, 2 * r + 0.3), _arts(label))


def caddy(label, lid, radius=4.6, height=13.0):
    """A round tin for coffee: printed all over, a lid that slips over the top."""
    parts = [
        revolve([(0, 0.05), (radius, 0), (radius, 0.2)], lacquer(lid), sharp=True),
        revolve([(radius, 0.2), (radius, height - 2.2)], lacquer(label)),
        revolve([(radius, height - 2.2), (radius + 0.16, height - 2.2), (radius + 0.16, height - 0.2),
                 (radius - 0.1, height), (radius - 0.6, height), (radius - 0.7, height - 0.15), (0, height - 0.15)],
                lacquer(lid), sharp=True)]
    return model(parts, (2 * radius + 0.4, height, 2 * radius + 0.4), _arts(label))


def jar(label, content, lid, radius=3.6, height=9.5):
    """A jam jar: what is inside is opaque enough to be drawn as the glass's own colour, which renders quickly."""
    glossy = surface(content, "diffuse 0.65 specular 0.8 roughness 0.003 reflection { 0.03, 0.4 falloff 3 }")
    body = [(radius, 0.5), (radius, height / 2), (radius, height - 3.1), (radius, height - 2.9), (radius - 0.2, height - 2.3),
            (radius - 0.7, height - 1.7)]
    parts = [
        revolve([(0, 0.02), (radius - 0.5, 0.02), (radius - 0.1, 0.15), (radius, 0.5)], glossy, sharp=True),
        revolve(body, glossy),
        revolve([(radius + 0.03, 1.3), (radius + 0.03, height - 3.3)], paper(label)),
        revolve([(radius - 0.45, height - 1.75), (radius - 0.4, height - 0.15), (radius - 0.6, height), (0, height)],
                lacquer(lid), sharp=True)]
    return model(parts, (2 * radius, height, 2 * radius), _arts(label))


def book(cover, spine, width=14.0, height=21.0, thick=2.6):
    """A hardback standing upright: boards a little larger than the paper block, spine to the left."""
    w, d, over = width / 2, thick / 2, 0.3
    pages = surface("pigment { gradient z color_map { [0 srgb <.96,.94,.88>] [0.6 srgb <.96,.94,.88>] "
                    "[0.8 srgb <.86,.83,.76>] [1 srgb <.94,.92,.86>] } scale 0.14 }", "diffuse 0.85")
    plain = spine if isinstance(spine, str) else "#888888"
    parts = [
        box((-w + 0.1, 0.2, -d + 0.15), (w - over, height - 0.25, d - 0.15), pages),
        box((-w, 0, -d), (w, height, -d + 0.18), paper(plain)),
        box((-w, 0, d - 0.18), (w, height, d), paper(plain)),
        box((-w, 0, -d), (-w + 0.18, height, d), paper(plain)),
        quad((-w, 0, -d - 0.01), (w, 0, -d - 0.01), (w, height, -d - 0.01), (-w, height, -d - 0.01), paper(cover))]
    return model(parts, (width, height, thick), _arts(cover, spine))


def steel_bottle(label, cap="#2b2d2f", loop=True):
    """An insulated drinking bottle; `label` wraps its straight body."""
    parts = [
        revolve([(0, 0.02), (3.1, 0), (3.55, 0.3), (3.6, 0.8)], metal("#b9bcc0")),
        revolve([(3.6, 0.8), (3.6, 17.5)], lacquer(label)),
        revolve([(3.6, 17.5), (3.5, 18.6), (2.9, 20.0), (2.4, 20.7), (2.3, 21.2)], lacquer(_plain(label))),
        revolve([(2.3, 21.2), (2.7, 21.2), (2.75, 24.2), (2.5, 24.6), (0, 24.65)], plastic(cap), sharp=True)]
    height = 24.7
    if loop:
        parts.append(f"torus {{ 1.9, 0.36 rotate x*90 translate y*24.6 {plastic(cap)} }}")
        height = 26.8
    return model(parts, (7.3, height, 7.3), _arts(label))


def _plain(label):
    """The bare body colour that a wrap-around print was drawn on: its name ends in it, as in `tarn-teal#1f7a7a`."""
    return "#" + label.name.split("~")[1] if isinstance(label, Art) else label


def drink_bottle(label, drink, crown):
    """A lemonade bottle: tinted glass full to the neck, paper label, crown cap."""
    full = surface(drink, "diffuse 0.6 specular 0.9 roughness 0.002 reflection { 0.04, 0.5 falloff 3 }")
    parts = [
        revolve([(0, 0.02), (2.6, 0), (3.1, 0.5), (3.15, 3), (3.15, 9), (3.1, 12), (2.6, 14.5), (1.7, 17),
                 (1.35, 19.2), (1.3, 21.5)], full),
        revolve([(3.19, 3.2), (3.19, 10.6)], paper(label)),
        revolve([(1.3, 21.2), (1.55, 21.3), (1.6, 21.9), (1.2, 22.3), (0, 22.35)], metal(crown, 0.05), sharp=True)]
    return model(parts, (6.4, 22.4, 6.4), _arts(label))


def oil_bottle(label, glass_colour="#2f3d17", cap="#1b1b1b"):
    """A slim dark bottle for olive oil; nearly opaque, so the light need not be traced through it."""
    dark = surface(glass_colour, "diffuse 0.45 specular 0.9 roughness 0.002 reflection { 0.05, 0.55 falloff 3 }")
    parts = [
        revolve([(0, 0.02), (2.6, 0), (3.0, 0.4), (3.05, 3), (3.05, 15), (2.9, 17), (1.9, 19.5), (1.35, 21.5),
                 (1.3, 25)], dark),
        revolve([(3.09, 3.0), (3.09, 14.0)], paper(label)),
        revolve([(1.42, 23.6), (1.42, 27.2), (1.3, 27.4), (0, 27.4)], lacquer(cap), sharp=True)]
    return model(parts, (6.2, 27.4, 6.2), _arts(label))


def pump_bottle(label, body, pump="#f4f4f2"):
    """A hand-soap bottle with a pump whose spout points to the left."""
    parts = [
        revolve([(0, 0.02), (3.2, 0), (3.6, 0.4), (3.65, 2), (3.65, 11), (3.5, 12.2), (2.4, 13.4), (1.5, 13.8)],
                plastic(body)),
        revolve([(3.68, 2.0), (3.68, 10.8)], paper(label)),
        revolve([(1.7, 13.6), (1.7, 15.0), (0.5, 15.2), (0.5, 17.0), (1.3, 17.1), (1.3, 17.9), (0, 18.0)],
                plastic(pump), sharp=True),
        group([f"cylinder {{ <0,17.5,0>, <-3.6,17.3,0>, 0.42 {plastic(pump)} }}",
               f"cylinder {{ <-3.6,17.3,0>, <-3.7,16.5,0>, 0.38 {plastic(pump)} }}"])]
    return model(parts, (7.4, 18.0, 7.4), _arts(label))
