"""What a product is to this generator: one row of catalog.csv and the function that builds its model."""
from dataclasses import dataclass
from typing import Callable

from canvas import Art


@dataclass(frozen=True)
class Product:
    """`build()` gives the Model. `yaw` and `elevation` are how the catalogue photographer turns and looks at it."""
    id: str
    name: str
    description: str
    category: str
    price: str
    build: Callable
    brand: str = ""
    gtin: str = ""
    yaw: float = -24.0
    elevation: float = 16.0


def wrap(name, around_cm, tall_cm, paint, dots_per_cm=40):
    """Art for a label of that size; 40 dots per centimetre keeps bars and small print clean at our photo sizes."""
    return Art(name, round(around_cm * dots_per_cm), round(tall_cm * dots_per_cm), paint)
