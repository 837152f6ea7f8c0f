"""The catalogue's photo studio: white ground without a horizon, one big soft box, a white sky, a camera that frames."""
import math

from sdl import vec

FIELD_OF_VIEW_DEG = 24

_SETTINGS = """#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 8
  radiosity { pretrace_start 0.08 pretrace_end 0.02 count 60 nearest_count 8 error_bound 0.9 recursion_limit 1
              low_error_factor 0.6 gray_threshold 0.2 minimum_reuse 0.01 brightness 1 normal off media off } }
#default { finish { ambient 0 emission 0 } }
"""


def scene(model, yaw=-24.0, elevation=16.0):
    """A finished catalogue scene: the model, turned by `yaw`, fills the square frame with an even margin."""
    corners = _turned(model, yaw)
    camera, target, distance = frame(corners, elevation)
    size = max(model.high[i] - model.low[i] for i in range(3))
    return (_SETTINGS + _camera(camera, target) + _light(size)
            + "plane { y, 0 pigment { color rgb 0.91 } finish { diffuse 0.86 } }\n" + model.placed(yaw=yaw))


def frame(corners, elevation_deg, margin=0.86, fov_deg=FIELD_OF_VIEW_DEG):
    """Camera place, aim and distance so that all corners fit a square picture, centred."""
    tilt = math.radians(elevation_deg)
    back = (0, math.sin(tilt), -math.cos(tilt))
    up = (0, math.cos(tilt), math.sin(tilt))
    target = [sum(axis) / len(corners) for axis in zip(*corners)]
    distance = 10 * max(math.dist(target, c) for c in corners)
    for _ in range(12):
        camera = [t + distance * b for t, b in zip(target, back)]
        spots = [_project(c, camera, back, up) for c in corners]
        xs, ys = [s[0] for s in spots], [s[1] for s in spots]
        half = max(max(xs) - min(xs), max(ys) - min(ys)) / 2
        shift_x, shift_y = (max(xs) + min(xs)) / 2 * distance, (max(ys) + min(ys)) / 2 * distance
        target = [t + shift_x * (k == 0) + shift_y * up[k] for k, t in enumerate(target)]
        distance *= half / (margin * math.tan(math.radians(fov_deg / 2)))
    return [t + distance * b for t, b in zip(target, back)], target, distance


def _project(point, camera, back, up):
    offset = [p - c for p, c in zip(point, camera)]
    depth = -sum(o * b for o, b in zip(offset, back))
    return offset[0] / depth, sum(o * u for o, u in zip(offset, up)) / depth


def _turned(model, yaw):
    """The bounding box's corners after the turn (POV-Ray turns clockwise seen from above)."""
    sin, cos = math.sin(math.radians(yaw)), math.cos(math.radians(yaw))
    return [(x * cos + z * sin, y, -x * sin + z * cos)
            for x in (model.low[0], model.high[0]) for y in (model.low[1], model.high[1])
            for z in (model.low[2], model.high[2])]


def _camera(place, target):
    return (f"camera {{ location {vec(place)} up y right x angle {FIELD_OF_VIEW_DEG} look_at {vec(target)} }}\n")


def _light(size):
    """A soft box high on the left and a card on the right, both also seen as reflections in glossy things."""
    far = 4 * size
    return f"""
sky_sphere {{ pigment {{ gradient y color_map {{ [0 rgb 1.05] [0.14 rgb 1.05] [0.32 rgb 0.6] [1 rgb 0.8] }} }} }}
light_source {{ {vec((-far * 7.5, far * 11, -far * 7))} color rgb 0.76
  area_light x*{size * 24:g}, z*{size * 24:g}, 9, 9 adaptive 1 circular orient parallel point_at 0 }}
light_source {{ {vec((far, far * 0.5, -far * 1.2))} color rgb 0.14 shadowless }}
box {{ {vec((-far * 0.9, far * 0.35, -far * 0.7))}, {vec((-far * 0.88, far * 0.95, far * 0.1))}
  pigment {{ rgb 1 }} finish {{ emission 1.6 diffuse 0 }} no_shadow no_image no_radiosity }}
box {{ {vec((far * 0.9, far * 0.1, -far * 0.5))}, {vec((far * 0.92, far * 0.9, 0))}
  pigment {{ rgb 1 }} finish {{ emission 0.9 diffuse 0 }} no_shadow no_image no_radiosity }}
"""
