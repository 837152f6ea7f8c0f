"""Lamps. A lit shade is only a bright surface: the room's light comes from elsewhere."""
from meshes import revolve
from sdl import cylinder, glazed, group, lacquer, metal, model, rod, sphere, srgb, surface, torus, tube


def _lit(colour, glow=0.35):
    return surface(colour, f"diffuse 0.6 emission {glow:g}", "normal { bumps 0.08 scale 0.1 }")


def table_lamp(base_paint, shade="#f3ead8", foot="#b98b5a", body="vase"):
    """A ceramic foot, a brass stem and a fabric shade."""
    outline = {"vase": [(4.4, 0.8), (6.6, 4), (8.0, 9), (6.8, 14), (3.4, 18), (1.6, 20.5), (1.5, 21.5)],
               "gourd": [(5, 0.8), (7.6, 4), (7.0, 8.5), (4.4, 11.5), (5.4, 14.5), (4.8, 18), (1.9, 20.5), (1.5, 21.5)],
               "column": [(6, 0.8), (3.6, 2.2), (3.0, 8), (3.0, 15), (3.4, 19), (2.0, 21), (1.5, 21.5)]}[body]
    brass = metal("#c9a24d", 0.03)
    parts = [
        revolve([(0, 0.02), (5.2, 0), (5.4, 0.4), (5.0, 0.9), (0, 0.9)], lacquer(foot), sharp=True),
        revolve(outline, glazed(base_paint)),
        cylinder((0, 21, 0), (0, 27, 0), 0.6, brass),
        revolve([(14.5, 25), (9.5, 43)], _lit(shade)),
        revolve([(14.3, 25), (9.3, 43)], _lit(shade, 0.6)),
        torus(14.45, 0.22, _lit(shade, 0.15), "translate y*25"), torus(9.45, 0.22, _lit(shade, 0.15), "translate y*43")]
    arts = [base_paint] if not isinstance(base_paint, str) else []
    return model(parts, (29, 43.2, 29), arts)


def desk_lamp(colour, joints="#c8cacd"):
    """A jointed reading lamp leaning over to the left."""
    paint, steel = lacquer(colour), metal(joints)
    head = group([
        revolve([(2.4, 8.2), (3.0, 7.2), (3.4, 5.2), (7.4, 0)], paint),
        revolve([(2.2, 8.0), (3.2, 5.2), (7.2, 0.05)], surface("#fff6dd", "diffuse 0.7 emission 0.3")),
        revolve([(0, 8.6), (2.4, 8.2)], paint),
        sphere((0, 2.4, 0), 2.4, surface("#fffbe8", "diffuse 0.3 emission 1.0"))],
        "rotate z*-38 translate <-14,33.5,0>")
    parts = [
        revolve([(0, 0.02), (8.4, 0), (8.4, 1.2), (7.8, 1.9), (0, 2.1)], paint, sharp=True),
        rod([(2, 2, 0), (9.5, 21, 0)], 0.62, steel), rod([(9.5, 21, 0), (-9.5, 39.5, 0)], 0.62, steel),
        cylinder((9.5, 21, -1.5), (9.5, 21, 1.5), 1.3, paint), cylinder((-9.5, 39.5, -1.4), (-9.5, 39.5, 1.4), 1.1, paint),
        head,
        tube([(2, 2.2, 0.8), (6, 12, 2.2), (9.8, 20.5, 1.8), (2, 30, 2.4), (-9, 39, 1)], 0.22, lacquer("#222222"))]
    return model(parts, (31, 43, 17), low=(-20.5, 0, -8.5))


def mushroom_lamp(colour, cap=None):
    """A one-colour glass mushroom of the nineteen-seventies kind."""
    glow = f"diffuse 0.65 emission 0.16 specular 0.5 roughness 0.004 reflection {{ 0.02, 0.3 falloff 3 }}"
    parts = [
        revolve([(0, 0.02), (7.0, 0), (7.4, 0.5), (6.2, 3), (4.4, 9), (3.8, 16), (4.0, 19)], surface(colour, glow)),
        revolve([(0, 17.5), (9, 17.6), (13.2, 18.4), (14.2, 20.2), (13, 24), (9, 28), (4, 30), (0, 30.4)],
                surface(cap or colour, glow.replace("0.16", "0.3")))]
    return model(parts, (28.6, 30.6, 28.6))


def globe_lamp(foot="#2a2c2f", stem="#c9a24d"):
    """An opal glass ball on a brass stem."""
    parts = [
        revolve([(0, 0.02), (7, 0), (7, 2.2), (6.6, 2.6), (0, 2.6)], lacquer(foot), sharp=True),
        cylinder((0, 2.5, 0), (0, 14, 0), 0.7, metal(stem, 0.02)),
        cylinder((0, 13, 0), (0, 15, 0), 2.2, metal(stem, 0.02)),
        sphere((0, 23.5, 0), 9.5, surface("#fff3dc", "diffuse 0.45 emission 0.5 specular 0.5 roughness 0.003 "
                                                     "reflection { 0.02, 0.3 falloff 3 }"))]
    return model(parts, (19, 33, 19))


def lantern(frame):
    """A camping lantern: glass chimney in a wire cage, with a bail handle."""
    paint = lacquer(frame)
    parts = [
        revolve([(0, 0.02), (6, 0), (6.4, 0.8), (6.4, 4), (5.2, 5.2), (0, 5.2)], paint, sharp=True),
        revolve([(4.6, 5.2), (5.4, 9), (5.4, 13), (4.4, 17)],
                f"texture {{ pigment {{ color {srgb('#fff4d6', 0.35)} }} finish {{ diffuse 0.3 emission 0.35 specular 0.8 "
                "roughness 0.003 reflection { 0.03, 0.4 falloff 3 } } }"),
        sphere((0, 9.5, 0), 1.8, surface("#fff1c0", "emission 1 diffuse 0"), "scale <1,1.3,1>"),
        revolve([(0, 17), (5.6, 17), (5.8, 18), (4.2, 20.5), (2.2, 22.2), (0, 22.4)], paint, sharp=True)]
    for x, z in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        parts.append(rod([(x * 4.3, 5, z * 4.3), (x * 4.3, 17.5, z * 4.3)], 0.25, paint))
    parts.append(tube([(-5.8, 17.5, 0), (-7.2, 22, 0), (-4, 27, 0), (0, 28.3, 0), (4, 27, 0), (7.2, 22, 0), (5.8, 17.5, 0)],
                      0.24, metal("#8f9296")))
    return model(parts, (14.6, 28.6, 13), low=(-7.3, 0, -6.5))
