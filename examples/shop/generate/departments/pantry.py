"""Cereal, tea, tins, jars and bottles: everything with a printed label.

The article numbers begin with 20, a range that is kept for use inside shops and never given to a maker.
"""
import labels
from barcode import with_check_digit
from models.packages import caddy, can, carton, drink_bottle, jar, oil_bottle
from product import Product, wrap


def _cereal(id, name, description, price, brand, title, tagline, top, bottom, accent, piece, pieces, number):
    gtin = with_check_digit(number)

    def build():
        front = wrap(id + "-front", 19, 27, labels.cereal_front(brand, title, tagline, top, bottom, accent, piece, pieces))
        side = wrap(id + "-side", 6.5, 27, labels.cereal_side(brand, top, bottom, accent))
        back = wrap(id + "-back", 19, 27, labels.cereal_back(brand, title, gtin, top, bottom, accent))
        return carton(19, 27, 6.5, front, side, top, back)
    return Product(id, name, description, "cereal", price, build, brand.title(), gtin, yaw=20, elevation=9)


def _tea(id, name, description, price, brand, blend, kind, ground, gold, leaf, motif, number):
    gtin = with_check_digit(number)

    def build():
        front = wrap(id + "-front", 16, 10, labels.tea_front(brand, blend, kind, ground, gold, leaf, gtin, motif), 50)
        side = wrap(id + "-side", 6.5, 10, labels.tea_side(brand, ground, gold))
        return carton(16, 10, 6.5, front, side, ground, front)
    return Product(id, name, description, "tea", price, build, brand.title(), gtin, yaw=7, elevation=9)


def _tin(id, name, description, price, variety, ground, band, fruit, shape, number):
    gtin = with_check_digit(number)

    def build():
        return can(wrap(id, 23.2, 10, labels.tin_label("PAPAVERO", variety, ground, band, fruit, gtin, shape)))
    return Product(id, name, description, "tins and jars", price, build, "Papavero", gtin, yaw=0, elevation=12)


def _jam(id, name, description, variety, check, content):
    def build():
        return jar(wrap(id, 22.6, 4.9, labels.jar_label("Lindhof", variety, check, content)), content, check)
    return Product(id, name, description, "tins and jars", "4.20", build, "Lindhof", yaw=0, elevation=10)


CEREAL = [
    _cereal("cereal-honey-hoops", "Honey hoops breakfast cereal", "Crunchy oat hoops with honey, 375 g.", "3.90", "SUNNYBARN",
            ["HONEY", "HOOPS"], "crunchy oat hoops with real honey", "#f7b733", "#fbe3a1", "#d2461e", "hoop",
            ["#e0a13a", "#c98422", "#f0be5e"], "200314159265"),
    _cereal("cereal-cocoa-hoops", "Cocoa hoops breakfast cereal", "Crunchy oat hoops with cocoa, 375 g.", "3.90", "SUNNYBARN",
            ["COCOA", "HOOPS"], "crunchy oat hoops with dark cocoa", "#7b4a2b", "#d9b48a", "#d2461e", "hoop",
            ["#5c341d", "#734526", "#472614"], "200271828182"),
    _cereal("cereal-berry-stars", "Berry stars breakfast cereal", "Puffed stars with raspberry, 375 g.", "4.10", "SUNNYBARN",
            ["BERRY", "STARS"], "puffed wheat stars with raspberry", "#c7417b", "#f6bfd3", "#5b2a86", "star",
            ["#e8608f", "#b52f62", "#f2a0bd"], "200161803398"),
    _cereal("muesli-apple", "Apple and cinnamon muesli", "Whole-grain muesli with apple and cinnamon, 375 g.", "5.40", "NORDMILL",
            ["APPLE", "MUESLI"], "whole grain, apple & cinnamon", "#4f8f4a", "#dcebc2", "#1f4d36", "flake",
            ["#d9b276", "#c0914e", "#a5c54e"], "200141421356"),
    _cereal("muesli-nuts", "Roasted nut muesli", "Whole-grain muesli with hazelnut and almond, 375 g.", "5.80", "NORDMILL",
            ["NUTTY", "MUESLI"], "roasted hazelnut & almond", "#2f6f9f", "#d3e6f1", "#163a5c", "flake",
            ["#d9b276", "#a8743c", "#8a5a2b"], "200173205080"),
]

TEA = [
    _tea("tea-earl-grey", "Earl Grey tea, blue box", "Black tea with bergamot, 20 bags.", "4.60", "KETTLEWICK", ["Earl Grey"],
         "BLACK TEA · BERGAMOT",
         "#1f2f57", "#d9b45f", "#6f8fc9", "leaf", "201618033988"),
    _tea("tea-peppermint", "Peppermint tea, green box", "Caffeine-free herbal tea, 20 bags.", "4.60", "KETTLEWICK", ["Peppermint"],
         "HERBAL TEA · MINT",
         "#1f5d46", "#d9b45f", "#7cc49a", "leaf", "201414213562"),
    _tea("tea-chamomile", "Chamomile tea, purple box", "Caffeine-free herbal tea, 20 bags.", "4.60", "KETTLEWICK", ["Chamomile"],
         "HERBAL TEA · FLOWERS",
         "#5a3a7a", "#e8c878", "#ffffff", "flower", "201732050807"),
    _tea("tea-rooibos", "Rooibos tea, orange box", "South African red bush tea, 20 bags.", "5.20", "AMAYA", ["Rooibos", "Sunrise"],
         "RED BUSH TEA",
         "#c4541f", "#fbe0a8", "#f7b23b", "sun", "201236067977"),
    _tea("tea-sencha", "Sencha green tea, white box", "Steamed Japanese-style green tea, 20 bags.", "6.10", "AMAYA",
         ["Sencha", "Fuji"], "GREEN TEA",
         "#86a65a", "#f7f3df", "#e9efe0", "hill", "201645751311"),
]

TINS = [
    _tin("tin-tomatoes", "Chopped tomatoes in a tin", "Sun-ripened chopped tomatoes, 400 g.", "1.60", "CHOPPED TOMATOES", "#fbf0d8",
         "#b5271e", "#d93a2b",
         "tomato", "202236067977"),
    _tin("tin-chickpeas", "Chickpeas in a tin", "Chickpeas in water, 400 g.", "1.40", "CHICKPEAS", "#fbf0d8", "#2f6b3c", "#e3bd6a",
         "pea", "202449489742"),
    _jam("jam-strawberry", "Strawberry jam in a jar", "Cooked in small pots, 340 g.", "STRAWBERRY JAM", "#c2273a", "#9e1628"),
    _jam("jam-apricot", "Apricot jam in a jar", "Cooked in small pots, 340 g.", "APRICOT JAM", "#d9791e", "#e08a22"),
    Product("coffee-alpine", "Dark roast coffee in a black tin", "Whole beans, dark roast, 250 g.", "tins and jars", "9.80",
            lambda: caddy(wrap("coffee-alpine", 29, 10.6, labels.coffee_label("CIMA NERA", "DARK ROAST COFFEE", "#2a2523",
                                                                              "#e3b873")), "#2a2523"),
            "Cima Nera", yaw=0, elevation=12),
    Product("coffee-morning", "Light roast coffee in a turquoise tin", "Whole beans, light roast, 250 g.", "tins and jars", "9.80",
            lambda: caddy(wrap("coffee-morning", 29, 10.6, labels.coffee_label("CIMA ALBA", "LIGHT ROAST COFFEE", "#4fb0ae",
                                                                               "#fdf3dc")), "#fdf3dc"),
            "Cima Nera", yaw=0, elevation=12),
]

DRINKS = [
    Product("lemonade-lemon", "Lemon lemonade in a glass bottle", "Cloudy lemonade with real lemons, 330 ml.", "drinks and oil",
            "2.20",
            lambda: drink_bottle(wrap("lemonade-lemon", 20, 7.4,
                                      labels.drink_label("LIMORO", "lemon", "#fdf6c9", "#2f6b3c", "#f2c81e")), "#efe08a", "#d8b12c"),
            "Limoro", yaw=0, elevation=9),
    Product("lemonade-blood-orange", "Blood orange lemonade in a glass bottle", "Sparkling blood orange, 330 ml.", "drinks and oil",
            "2.20",
            lambda: drink_bottle(wrap("lemonade-orange", 20, 7.4,
                                      labels.drink_label("LIMORO", "blood orange", "#fde3d0", "#8c1f2b", "#e2552b")), "#d9482b", "#8c1f2b"),
            "Limoro", yaw=0, elevation=9),
    Product("olive-oil", "Extra virgin olive oil, dark bottle", "Cold-pressed olive oil from one grove, 500 ml.", "drinks and oil",
            "13.90",
            lambda: oil_bottle(wrap("olive-oil", 19.4, 11, labels.oil_label("OLIVARA", "#f4ecd2", "#3d4a1c"))), "Olivara", yaw=0, elevation=9),
]

PRODUCTS = CEREAL + TEA + TINS + DRINKS
