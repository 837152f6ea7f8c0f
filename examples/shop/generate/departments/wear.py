"""Sneakers, bags and headphones."""
import patterns
from canvas import Art
from models.bags import backpack, duffel, handbag, tote
from models.gadgets import headphones, speaker
from models.shoes import leather_pair, pair
from product import Product
from sdl import lacquer, wood


def _shoes(id, name, description, price, skin, make=pair, brand="Strada", **options):
    return Product(id, name, description, "sneakers", price, lambda: make(Art(id, 720, 900, skin), **options), brand, yaw=-28,
                   elevation=24)


SHOES = [
    _shoes("sneaker-white-green", "White sneakers with green heel", "Smooth leather court shoes, white sole.", "79.00",
           patterns.sneaker_skin("#f4f3ee", heel="#2f7d54", side="#2f7d54", lining="#dfe7df", motif="bars"), leather_pair),
    _shoes("sneaker-red-canvas", "Red canvas sneakers", "Canvas plimsolls with a white toe cap.", "49.00",
           patterns.sneaker_skin("#c72f2f", toe="#f3efe6", lining="#e9ddcf"), stripe="#c72f2f"),
    _shoes("sneaker-navy-canvas", "Navy canvas sneakers", "Canvas plimsolls with a white toe cap.", "49.00",
           patterns.sneaker_skin("#27406f", toe="#f3efe6", lining="#e9ddcf"), stripe="#27406f"),
    _shoes("sneaker-black-gum", "Black sneakers with gum sole", "Black suede with a white wave, caramel sole.", "85.00",
           patterns.sneaker_skin("#2a2a2c", side="#f1eee6", lining="#55555a", motif="wave"), sole="#b9783f", laces="#2a2a2c"),
    _shoes("sneaker-sky-yellow", "Sky blue running shoes with yellow stripes", "Light mesh runners.", "95.00",
           patterns.sneaker_skin("#58a6d8", toe="#3c86ba", heel="#f4c52f", side="#f4c52f", lining="#2f4a63", motif="bars"),
           laces="#f4c52f",
           stripe="#f4c52f", brand="Corsa"),
    _shoes("sneaker-rose-star", "Rose sneakers with white star", "Soft rose suede with a star on the side.", "75.00",
           patterns.sneaker_skin("#dd9aa0", heel="#f6f1ea", side="#fbf8f2", lining="#f1dfdc", motif="star")),
]

BAGS = [
    Product("tote-lemons", "Lemon print canvas tote bag", "Heavy cotton shopper printed with lemons.", "bags", "19.00",
            lambda: tote(Art("tote-lemons", 720, 720, patterns.lemons("#f4ecd9"))), "Marktag", yaw=-20, elevation=10),
    Product("tote-navy-stripes", "Navy striped canvas tote bag", "Heavy cotton shopper with sailor stripes.", "bags", "19.00",
            lambda: tote(Art("tote-stripes", 720, 720, patterns.stripes("#f6f1e4", "#243b66", count=8, gap=1.3)), "#243b66"), "Marktag", yaw=-20, elevation=10),
    Product("backpack-forest", "Forest green canvas backpack", "Waxed canvas day pack with leather trim, 18 l.", "bags", "89.00",
            lambda: backpack("#3d5f48", "#466b52"), "Tarn", yaw=-24, elevation=10),
    Product("backpack-mustard", "Mustard and grey backpack", "Two-tone day pack with leather trim, 18 l.", "bags", "89.00",
            lambda: backpack("#d9a22e", "#6b7078", "#4a3426"), "Tarn", yaw=-24, elevation=10),
    Product("handbag-cognac", "Cognac leather handbag", "Structured bag with flap and brass clasp.", "bags", "149.00",
            lambda: handbag("#a75a2a"), "Velda", yaw=-26, elevation=14),
    Product("handbag-burgundy", "Burgundy leather handbag", "Structured bag with flap and silver clasp.", "bags", "149.00",
            lambda: handbag("#6d1f2e", "#d0d2d5"), "Velda", yaw=-26, elevation=14),
    Product("duffel-olive", "Olive weekend duffel bag", "Canvas travel bag with brown straps.", "bags", "119.00",
            lambda: duffel("#7a7b48", "#5f6039"), "Tarn", yaw=-26, elevation=16),
]

AUDIO = [
    Product("headphones-black", "Black over-ear headphones", "Closed headphones with leather pads.", "audio", "129.00",
            lambda: headphones("#232427", "#2c2b2d"), "Hush", yaw=-30, elevation=12),
    Product("headphones-cream", "Cream headphones with tan pads", "Closed headphones with tan leather pads.", "audio", "139.00",
            lambda: headphones("#efe8da", "#b37b48", accent="#d8b46a"), "Hush", yaw=-30, elevation=12),
    Product("headphones-teal", "Teal headphones with orange pads", "Closed headphones for loud colours.", "audio", "119.00",
            lambda: headphones("#1f7f86", "#e8793a"), "Hush", yaw=-30, elevation=12),
    Product("speaker-walnut", "Walnut bluetooth speaker", "Wooden speaker with cloth front and leather handle.", "audio", "159.00",
            lambda: speaker(wood("#8a5a36", "#4f2f1a", grain_cm=0.5), "#cfc4ae"), "Hush", yaw=-24, elevation=12),
    Product("speaker-red", "Red retro bluetooth speaker", "Lacquered speaker with cloth front and leather handle.", "audio",
            "149.00",
            lambda: speaker(lacquer("#b72d2a"), "#e9dfc9"), "Hush", yaw=-24, elevation=12),
]


PRODUCTS = SHOES + BAGS + AUDIO
