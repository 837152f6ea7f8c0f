"""Mugs, bowls and drinking bottles."""
import labels
import patterns
from models.packages import pump_bottle, steel_bottle
from models.tableware import bowl, mug
from product import Product, wrap


def _mug(id, name, description, price, paint, yaw=-18.0, **shape):
    def build():
        return mug(wrap(id, 27, 9.4, paint) if callable(paint) else paint, **shape)
    return Product(id, name, description, "mugs", price, build, "Holm & Clay", yaw=yaw)


def _bowl(id, name, description, price, outside, inside, **shape):
    def build():
        inner = wrap(id + "-inside", 26, 14, inside) if callable(inside) else inside
        outer = wrap(id + "-outside", 40, 9, outside) if callable(outside) else outside
        return bowl(outer, inner, **shape)
    return Product(id, name, description, "bowls", price, build, "Holm & Clay", yaw=0, elevation=30)


def _bottle(id, name, description, price, colour, ink, word="TARN", **shape):
    def build():
        label = wrap(f"{id}~{colour[1:]}", 22.6, 16.7, labels.bottle_logo(word, colour, ink))
        return steel_bottle(label, **shape)
    return Product(id, name, description, "water bottles", price, build, word.title(), yaw=8, elevation=10)


MUGS = [
    _mug("mug-red-stripes", "Red striped stoneware mug", "Cream mug with hand-painted red stripes, 350 ml.", "12.50",
         patterns.stripes("#f5efe2", "#c0322b", count=7, gap=1.1)),
    _mug("mug-blue-stripes", "Blue striped stoneware mug", "Cream mug with hand-painted navy stripes, 350 ml.", "12.50",
         patterns.stripes("#f5efe2", "#254a86", count=7, gap=1.1)),
    _mug("mug-yellow-dots", "Yellow polka dot mug", "Sunny yellow mug with white dots and a white handle.", "11.90",
         patterns.dots("#f2bd2c", "#fffaf0", size=26, every=118), shape="round", inside="#fffaf0"),
    _mug("mug-pink-dots", "Pink polka dot mug", "Rose mug with white dots and a white handle.", "11.90",
         patterns.dots("#e58ca0", "#fffaf0", size=26, every=118), shape="round", inside="#fffaf0"),
    _mug("mug-fern", "White mug with green ferns", "Porcelain mug with a wreath of fern fronds.", "14.00",
         patterns.fern("#fbfaf5", "#3f7a47", "#6ea35a", stems=11), shape="tapered", inside="#fbfaf5"),
    _mug("mug-navy-speckled", "Navy speckled enamel mug", "Dark blue camping mug with white speckles.", "9.90",
         patterns.speckle("#1f3355", "#e8ecf2", "#b8c4d8", count=650, biggest=8), handle="#1f3355", inside="#f2f2ee"),
    _mug("mug-terracotta-zigzag", "Terracotta mug with zigzag pattern", "Unglazed terracotta with cream and black zigzags.",
         "15.50",
         patterns.zigzag("#c2693f", "#f4e7cf", "#2f2723", teeth=13, rows=5, thick=0.34), handle="#c2693f", inside="#e9d9bd", shape="round"),
    _mug("mug-good-morning", "White good morning mug", "White mug that says good morning, with a coral rim.", "10.50",
         patterns.words("#fcfbf7", "#d8503f", ["good", "morning"], around="#ef8f7e"), yaw=-8, inside="#fcfbf7"),
    _mug("mug-black-cat", "Mint mug with black cat", "Mint green mug, a black cat looks out of it.", "13.50",
         patterns.cat_face("#a9d8c4", "#24211f", "#e79aa5"), yaw=-8, handle="#a9d8c4", shape="straight"),
]

BOWLS = [
    _bowl("bowl-blue-rings", "White bowl with blue rings", "Porcelain breakfast bowl with blue rings inside.", "13.00",
          "#f6f4ee", patterns.ringed("#f8f6f0", (0.90, 0.06, "#2b5a9e"), (0.80, 0.025, "#2b5a9e"), (0.0, 0.2, "#2b5a9e"))),
    _bowl("bowl-speckled-sand", "Sand speckled stoneware bowl", "Reactive glaze in warm sand with brown speckles.", "16.00",
          patterns.speckle("#d8c4a2", "#6b4a32", "#8b6a4a", count=900), patterns.speckle("#e6d6b8", "#6b4a32", "#8b6a4a", count=500), rim="#a67c52"),
    _bowl("bowl-turquoise-waves", "Turquoise bowl with wave pattern", "Scallop waves outside, plain turquoise inside.", "17.50",
          patterns.waves("#f2f6f2", "#1f8f96", "#66bcc0", rows=5), "#3fb0b4", rim="#1f8f96"),
    _bowl("bowl-tomato", "Large tomato red salad bowl", "Wide glossy red salad bowl, white inside.", "24.00",
          "#c9342b", "#fbf7ef", rim="#c9342b", wide_cm=24),
]

BOTTLES = [
    _bottle("bottle-tarn-teal", "Teal insulated water bottle", "Double-walled steel, keeps cold for 24 hours, 750 ml.", "29.00",
            "#1d7f82", "#eef6f3"),
    _bottle("bottle-tarn-coral", "Coral insulated water bottle", "Double-walled steel, keeps cold for 24 hours, 750 ml.", "29.00",
            "#ee6a50", "#fff6ee"),
    _bottle("bottle-tarn-black", "Black insulated water bottle", "Double-walled steel, keeps cold for 24 hours, 750 ml.", "29.00",
            "#26282b", "#e8c46a",
            cap="#b8bbc0"),
    _bottle("bottle-fjell-white", "White steel bottle with bamboo lid", "Matt white flask with a bamboo-coloured lid.", "34.00",
            "#efeee9", "#3a5a44",
            word="FJELL", cap="#c79a5e", loop=False),
]

SOAPS = [
    Product("soap-lemongrass", "Lemongrass hand soap", "Pump bottle with mild plant-based soap.", "soap", "6.90",
            lambda: pump_bottle(wrap("soap-lemongrass", 23, 8.8,
                                     labels.soap_label("bubbly", "LEMONGRASS", "#f6f7e6", "#3c6b45", "#a5c04c")), "#cfe08a"),
            "Bubbly", yaw=6, elevation=10),
    Product("soap-lavender", "Lavender hand soap", "Pump bottle with mild plant-based soap.", "soap", "6.90",
            lambda: pump_bottle(wrap("soap-lavender", 23, 8.8,
                                     labels.soap_label("bubbly", "LAVENDER", "#f5f0fa", "#57407f", "#8d78bd")), "#b7a4dc"),
            "Bubbly", yaw=6, elevation=10),
]

PRODUCTS = MUGS + BOWLS + BOTTLES + SOAPS
