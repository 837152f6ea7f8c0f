"""Query photos: a surrounding, a light, a hand-held camera, and the products and props that stand in it."""
import math

from sdl import vec

_SETTINGS = """#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 6
  radiosity { pretrace_start 0.08 pretrace_end 0.03 count 40 nearest_count 6 error_bound 1.1 recursion_limit 2
              low_error_factor 0.7 gray_threshold 0.3 minimum_reuse 0.015 brightness 1 normal off media off } }
#default { finish { ambient 0 emission 0 } }
"""

# What falls in from where: (direction, colour, strength, softness = lamp's size against its distance), and the sky's fill.
_LIGHTS = {
    "window": (((-1.0, 1.0, -0.7), "<1.0,0.98,0.94>", 0.95, 0.45), "<0.42,0.47,0.54>"),
    "lamp": (((0.8, 1.2, -0.6), "<1.0,0.80,0.56>", 0.95, 0.25), "<0.24,0.21,0.20>"),
    "shelf": (((0.55, 0.6, -1.5), "<1.0,0.86,0.66>", 0.85, 0.3), "<0.30,0.29,0.29>"),
    "noon": (((0.6, 1.6, -0.9), "<1.0,0.97,0.90>", 1.15, 0.06), "<0.40,0.46,0.55>"),
    "dusk": (((-1.1, 0.75, -0.5), "<1.0,0.72,0.50>", 0.80, 0.2), "<0.26,0.29,0.42>"),
    "ceiling": (((0.15, 1.6, -0.5), "<0.97,1.0,0.95>", 0.80, 0.6), "<0.36,0.37,0.36>"),
}
_GRAIN = {"window": "0.06", "lamp": "0.16", "shelf": "0.14", "noon": "0.05", "dusk": "0.16", "ceiling": "0.09"}


def scene(query, built):
    """The whole scene as text; `built` pairs every item of the query with its model."""
    parts = [_SETTINGS, _camera(query), _light(query.light, query.span_cm), *query.room[0]]
    parts += [model.placed(item.x, item.y, item.z, item.yaw, item.tilt) for model, item in built]
    parts += [f"object {{ {prop} rotate y*{turn:g} translate {vec(place)} }}" for prop, place, turn in query.props]
    return "\n".join(parts)


def camera_finish(query):
    """What a telephone does to a picture: a little noise, more of it in poor light, and stronger compression."""
    return ("-limit", "thread", "1", "-seed", "7", "-attenuate", _GRAIN[query.light], "+noise", "Gaussian", "-blur", "0x0.4",
            "-quality", "84")


def _camera(query):
    """`span_cm` is how much of the scene the picture is wide, at the point aimed at."""
    turn, lift = math.radians(query.azimuth), math.radians(query.elevation)
    distance = query.span_cm / 2 / math.tan(math.radians(query.fov / 2))
    back = (math.sin(turn) * math.cos(lift), math.sin(lift), -math.cos(turn) * math.cos(lift))
    place = [a + distance * b for a, b in zip(query.aim, back)]
    return (f"camera {{ location {vec(place)} up y right x*4/3 angle {query.fov} sky {vec((math.sin(math.radians(query.roll)), 1, 0))} "
            f"look_at {vec(query.aim)} }}")


def _light(name, span):
    (direction, colour, strength, softness), fill = _LIGHTS[name]
    reach = 4 * span
    length = math.hypot(*direction)
    place = [reach * d / length for d in direction]
    size = reach * softness
    return f"""
sky_sphere {{ pigment {{ color rgb {fill} }} }}
light_source {{ {vec(place)} color rgb {colour}*{strength:g}
  area_light x*{size:g}, z*{size:g}, 7, 7 adaptive 1 circular orient }}
light_source {{ {vec((-place[0], place[1], place[2] * 1.5))} color rgb {fill}*0.35 shadowless }}
"""
