"""The query photos: who stands where, in which room, in what light. Positions in centimetres, x to the right, z away from us."""
from dataclasses import dataclass

import props
import surroundings as rooms


@dataclass(frozen=True)
class Item:
    """A product in the picture; `tilt` lays or leans it: degrees about x, then about z."""
    product: str
    x: float = 0.0
    z: float = 0.0
    yaw: float = 0.0
    y: float = 0.0
    tilt: tuple = (0, 0)


@dataclass(frozen=True)
class Query:
    """One photo. The camera looks at `aim` from `azimuth` (to the right) and `elevation` degrees and sees `span_cm` there."""
    name: str
    room: tuple
    light: str
    span_cm: float
    aim: tuple
    items: tuple
    props: tuple = ()
    azimuth: float = 0.0
    elevation: float = 18.0
    fov: float = 38.0
    roll: float = 0.0


KITCHEN = (
    Query("breakfast-table", rooms.oak_table(), "window", 62, (0, 10, 0),
          (Item("cereal-honey-hoops", -15, 9, 14), Item("mug-red-stripes", 17, -2, 35), Item("bowl-blue-rings", 2, -10)),
          ((props.apple(), (25, 0, 12), 0), (props.spoon(), (19, 0, -15), 30), (props.napkin(), (-22, 0, -14), 20)), azimuth=-14, elevation=26, roll=2),
    Query("kitchen-counter", rooms.counter(), "ceiling", 56, (0, 11, 0),
          (Item("olive-oil", -20, 8, -10), Item("tin-tomatoes", -8, -4, 14), Item("tea-peppermint", 8, 6, -12),
           Item("coffee-morning", 23, 0, -20)),
          ((props.cutting_board(), (-30, 0, 24), 0),), azimuth=10, elevation=15),
    Query("pantry-shelf", rooms.bookcase(), "shelf", 58, (2, 13, 0),
          (Item("muesli-nuts", -14, 6, 6), Item("tin-chickpeas", 2, -5, 10), Item("jam-apricot", 11.5, 0, -15),
           Item("coffee-alpine", 22, 4, 10)),
          ((props.plain_books(7, 3), (-40, 0, 4), 0),), azimuth=12, elevation=7, roll=-1),
    Query("tea-on-linen", rooms.linen_table(), "window", 50, (0, 6, 0),
          (Item("tea-chamomile", -10, 6, -20), Item("mug-fern", 8, -5, 20), Item("jam-strawberry", 19, 8, -12)),
          ((props.spoon(), (2, 0, -13), -15), (props.orange(), (-22, 0, -8), 0)), azimuth=16, elevation=27),
    Query("two-teas", rooms.dark_table(), "lamp", 44, (0, 5, 0),
          (Item("tea-rooibos", -9.5, 0, 12), Item("tea-sencha", 9.5, 4, -16)), ((props.candle(), (18, 0, 16), 0),), azimuth=-6, elevation=20),
    Query("tea-lying", rooms.picnic_cloth(), "noon", 34, (0, 1, 0), (Item("tea-earl-grey", 0, -4, 14, 3.3, (90, 0)),),
          ((props.apple("#7fa03c"), (13, 0, 9), 0),), elevation=58, azimuth=6),
    Query("mug-trio", rooms.dark_table(), "dusk", 46, (0, 4, 0),
          (Item("mug-blue-stripes", -14, 2, 40), Item("mug-pink-dots", 0, -5, -20), Item("mug-black-cat", 14, 3, 12)),
          ((props.plate("#d6d0c2", 10), (-2, 0, 17), 0),), azimuth=-8, elevation=22),
    Query("mug-from-above", rooms.linen_table(), "noon", 26, (0, 4, 0), (Item("mug-terracotta-zigzag", 0, 0, -50),),
          ((props.spoon(), (-11, 0, -4), 70),), elevation=46),
    Query("cocoa-back-of-box", rooms.oak_table(), "window", 44, (0, 13, 0), (Item("cereal-cocoa-hoops", 0, 0, 172),),
          ((props.plate(), (16, 0, 20), 0),), elevation=12, azimuth=-4),
    Query("cereal-and-muesli", rooms.white_desk("#c9b28f"), "window", 60, (0, 13, 0),
          (Item("cereal-berry-stars", -13, 4, -14), Item("muesli-apple", 11, -2, 22)),
          ((props.apple(), (-2, 0, -12), 0), (props.napkin(), (24, 0, 14), 0)),
          azimuth=-12, elevation=12, roll=2),
    Query("sink-shelf", rooms.bathroom(), "ceiling", 42, (0, 8, 0),
          (Item("soap-lavender", -8, 2, -20), Item("toy-duck", 9, -4, -30)),
          ((props.candle("#e3ebe6"), (-20, 0, 12), 0),), azimuth=8, elevation=14),
    Query("picnic-drinks", rooms.picnic_cloth(), "noon", 52, (0, 10, 0),
          (Item("lemonade-lemon", -13, 2, 16), Item("lemonade-blood-orange", -2, -4, -14), Item("lantern-green", 15, 4, 30)),
          ((props.orange(), (6, 0, -12), 0), (props.orange(), (25, 0, -8), 0)), azimuth=14, elevation=18),
    Query("water-bottles", rooms.white_desk("#a9b79b"), "window", 54, (0, 12, 0),
          (Item("bottle-tarn-teal", -13, 4, 18), Item("bottle-tarn-coral", 1, -4, -22), Item("bottle-fjell-white", 15, 5, 6)),
          ((props.papers(), (-26, 0, -12), 30),), azimuth=-16, elevation=13),
    Query("salad-bowl", rooms.oak_table("#9bb0a0"), "window", 48, (0, 4, 0), (Item("bowl-tomato", -3, 0),),
          ((props.apple("#8fae3e"), (-3, 2.0, 0), 0), (props.orange(), (17, 0, 8), 0), (props.spoon(), (16, 0, -10), 60)), elevation=34, azimuth=12),
)

LIVING = (
    Query("desk", rooms.white_desk(), "lamp", 84, (0, 17, 0),
          (Item("lamp-desk-yellow", -22, 10, 24), Item("headphones-cream", 6, -8, 24), Item("book-circles", 12, 16, 10),
           Item("clock-alarm-mint", 28, 2, 22)),
          ((props.pencils(), (-2, 0, 20), 0), (props.papers(), (-10, 0, -16), -20)), azimuth=8, elevation=16),
    Query("reading-corner", rooms.parquet("#b9c4bb"), "window", 190, (10, 48, 0),
          (Item("armchair-petrol", -22, 10, 24), Item("cushion-suns", -20, -4, 24, 45, (14, 0)), Item("lamp-globe", 58, 8, 0, 32)),
          ((props.crate(), (58, 0, 8), 14), (props.frame(), (-30, 105, 117), 0)), azimuth=-6, elevation=12),
    Query("hallway", rooms.tiled_floor(), "ceiling", 92, (2, 18, 0),
          (Item("sneaker-navy-canvas", -20, -14, 32), Item("backpack-mustard", 20, 4, 22)), ((props.twigs(), (-26, 0, 50), 0),), azimuth=12, elevation=24),
    Query("two-chairs", rooms.concrete(), "window", 190, (0, 42, 0),
          (Item("chair-oak", -40, 0, 34), Item("chair-shell-orange", 38, 6, -32)),
          ((props.frame("#ddd8ce", "#a9856b"), (10, 110, 117), 0),), azimuth=5, elevation=12),
    Query("bench-cushions", ([*rooms.parquet("#c6b9a4")[0], f"object {{ {props.bench()} translate <0,45,60> }}"],
                             rooms.parquet()[1]), "window", 160,
          (0, 64, 60), (Item("cushion-triangles", -46, 62, 12, 45, (14, 0)), Item("cushion-grey-stripes", 0, 64, -6, 45, (14, 0)),
                        Item("cushion-waves-pink", 46, 60, -14, 45, (14, 0))), azimuth=-10, elevation=10),
    Query("evening-lamp", rooms.dark_table("#6f7f86"), "lamp", 78, (2, 21, 0), (Item("lamp-terracotta-gourd", -6, 4),),
          ((props.plain_books(2, 4), (12, 0, 8), 0), (props.candle(), (-22, 0, -6), 0)), azimuth=14, elevation=10),
    Query("shelf-radio", rooms.bookcase("#a97e55", "#d6d8d2"), "shelf", 84, (0, 15, 0),
          (Item("speaker-walnut", -14, 0, 16), Item("plant-snake-blue", 12, 2), Item("clock-wall-oak", 34, 8, -14)),
          ((props.plain_books(5, 5), (-48, 0, 4), 0),), azimuth=-10, elevation=8),
    Query("bar-stool", rooms.tiled_floor("#d8c9b0"), "noon", 118, (0, 29, 0), (Item("stool-red", 0, 0, 20),),
          ((props.crate(), (-40, 0, 60), 20),),
          azimuth=20, elevation=22),
)

WEAR_AND_PLAY = (
    Query("weekend", rooms.parquet("#a8b3ba"), "dusk", 104, (0, 14, 0),
          (Item("duffel-olive", -14, 12, 20), Item("sneaker-white-green", 26, -20, 24)),
          (), azimuth=-6, elevation=22),
    Query("gum-sole", rooms.concrete(), "noon", 52, (0, 4, 0), (Item("sneaker-black-gum", 0, 0, 48),), (), azimuth=0, elevation=30),
    Query("handbag-on-table", rooms.linen_table("#b98f86"), "window", 62, (0, 15, 0), (Item("handbag-cognac", 0, 0, 30),),
          ((props.papers(), (24, 0, -4), 40), (props.apple(), (-22, 0, -6), 0)), azimuth=-10, elevation=16),
    Query("market-bags", rooms.tiled_floor("#e0d8c6"), "window", 112, (0, 28, 0),
          (Item("tote-lemons", -23, 0, 24), Item("tote-navy-stripes", 24, 8, -14)),
          ((props.crate(), (0, 0, 60), 4),), azimuth=8, elevation=16),
    Query("play-rug", rooms.carpet(), "window", 92, (0, 12, 0),
          (Item("toy-teddy-brown", -24, 8, 22, 1), Item("toy-train-green", 0, -14, 34, 1), Item("toy-rings", 24, -4, 0, 1),
           Item("toy-ball", 14, 28, 40, 1)),
          ((props.blocks(), (-30, 1, -18), 0),), azimuth=-6, elevation=26),
    Query("nursery-shelf", rooms.bookcase("#e8e3d8", "#bfd3dc"), "shelf", 82, (0, 16, 0),
          (Item("toy-robot", -30, 0, 18), Item("toy-rabbit", -10, 0, -20), Item("book-night-forest", 12, 8, 14),
           Item("toy-rocket", 32, 0, 20)),
          ((props.blocks(), (2, 0, -8), 0),), azimuth=8, elevation=9),
    Query("book-stack", rooms.oak_table("#c7ccd4"), "lamp", 50, (0, 8, 0),
          (Item("book-garden", -10, 8, 18), Item("book-mountains", 10, -4, -12, 0.2, (0, 0))),
          ((props.pencils(), (24, 0, 12), 0),), azimuth=4, elevation=16),
)

QUERIES = KITCHEN + LIVING + WEAR_AND_PLAY
