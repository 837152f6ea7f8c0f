"""EAN-13: the check digit, and the bars as they are printed on a package (GS1 General Specifications, section 5.2)."""

_LEFT_ODD = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
QUIET_LEFT, QUIET_RIGHT, MODULES = 11, 7, 95


def with_check_digit(twelve):
    """The 13-digit number for its first twelve digits."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve))
    return twelve + str(-total % 10)


def bars(gtin):
    """The 95 modules as a string of 0 (white) and 1 (black)."""
    left = "".join(_left(int(digit), parity) for digit, parity in zip(gtin[1:7], _PARITY[int(gtin[0])]))
    right = "".join(_right(int(digit)) for digit in gtin[7:])
    return "101" + left + "01010" + right + "101"


def draw(canvas, gtin, x, y, module, height):
    """Prints the symbol on its white panel, its top left at (x, y); `module` pixels per bar, a whole number is sharpest."""
    width = (QUIET_LEFT + MODULES + QUIET_RIGHT) * module
    digits = module * 9
    canvas.rect(x, y, width, height + digits + module * 3, "#ffffff")
    start = x + QUIET_LEFT * module
    for place, bit in enumerate(bars(gtin)):
        guard = place < 3 or place > 91 or 44 < place < 50
        if bit == "1":
            canvas.rect(start + place * module, y + module * 2, module, height + (digits * 0.5 if guard else 0), "#000000")
    baseline = y + module * 2 + height + digits
    canvas.text(gtin[0], x + 2 * module, baseline, digits, "#000000", "DejaVu Sans", align=0)
    for group, offset in ((gtin[1:7], 24), (gtin[7:], 71)):
        canvas.text(group, start + offset * module, baseline, digits, "#000000", "DejaVu Sans", spacing=0.05)


def _left(digit, parity):
    """Set L as it is, or set G: the right-hand code read backwards."""
    return _LEFT_ODD[digit] if parity == "L" else _right(digit)[::-1]


def _right(digit):
    return "".join("1" if bit == "0" else "0" for bit in _LEFT_ODD[digit])
