"""Toys and books."""
import covers
from canvas import Art
from models.packages import book
from models.toys import beach_ball, duck, rabbit, robot, rocket, stacking_rings, teddy, train
from product import Product


def _toy(id, name, description, price, build, yaw=-20.0, elevation=13.0):
    return Product(id, name, description, "toys", price, build, "Kinderkiste", yaw=yaw, elevation=elevation)


def _book(id, name, description, price, paint, spine, **size):
    def build():
        return book(Art(id, 560, 840, paint), spine, **size)
    return Product(id, name, description, "books", price, build, "Falter Press", yaw=-24, elevation=9)


TOYS = [
    _toy("toy-teddy-brown", "Brown teddy bear with red bow", "Soft bear, 30 cm.", "26.00", lambda: teddy("#8a5a34", "#d9b98a")),
    _toy("toy-teddy-grey", "Grey teddy bear with blue bow", "Soft bear, 30 cm.", "26.00",
         lambda: teddy("#8d8f94", "#e3e1dc", "#2f6fb0")),
    _toy("toy-rabbit", "White rabbit with blue scarf", "Soft rabbit, 36 cm.", "24.00", lambda: rabbit("#efe9e0")),
    _toy("toy-duck", "Yellow rubber duck", "Bath duck.", "5.00", lambda: duck(), 24),
    _toy("toy-rings", "Rainbow stacking rings", "Wooden rings on a peg.", "17.00",
         lambda: stacking_rings(["#3a6fb5", "#3f9f63", "#f2c230", "#ee8a2c", "#d8392f"])),
    _toy("toy-train-red", "Red wooden train engine", "Engine with black wheels.", "22.00", lambda: train("#c5302c", "#2f5f9e"), 22),
    _toy("toy-train-green", "Green wooden train engine", "Engine with black wheels.", "22.00", lambda: train("#2f7d4f", "#e8b02e"),
         22),
    _toy("toy-robot", "Silver and orange toy robot", "Tin-style robot with a dial.", "29.00", lambda: robot("#b9c0c6", "#e8752b")),
    _toy("toy-ball", "Striped beach ball", "Inflatable ball, six colours.", "9.00",
         lambda: beach_ball(["#e5483b", "#ffffff", "#f2c230", "#ffffff", "#2f7fc1", "#ffffff"])),
    _toy("toy-rocket", "White wooden rocket with red fins", "Rocket with a round window.", "19.00", lambda: rocket()),
]

BOOKS = [
    _book("book-mountains", "Over the Blue Ridge, travel book", "A walk over seven passes.", "22.00",
          covers.mountains(["OVER THE", "BLUE RIDGE"], "Ida Berglund", "#8fc1d9", "#9db7c7", "#1f3f5b"), "#1f3f5b"),
    _book("book-circles", "Seven Circles, novel", "A novel in seven parts.", "18.00",
          covers.circles(["SEVEN", "CIRCLES"], "M. Okonjo", "#20242c", "#e5533d", "#f0b93a", "#2f9c95", "#d9d2c5"), "#20242c"),
    _book("book-lemon-kitchen", "The Lemon Kitchen, cookbook", "Eighty recipes with lemon.", "27.00",
          covers.cookbook(["The Lemon", "Kitchen"], "Rosa Tellini", "#fdf3cf", "#2f7f68", "#f4cc33"), "#2f7f68", width=17, height=22),
    _book("book-night-forest", "The Moon in the Forest, children's book", "A picture book for bedtime.", "15.00",
          covers.night(["The Moon in", "the Forest"], "Jun & Ane Holt", "#1b2350", "#fbe9a8", "#14213d"), "#1b2350", width=18, height=21, thick=1.4),
    _book("book-garden", "A Small Garden, gardening book", "What to plant on a balcony.", "24.00",
          covers.botanical(["A SMALL", "GARDEN"], "Per Linde", "#f4efe0", "#4d8454", "#2e4a36"), "#2e4a36"),
]

PRODUCTS = TOYS + BOOKS
