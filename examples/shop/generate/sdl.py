"""Writes POV-Ray's scene description language: numbers, colours, surfaces, and the Model they add up to.

Conventions everywhere in this folder: centimetres, y up, a product stands on y = 0 around the origin
and shows its front to -z (where the camera is). Colours are `#rrggbb` as a person sees them.
"""
from dataclasses import dataclass, field

from canvas import Art


@dataclass(frozen=True)
class Model:
    """A product as POV-Ray text, with its bounding box (to frame it) and the pictures printed on it."""
    sdl: str
    low: tuple
    high: tuple
    arts: tuple = field(default_factory=tuple)

    def placed(self, x=0.0, y=0.0, z=0.0, yaw=0.0, tilt=(0, 0)):
        """The same thing turned by `yaw` degrees and moved; `tilt` leans it (about x, about z) first."""
        return (f"union {{ {self.sdl}\n rotate <{tilt[0]},0,{tilt[1]}> rotate y*{yaw:g} "
                f"translate {vec((x, y, z))} }}\n")


def model(parts, size, arts=(), low=None):
    """A Model from its parts; `size` = (width, height, depth), centred on the origin unless `low` says otherwise."""
    low = low or (-size[0] / 2, 0, -size[2] / 2)
    return Model("\n".join(parts), low, tuple(a + b for a, b in zip(low, size)), tuple(arts))


def vec(values):
    return "<" + ",".join(f"{v:.4f}".rstrip("0").rstrip(".") for v in values) + ">"


def rgb(colour):
    """`#rrggbb` as three numbers in 0..1."""
    return tuple(int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))


def srgb(colour, transmit=0.0):
    """`#rrggbb` as a POV-Ray colour; POV-Ray works in linear light, `srgb` converts."""
    return f"srgbt {vec(rgb(colour) + (transmit,))}"


def pigment(paint):
    """A plain colour, or an Art wrapped over the shape by its own (u, v); POV-Ray text passes through."""
    if isinstance(paint, Art):
        return f'pigment {{ uv_mapping image_map {{ png "{paint.path}" interpolate 2 }} }}'
    if paint.startswith("#"):
        return f"pigment {{ color {srgb(paint)} }}"
    return paint


def surface(paint, finish, normal=""):
    return f"texture {{ {pigment(paint)} {normal} finish {{ {finish} }} }}"


def glazed(paint):
    """Glossy ceramic: the rim catches the soft boxes, more so at a grazing angle."""
    return surface(paint, "diffuse 0.82 specular 0.35 roughness 0.004 reflection { 0.02, 0.22 falloff 3 }")


def paper(paint):
    """Printed card: almost matt, with the faint sheen of varnish."""
    return surface(paint, "diffuse 0.86 specular 0.06 roughness 0.06 reflection { 0, 0.05 falloff 4 }")


def plastic(paint):
    return surface(paint, "diffuse 0.8 specular 0.28 roughness 0.015 reflection { 0.01, 0.14 falloff 3 }")


def lacquer(paint):
    """Powder-coated metal and painted wood."""
    return surface(paint, "diffuse 0.8 specular 0.22 roughness 0.03 reflection { 0.01, 0.09 falloff 3 }")


def rubber(paint):
    return surface(paint, "diffuse 0.82 specular 0.08 roughness 0.08")


def cloth(paint, grain_cm=0.12, bump=0.35):
    """Woven fabric: a fine random relief breaks the highlight up."""
    return surface(paint, "diffuse 0.88 specular 0.02 roughness 0.2",
                   f"normal {{ bumps {bump} scale {grain_cm:g} }}")


def leather(paint):
    return surface(paint, "diffuse 0.78 specular 0.18 roughness 0.05 reflection { 0, 0.06 falloff 3 }",
                   "normal { crackle 0.25 scale 0.35 turbulence 0.3 }")


def metal(colour="#c9ccd0", blur=0.02):
    return surface(colour, f"diffuse 0.35 specular 0.7 roughness {blur:g} metallic "
                           "reflection { 0.45 metallic } brilliance 2")


def wood(light="#d9b382", dark="#a97b4c", along="x", grain_cm=1.0):
    """Straight-grained timber: a turbulent noise drawn out along the plank."""
    stretch = {"x": (14, 1, 1), "y": (1, 14, 1), "z": (1, 1, 14)}[along]
    mid = mix(light, dark, 0.45)
    return surface(
        f"pigment {{ bozo turbulence <0.25,0.25,0.25> octaves 4 color_map {{ [0.15 {srgb(light)}] [0.45 {srgb(mid)}] "
        f"[0.55 {srgb(light)}] [0.75 {srgb(dark)}] [0.9 {srgb(mid)}] }} scale {vec(stretch)}*{0.45 * grain_cm:g} }}",
        "diffuse 0.82 specular 0.1 roughness 0.04 reflection { 0, 0.08 falloff 3 }",
        f"normal {{ granite 0.04 scale {vec(stretch)}*{0.3 * grain_cm:g} }}")


def glass(tint="#f4fbf8", colour_depth=0.25):
    """Clear or tinted glass; the caller adds `interior { ior 1.45 }` only where bending the light pays off."""
    red, green, blue = rgb(tint)
    return (f"texture {{ pigment {{ color srgbft {vec((red, green, blue, 1 - colour_depth, 0.0))} }} finish {{ diffuse 0.05 "
            "specular 0.8 roughness 0.001 reflection { 0.03, 0.5 falloff 3 } conserve_energy } }")


def mix(a, b, amount):
    """The colour `amount` of the way from `a` to `b`."""
    pair = zip(rgb(a), rgb(b))
    return "#" + "".join(f"{round(255 * (p + (q - p) * amount)):02x}" for p, q in pair)


def darker(colour, amount=0.25):
    return mix(colour, "#000000", amount)



def box(low, high, texture, extra=""):
    return f"box {{ {vec(low)}, {vec(high)} {texture} {extra} }}"


def sphere(centre, radius, texture, extra=""):
    return f"sphere {{ {vec(centre)}, {radius:g} {texture} {extra} }}"


def ellipsoid(centre, radii, texture, turn=(0, 0, 0)):
    return f"sphere {{ 0, 1 scale {vec(radii)} rotate {vec(turn)} translate {vec(centre)} {texture} }}"


def cylinder(a, b, radius, texture, extra=""):
    return f"cylinder {{ {vec(a)}, {vec(b)}, {radius:g} {extra} {texture} }}"


def cone(a, radius_a, b, radius_b, texture, extra=""):
    return f"cone {{ {vec(a)}, {radius_a:g}, {vec(b)}, {radius_b:g} {extra} {texture} }}"


def torus(major, minor, texture, place=""):
    return f"torus {{ {major:g}, {minor:g} {place} {texture} }}"


def tube(points, radius, texture):
    """A round rod bent through `points`: handles, wires, chair legs."""
    knots = [points[0], *points, points[-1]]
    body = ", ".join(f"{vec(p)}, {radius:g}" for p in knots)
    return f"sphere_sweep {{ cubic_spline {len(knots)}, {body} tolerance 0.01 {texture} }}"


def rod(points, radius, texture):
    """Straight rods from point to point, with rounded joints."""
    body = ", ".join(f"{vec(p)}, {radius:g}" for p in points)
    return f"sphere_sweep {{ linear_spline {len(points)}, {body} {texture} }}"


def rounded_box(low, high, radius, texture):
    """A box with soft edges: a sphere's corners, cylinders' edges and three slabs."""
    (x0, y0, z0), (x1, y1, z1) = ([a + radius for a in low], [b - radius for b in high])
    parts = [f"sphere {{ {vec((x, y, z))}, {radius:g} }}" for x in (x0, x1) for y in (y0, y1) for z in (z0, z1)]
    for p, q in ((y, z) for y in (y0, y1) for z in (z0, z1)):
        parts.append(f"cylinder {{ {vec((x0, p, q))}, {vec((x1, p, q))}, {radius:g} }}")
    for p, q in ((x, z) for x in (x0, x1) for z in (z0, z1)):
        parts.append(f"cylinder {{ {vec((p, y0, q))}, {vec((p, y1, q))}, {radius:g} }}")
    for p, q in ((x, y) for x in (x0, x1) for y in (y0, y1)):
        parts.append(f"cylinder {{ {vec((p, q, z0))}, {vec((p, q, z1))}, {radius:g} }}")
    parts += [f"box {{ {vec((low[0], y0, z0))}, {vec((high[0], y1, z1))} }}",
              f"box {{ {vec((x0, low[1], z0))}, {vec((x1, high[1], z1))} }}",
              f"box {{ {vec((x0, y0, low[2]))}, {vec((x1, y1, high[2]))} }}"]
    return "union { " + " ".join(parts) + f" {texture} }}"


def group(parts, place=""):
    return "union { " + "\n".join(parts) + f" {place} }}"
