"""Chairs, lamps, cushions, clocks and plants."""
import patterns
from canvas import Art
from models.furniture import armchair, dining_chair, pouffe, shell_chair, stool
from models.gadgets import alarm_clock, desk_clock, wall_clock
from models.home import cactus, cushion, leafy
from models.lamps import desk_lamp, globe_lamp, lantern, mushroom_lamp, table_lamp
from product import Product, wrap
from sdl import cloth, lacquer, leather, wood

OAK = ("#d9b27c", "#b98a52")
WALNUT = ("#8a5a36", "#5a3820")


def _chair(id, name, description, price, build, yaw=-28.0):
    return Product(id, name, description, "chairs", price, build, "Stua Nord", yaw=yaw, elevation=15)


def _lamp(id, name, description, price, build, yaw=-10.0):
    return Product(id, name, description, "lamps", price, build, "Lumi", yaw=yaw, elevation=9)


def _cushion(id, name, description, paint, **size):
    return Product(id, name, description, "cushions", "24.00", lambda: cushion(Art(id, 640, 640, paint), **size), "Webe", yaw=-16,
                   elevation=8)


def _clock(id, name, description, price, build, yaw=-16.0):
    return Product(id, name, description, "clocks", price, build, "Uhr & Zeit", yaw=yaw, elevation=8)


CHAIRS = [
    _chair("chair-oak", "Oak dining chair", "Solid oak with a slatted back.", "129.00",
           lambda: dining_chair(wood(*OAK, along="y", grain_cm=3), wood(*OAK, grain_cm=3))),
    _chair("chair-black", "Black dining chair with cane seat", "Black painted beech, straw-coloured seat.", "139.00",
           lambda: dining_chair(lacquer("#26272a"), cloth("#d2b27a", 1.2, 0.8))),
    _chair("chair-shell-mint", "Mint shell chair with wooden legs", "Moulded seat in mint on oak legs.", "99.00",
           lambda: shell_chair("#9fd3bf", wood(*OAK, along="y", grain_cm=3))),
    _chair("chair-shell-orange", "Orange shell chair with black legs", "Moulded seat in orange on black legs.", "99.00",
           lambda: shell_chair("#e5752b", lacquer("#232323"))),
    _chair("armchair-mustard", "Mustard yellow armchair", "Deep upholstered chair on walnut legs.", "399.00",
           lambda: armchair("#d6a02c", wood(*WALNUT, along="y", grain_cm=3))),
    _chair("armchair-petrol", "Petrol blue armchair", "Deep upholstered chair on oak legs.", "399.00",
           lambda: armchair("#1f5a6b", wood(*OAK, along="y", grain_cm=3))),
    _chair("stool-red", "Red bar stool", "Padded red seat on black legs, steel foot ring.", "79.00",
           lambda: stool(leather("#b92c2c"), lacquer("#242424"))),
    _chair("pouffe-grey", "Grey knitted pouffe", "Round footstool in ribbed knit.", "69.00", lambda: pouffe("#9aa0a6")),
]

LAMPS = [
    _lamp("lamp-blue-vase", "Blue ceramic table lamp", "Cobalt vase foot, linen shade.", "69.00", lambda: table_lamp("#27509b")),
    _lamp("lamp-terracotta-gourd", "Terracotta table lamp with dark shade", "Gourd-shaped foot, brown shade.", "74.00",
          lambda: table_lamp("#c56a42", "#8a6a4d", body="gourd")),
    _lamp("lamp-white-column", "White table lamp with yellow shade", "Slim white column, yellow shade.", "64.00",
          lambda: table_lamp("#f3f1ec", "#f0c24a", body="column")),
    _lamp("lamp-desk-black", "Black desk lamp", "Jointed reading lamp.", "49.00", lambda: desk_lamp("#27282b"), -14),
    _lamp("lamp-desk-yellow", "Yellow desk lamp", "Jointed reading lamp.", "49.00", lambda: desk_lamp("#f0b82a"), -14),
    _lamp("lamp-mushroom-orange", "Orange mushroom lamp", "Glass mushroom with a warm glow.", "59.00",
          lambda: mushroom_lamp("#e8702a")),
    _lamp("lamp-globe", "Opal globe lamp with brass stem", "Glass ball on a black foot.", "79.00", lambda: globe_lamp()),
    _lamp("lantern-green", "Green camping lantern", "Lantern with wire handle.", "39.00", lambda: lantern("#3f6b4f")),
]

CUSHIONS = [
    _cushion("cushion-triangles", "Cushion with coloured triangles", "Cotton, quilt pattern in teal, coral and mustard.",
             patterns.triangles("#f3ead8", "#1f7a78", "#e5704f", "#e8b640", "#2d3f63", across=5)),
    _cushion("cushion-monstera", "Cushion with monstera leaves", "Cream linen with big green leaves.",
             patterns.monstera("#f4efe1", "#2f6b46", "#5c9a5f", stems=18)),
    _cushion("cushion-grey-stripes", "Grey and white striped cushion", "Woven stripes.",
             patterns.stripes("#f3f1ec", "#7b828a", count=9, gap=0.9, upright=True)),
    _cushion("cushion-suns", "Blue cushion with golden suns", "Starbursts on deep blue.",
             patterns.suns("#22365f", "#e5b04a", "#f0cf86")),
    _cushion("cushion-waves-pink", "Pink cushion with scallop waves", "Scallops in three pinks.",
             patterns.waves("#fbe9e4", "#d9707f", "#eeb0ae", rows=5)),
    _cushion("cushion-gingham-red", "Red gingham cushion", "Checked cotton.", patterns.checks("#fbf7ef", "#c2302f", count=12)),
]

CLOCKS = [
    _clock("clock-alarm-red", "Red twin bell alarm clock", "Loud, with brass bells.", "27.00",
           lambda: alarm_clock("#c5302c", Art("clock-alarm-red", 420, 420, patterns.dial("#fdf8ec", "#222222", "#222222", second="#c5302c")))),
    _clock("clock-alarm-mint", "Mint twin bell alarm clock", "Loud, with silver bells.", "27.00",
           lambda: alarm_clock("#8fcbb5", Art("clock-alarm-mint", 420, 420, patterns.dial("#ffffff", "#375a50", "#375a50", second="#e5704f")), "#c9ccd0")),
    _clock("clock-wall-black", "Black wall clock with white dial", "Railway style, 30 cm.", "35.00",
           lambda: wall_clock(lacquer("#1f2022"), Art("clock-wall-black", 600, 600, patterns.dial("#fbfbf8", "#1a1a1a", "#1a1a1a", numerals=False, second="#cf2f2a")))),
    _clock("clock-wall-oak", "Oak wall clock with blue dial", "Wooden rim, blue face, white numerals.", "42.00",
           lambda: wall_clock(wood(*OAK), Art("clock-wall-oak", 600, 600, patterns.dial("#2f5d7e", "#f7f1e0", "#f7f1e0", ticks=False)))),
    _clock("clock-digital-walnut", "Walnut digital alarm clock", "Wooden block with light numerals.", "39.00",
           lambda: desk_clock(wood(*WALNUT, grain_cm=0.5), Art("clock-digital", 560, 360, patterns.digits("#17181a", "#ffe9b0")))),
]

PLANTS = [
    Product("plant-cactus", "Cactus in a white dotted pot", "Easy-care cactus with a pink flower.", "plants", "14.00",
            lambda: cactus(wrap("pot-dots", 34, 9, patterns.dots("#f7f4ec", "#d9574a", size=20, every=130))), "Grona", elevation=12),
    Product("plant-snake", "Snake plant in a terracotta pot", "Upright leaves with pale edges.", "plants", "18.00",
            lambda: leafy("#bf6a45"), "Grona", elevation=10),
    Product("plant-snake-blue", "Small snake plant in a blue drip-glaze pot", "Upright leaves in a blue pot.", "plants", "21.00",
            lambda: leafy(wrap("pot-drip", 34, 9, patterns.glaze("#e9e2d0", "#d8cdb4", "#2a5f8f")), "#5b9a56", "#8fbf6f", leaves=7), "Grona", elevation=10),
]

PRODUCTS = CHAIRS + LAMPS + CUSHIONS + CLOCKS + PLANTS
