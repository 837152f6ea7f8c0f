"""Curved shapes as smooth triangle meshes with (u, v), so that any printed picture can be wrapped over them."""
import math

from sdl import vec


def grid(rows, texture, uvs=None, closed=False):
    """A mesh through `rows` of points (each row equally long); smooth normals come from the neighbours.

    Without `uvs`, u runs 0..1 along a row and v 0..1 from the first row to the last. `closed` says that a
    row's last point equals its first, so that the normals agree across the seam.
    """
    height, width = len(rows), len(rows[0])
    points, normals, coordinates = [], [], []
    for i in range(height):
        for j in range(width):
            points.append(rows[i][j])
            normals.append(_normal(rows, i, j, closed))
            coordinates.append(uvs[i][j] if uvs else (j / (width - 1), i / (height - 1)))
    faces = []
    for i in range(height - 1):
        for j in range(width - 1):
            a, b, c, d = i * width + j, i * width + j + 1, (i + 1) * width + j, (i + 1) * width + j + 1
            faces += [(a, b, d), (a, d, c)]
    return _mesh2(points, normals, coordinates, faces, texture)


def quad(lower_left, lower_right, upper_right, upper_left, texture):
    """One flat rectangle showing a picture upright."""
    return grid([[lower_left, lower_right], [upper_left, upper_right]], texture)


def revolve(profile, texture, segments=72, sharp=False):
    """Turns `profile`, (radius, y) from bottom to top, around the y axis; a picture's middle faces the front.

    The profile is a smooth curve through the points, or, when `sharp`, straight lines with crisp edges.
    """
    if sharp:
        return "union { " + " ".join(revolve(pair, texture, segments)
                                     for pair in zip(profile, profile[1:])) + " }"
    curve = smooth(profile, 6) if len(profile) > 2 else profile
    angles = [math.pi * (2 * j / segments - 1) for j in range(segments + 1)]
    rows = [[(max(r, 1e-3) * math.sin(a), y, -max(r, 1e-3) * math.cos(a)) for a in angles] for r, y in curve]
    total = _lengths(curve)
    uvs = [[(j / segments, total[i] / total[-1]) for j in range(segments + 1)] for i in range(len(curve))]
    return grid(rows, texture, uvs, closed=True)


def disc(radius, centre, texture, segments=64):
    """A round picture facing the front: a clock's dial, a drum's end."""
    rows, uvs = [], []
    for r in (1e-3, radius):
        angles = [2 * math.pi * j / segments for j in range(segments + 1)]
        rows.append([(centre[0] + r * math.cos(a), centre[1] + r * math.sin(a), centre[2]) for a in angles])
        uvs.append([(0.5 + r / radius * math.cos(a) / 2, 0.5 + r / radius * math.sin(a) / 2) for a in angles])
    return grid(rows, texture, uvs, closed=True)


def rounded_outline(half_x, half_z, squareness=4.0, points=48):
    """A closed outline between an ellipse (2) and a rectangle (large), as (x, z) pairs, clockwise from the front."""
    outline = []
    for k in range(points + 1):
        a = 2 * math.pi * k / points - math.pi / 2
        c, s = math.cos(a), math.sin(a)
        outline.append((half_x * math.copysign(abs(c) ** (2 / squareness), c),
                        half_z * math.copysign(abs(s) ** (2 / squareness), s)))
    return outline


def loft(sections, texture):
    """A skin over closed outlines, one per section, each a list of points ending where it begins."""
    return grid(sections, texture, closed=True)


def pillow(width, height, thickness, texture, n=28):
    """A stuffed square: full in the middle, thin and slightly drawn in along the seams. Stands upright, front to -z."""
    def point(u, v, side):
        full = ((1 - u * u) * (1 - v * v)) ** 0.42
        x = u * (1 - 0.07 * (1 - v * v)) * width / 2
        y = v * (1 - 0.07 * (1 - u * u)) * height / 2 + height / 2
        wrinkle = 0.03 * math.sin(7 * u + 3 * v) * (u * u + v * v) * (1 - u * u) * (1 - v * v)
        return (x, y, -side * thickness / 2 * (full + wrinkle))
    steps = [math.sin(math.pi / 2 * (2 * i / n - 1)) for i in range(n + 1)]
    uvs = [[((u + 1) / 2, (v + 1) / 2) for u in steps] for v in steps]
    return [grid([[point(u, v, side) for u in steps] for v in steps], texture, uvs) for side in (1, -1)]


def smooth(points, steps):
    """A Catmull-Rom curve through `points`, `steps` pieces between neighbours."""
    padded = [points[0], *points, points[-1]]
    curve = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:]):
        for k in range(steps):
            t = k / steps
            curve.append(tuple(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
                                      + (3 * b - a - 3 * c + d) * t ** 3)
                               for a, b, c, d in zip(p0, p1, p2, p3)))
    return curve + [tuple(points[-1])]


def _lengths(curve):
    """Distance along the curve at each of its points; the first is 0."""
    total = [0.0]
    for a, b in zip(curve, curve[1:]):
        total.append(total[-1] + max(math.dist(a, b), 1e-6))
    return total


def _normal(rows, i, j, closed):
    height, width = len(rows), len(rows[0])
    before, after = (j - 1, j + 1)
    if closed and j in (0, width - 1):
        before, after = width - 2, 1
    across = _minus(rows[i][min(after, width - 1)], rows[i][max(before, 0)])
    along = _minus(rows[min(i + 1, height - 1)][j], rows[max(i - 1, 0)][j])
    normal = (across[1] * along[2] - across[2] * along[1],
              across[2] * along[0] - across[0] * along[2],
              across[0] * along[1] - across[1] * along[0])
    length = math.hypot(*normal)
    return tuple(n / length for n in normal) if length > 1e-12 else (0, 1, 0)


def _minus(a, b):
    return tuple(p - q for p, q in zip(a, b))


def _mesh2(points, normals, uvs, faces, texture):
    def block(name, items):
        return f"{name} {{ {len(items)}, " + ",".join(vec(item) for item in items) + " }"
    return ("mesh2 { " + block("vertex_vectors", points) + block("normal_vectors", normals)
            + block("uv_vectors", uvs) + block("face_indices", faces) + f" {texture} }}")
