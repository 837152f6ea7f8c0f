"""Sneakers: a skin lofted from heel to toe over a rubber sole, with laces. Toe to the left, outer side to the front."""
import math

from meshes import loft, grid, smooth
from sdl import cloth, group, leather, model, rubber, tube

LENGTH_CM = 28.0
_SECTIONS, _AROUND = 44, 48
# Along the foot from heel (0) to toe (1): half width of the sole, and the height of the upper.
_WIDTH = smooth([(0, 3.0), (0.15, 3.5), (0.35, 3.3), (0.55, 4.0), (0.72, 4.7), (0.88, 4.3), (1, 3.6)], 12)
_HEIGHT = smooth([(0, 9.0), (0.1, 8.7), (0.25, 7.9), (0.36, 8.9), (0.44, 8.9), (0.55, 7.2), (0.7, 5.6), (0.85, 4.5), (1, 3.6)], 12)


def _at(curve, s):
    for (a, p), (b, q) in zip(curve, curve[1:]):
        if s <= b:
            return p + (q - p) * (s - a) / max(b - a, 1e-9)
    return curve[-1][1]


def _round_ends(s):
    """Draws the outline together at the heel and, more gently, at the toe."""
    heel, toe = max(0.0, 0.10 - s) / 0.10, max(0.0, s - 0.80) / 0.20
    return math.sqrt(max(1 - heel * heel, 0.0)) * math.sqrt(max(1 - toe * toe, 0.0))


def _upper_section(s):
    """The skin across the foot at `s`; behind the laces it dips to make the opening for the ankle."""
    half, top = _at(_WIDTH, s) * _round_ends(s), _at(_HEIGHT, s) * (1 - 0.35 * max(0, s - 0.88) / 0.12)
    top *= 0.66 + 0.34 * min(1.0, _round_ends(s) * 1.15) if s < 0.1 else 1.0
    opening = max(0.0, 1 - ((s - 0.19) / 0.185) ** 4) if abs(s - 0.19) < 0.185 else 0.0
    collar = 0.22 * max(0.0, 1 - s / 0.55)
    section = []
    for j in range(_AROUND + 1):
        a = math.pi * j / _AROUND
        c, up = math.cos(a), math.sin(a) ** 0.72
        dip = max(0.0, 1 - (abs(a - math.pi / 2) / (0.31 * math.pi)) ** 4) * opening
        z = -half * math.copysign(abs(c) ** 0.8, c) * (1 - collar * up)
        section.append((LENGTH_CM * (0.5 - s), 1.6 + (top - 1.6) * up - dip * (top - 3.2), z))
    return section


def _sole(colour, stripe):
    """The rubber: the foot's outline pushed up from the ground, with a coloured line round it."""
    def ring(y, swell):
        right = [(LENGTH_CM * (0.5 - s) * (1 + 0.014 * swell), y + 0.5 * max(0, s - 0.85) / 0.15,
                  -(_at(_WIDTH, s) + 0.28 * swell) * _round_ends(s))
                 for s in (k / 60 for k in range(61))]
        return right + [(x, h, -z) for x, h, z in reversed(right)]
    levels = [(0, -0.3), (0.25, 0.6), (0.9, 1.0), (1.9, 1.0), (2.5, 0.7), (2.65, -0.4)]
    parts = [loft([ring(y, swell) for y, swell in levels], rubber(colour))]
    parts.append(loft([ring(1.45, 1.12), ring(1.75, 1.12)], rubber(stripe)))
    return parts


def _laces(colour):
    """Six crossings over the tongue, each a soft arch."""
    parts = []
    for k in range(6):
        s = 0.43 + 0.048 * k
        for lean in (0.018, -0.018) if k else (0.0,):
            y, x = _at(_HEIGHT, s), LENGTH_CM * (0.5 - s)
            dx = lean * LENGTH_CM
            parts.append(tube([(x + dx, y - 0.75, -1.75), (x + dx / 2, y - 0.02, -0.9), (x, y + 0.22, 0),
                               (x - dx / 2, y - 0.02, 0.9), (x - dx, y - 0.75, 1.75)], 0.21, cloth(colour, 0.05)))
    return parts


def sneaker(skin, sole="#f4f2ec", stripe=None, laces="#f7f5f0", hide=cloth):
    """One shoe; `skin` is Art over the whole upper: u from the outer sole over the top, v from heel to toe."""
    rows = [_upper_section(k / _SECTIONS) for k in range(_SECTIONS + 1)]
    parts = [grid(rows, hide(skin)), *_sole(sole, stripe or sole), *_laces(laces)]
    return model([group(parts)], (LENGTH_CM + 0.8, 9.2, 10.2), [skin])


def pair(skin, **options):
    """Two shoes as a shop shows them: one behind the other, a little ahead."""
    one = sneaker(skin, **options)
    parts = [one.placed(x=1.5, z=-5.6, yaw=4), one.placed(x=-1.5, z=6.0, yaw=-6)]
    return model(parts, (33, 9.2, 22.5), one.arts)


def leather_pair(skin, **options):
    return pair(skin, hide=leather, **options)
