"""Mugs and bowls, thrown on a wheel: profiles turned around the y axis."""
from meshes import revolve
from sdl import darker, glazed, group, model, torus, tube


def mug(outside, inside="#f5f1e8", handle=None, shape="straight"):
    """A mug about 9.5 cm tall with its handle to the right. `outside` is a colour or wrap-around Art."""
    skirts = {"straight": [(4.0, 0.1), (4.15, 0.35), (4.15, 3), (4.15, 6), (4.15, 9.4)],
              "round": [(3.2, 0.1), (4.5, 2.6), (4.6, 5.2), (4.1, 8.0), (3.95, 9.4)],
              "tapered": [(3.2, 0.1), (3.55, 3.4), (3.95, 6.5), (4.35, 9.4)]}[shape]
    foot, rim = skirts[0], skirts[-1]
    root = 0.4 if shape == "round" else 0.15  # a bellied wall is met at a slant: end the handle further out
    trim = glazed(handle or inside)
    parts = [
        revolve(skirts, glazed(outside)),
        revolve([(0, 0.02), (foot[0] - 0.1, 0.02), foot], glazed(inside), sharp=True),
        torus(rim[0] - 0.14, 0.17, glazed(inside), f"translate y*{rim[1]}"),
        revolve([(rim[0] - 0.3, rim[1]), (skirts[-3][0] - 0.3, skirts[-3][1]), (foot[0] - 0.5, 1.2), (1, 0.8), (0, 0.8)],
                glazed(inside)),
        tube([(_radius(skirts, 7.6) + root, 7.6, 0), (5.6, 8.0, 0), (6.9, 6.6, 0), (6.7, 4.4, 0), (5.4, 2.6, 0),
              (_radius(skirts, 2.3) + root, 2.3, 0)], 0.42, trim)]
    arts = [outside] if not isinstance(outside, str) else []
    return model(parts, (11.8, 9.6, 9.2), arts, low=(-4.5, 0, -4.6))


def _radius(profile, y):
    """How far out the wall is at that height, so that the handle ends in it and not inside the mug."""
    for (r0, y0), (r1, y1) in zip(profile, profile[1:]):
        if y <= y1:
            return r0 + (r1 - r0) * (y - y0) / (y1 - y0)
    return profile[-1][0]


def bowl(outside, inside, rim="#f5f1e8", wide_cm=17.0):
    """A breakfast bowl; the eye sees mostly the inside, so both sides take a colour or Art."""
    k = wide_cm / 17.0
    parts = [
        revolve([(3.6 * k, 0.6), (5.2 * k, 1.6), (7.2 * k, 4.0), (8.4 * k, 7.4)], glazed(outside)),
        revolve([(3.4 * k, 0), (3.6 * k, 0.6)], glazed(darker(rim, 0.1))),
        torus(8.3 * k, 0.22, glazed(rim), "translate y*7.4"),
        revolve([(0, 1.2), (2, 1.22), (4.9 * k, 2.1), (6.8 * k, 4.3), (8.1 * k, 7.4)], glazed(inside))]
    arts = [paint for paint in (outside, inside) if not isinstance(paint, str)]
    return model([group(parts)], (wide_cm, 7.6, wide_cm), arts)
