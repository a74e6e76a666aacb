"""The scenes of the demo recording, drawn: what the wearer looks at in the course of a morning.

Each is drawn larger than a frame (`SIZE`), so that `egosearch.demo.recording` can let the gaze wander over it.
Always the same pictures: what looks random is seeded. The things were chosen by what the default picture
encoders recognise, kept in the middle half; the scenes in between show nothing that one would ask for.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from egosearch.demo.drawing import (
    Color,
    blurred,
    brightened,
    cast_shadow,
    disc,
    font,
    glow,
    gradient,
    grain,
    mixed,
    pen,
)

if TYPE_CHECKING:
    from PIL.Image import Image

SIZE = (1600, 900)
"""Width and height of every scene, px."""

_WIDTH, _HEIGHT = SIZE


def window() -> "Image":
    """Look out of the bedroom window, between curtains."""
    view = blurred(_park(), 6)
    scene = _wall()
    scene.paste(view.resize((700, 560)), (450, 150))
    draw = pen(scene)
    draw.rectangle((430, 130, 1170, 730), outline=(244, 242, 238), width=26)
    draw.rectangle((790, 150, 812, 710), fill=(244, 242, 238))
    draw.rectangle((400, 724, 1200, 756), fill=(236, 232, 226))
    for left in (300, 1100):
        for fold in range(12):
            x, light = left + 18 * fold, int(30 * math.sin(1.3 * fold))
            draw.rectangle((x, 90, x + 18, 860), fill=(176 + light, 150 + light, 128 + light))
    return grain(blurred(scene, 2), 3)


def landing() -> "Image":
    """Pass a painting on the wall."""
    scene = _wall()
    draw = pen(scene)
    draw.rectangle((0, 700, _WIDTH, 760), fill=(240, 238, 232))
    draw.rectangle((0, 756, _WIDTH, 764), fill=(170, 160, 146))
    draw.rectangle((0, 764, _WIDTH, _HEIGHT), fill=(150, 112, 78))
    cast_shadow(scene, (690, 240, 910, 480), 4)
    draw.rectangle((690, 240, 910, 480), fill=(96, 70, 46))
    draw.rectangle((706, 256, 894, 464), fill=(240, 236, 226))
    width, height = 128, 148
    painting = gradient((width, height), (238, 196, 160), (150, 176, 190))
    hills = pen(painting)
    for level, rise, color in ((0.6, 30, (126, 146, 150)), (0.76, 24, (92, 122, 112)), (0.9, 16, (66, 96, 74))):
        ridge = [(x, level * height + rise * math.sin(x / 60 + 250 * level)) for x in range(0, width + 8, 8)]
        hills.polygon([(0, height), *ridge, (width + 8, height)], fill=color)
    scene.paste(painting, (736, 286))
    return grain(blurred(scene, 2), 3)


def bookshelf() -> "Image":
    """Stand before the bookshelf."""
    covers = ((150, 40, 36), (36, 70, 120), (40, 96, 64), (206, 186, 140), (94, 54, 98), (40, 44, 54), (196, 120, 40))
    scene = gradient(SIZE, (92, 60, 36), (70, 44, 26))
    draw, rng = pen(scene), np.random.default_rng(9)
    for board in (282, 582, 882):
        draw.rectangle((0, board - 262, _WIDTH, board), fill=(44, 28, 18))
        x = 20
        while x < _WIDTH:
            right, top = x + int(rng.integers(22, 62)), board - int(rng.integers(180, 250))
            cover = covers[rng.integers(len(covers))]
            draw.rectangle((x, top, right, board), fill=cover)
            draw.rectangle((x, top, x + 4, board), fill=mixed(cover, (0, 0, 0), 0.4))
            draw.rectangle((x + 6, top + 24, right - 4, top + 32), fill=(220, 190, 110))
            draw.rectangle((x + 8, top + 60, right - 6, board - 70), fill=brightened(cover, 40))
            x = right + 2 + (int(rng.integers(20, 70)) if rng.random() < 0.06 else 0)
        draw.rectangle((0, board, _WIDTH, board + 30), fill=(126, 84, 50))
        draw.rectangle((0, board + 22, _WIDTH, board + 30), fill=(84, 54, 32))
    return grain(blurred(scene, 1.2), 4)


def tiles() -> "Image":
    """Face the bathroom's tiled wall."""
    scene = gradient(SIZE, (206, 214, 216), (206, 214, 216))
    draw, rng = pen(scene), np.random.default_rng(4)
    for row, y in enumerate(range(0, _HEIGHT, 120)):
        for x in range(-120 * (1 - row % 2), _WIDTH, 240):
            light = int(rng.integers(222, 240))
            draw.rounded_rectangle((x + 4, y + 4, x + 236, y + 116), 5, fill=(light - 6, light, light))
    return grain(blurred(glow(scene, (500, 200), 300, (24, 22, 18), 120), 1.5), 3)


def washbasin() -> "Image":
    """Stand at the washbasin with the tap running."""
    scene = tiles()
    cast_shadow(scene, (380, 470, 1220, 760), 120)
    draw = pen(scene)
    draw.rounded_rectangle((360, 440, 1240, 520), 36, fill=(250, 250, 250))
    draw.polygon([(380, 500), (1220, 500), (1080, 780), (520, 780)], fill=(226, 230, 232))
    draw.rounded_rectangle((700, 780, 900, _HEIGHT), 20, fill=(232, 235, 237))
    for box, light in (((440, 440, 1160, 620), 241), ((470, 452, 1130, 606), 204), ((500, 480, 1100, 606), 228)):
        draw.ellipse(box, fill=(light - 5, light, light + 2))
    draw.ellipse((776, 548, 824, 572), fill=(90, 96, 100))
    steel = (160, 166, 170)
    draw.rounded_rectangle((770, 270, 830, 460), 18, fill=steel)
    draw.rounded_rectangle((782, 270, 796, 460), 6, fill=(226, 230, 232))
    draw.arc((770, 210, 900, 370), 180, 360, fill=steel, width=44)
    draw.rectangle((857, 290, 900, 350), fill=(150, 156, 160))
    draw.rounded_rectangle((690, 230, 790, 262), 14, fill=(170, 176, 180))
    draw.rectangle((870, 350, 888, 556), fill=(214, 232, 242))
    return grain(blurred(scene, 1.5), 3)


def coffee_mug() -> "Image":
    """Sit down at the table with a mug of coffee."""
    scene = _wall()
    scene.paste(_wood().crop((0, 0, _WIDTH, 300)), (0, 600))
    pen(scene).rectangle((0, 596, _WIDTH, 602), fill=(96, 66, 40))
    cast_shadow(scene, (640, 420, 960, 740), 40)
    draw = pen(scene)
    draw.ellipse((880, 440, 1060, 640), fill=(200, 204, 206))
    draw.ellipse((915, 478, 1022, 602), fill=(208, 197, 178))
    for x in range(640, 960):  # a cylinder, lit from the left
        across = (x - 640) / 320
        light = 250 - 90 * abs(across - 0.35) ** 1.2
        bottom = 690 + 50 * math.sqrt(1 - (2 * across - 1) ** 2)
        draw.line((x, 360, x, bottom), fill=(int(light * 0.96), int(light * 0.98), int(light)))
    draw.ellipse((640, 315, 960, 405), fill=(246, 246, 246))
    draw.ellipse((656, 326, 944, 396), fill=(180, 180, 180))
    draw.ellipse((662, 342, 938, 396), fill=(66, 38, 22))
    draw.ellipse((700, 352, 840, 378), fill=(104, 64, 40))
    return grain(blurred(scene, 1.5), 4)


def keyboard() -> "Image":
    """Look down at the keyboard on the desk."""
    scene = _wood()
    cast_shadow(scene, (120, 250, 1480, 720), 20)
    draw = pen(scene)
    draw.rounded_rectangle((120, 250, 1480, 720), 24, fill=(38, 40, 44))
    rows = (("`1234567890-= ", 1.0), (" QWERTYUIOP[]\\", 1.5), (" ASDFGHJKL;' ", 1.75), (" ZXCVBNM,./ ", 2.25))
    for row, (letters, first) in enumerate(rows):
        widths = [first] + [1.0] * (len(letters) - 2)
        _key_row(scene, 286 + 86 * row, letters, [*widths, 14.77 - sum(widths)])
    _key_row(scene, 630, "       ", [1.25, 1.25, 1.25, 6.2, 1.25, 1.25, 2.32])
    return grain(blurred(scene, 1), 4)


def _key_row(scene: "Image", y: int, letters: str, widths: list[float]) -> None:
    draw, x = pen(scene), 150.0
    for letter, width in zip(letters, widths, strict=True):
        right = x + 88 * width - 8
        draw.rounded_rectangle((x, y, right, y + 78), 10, fill=(16, 17, 19))
        draw.rounded_rectangle((x + 4, y + 2, right - 4, y + 69), 9, fill=(50, 52, 57))
        draw.text((x + 14, y + 8), letter, font=font(28), fill=(225, 225, 230))
        x = right + 8


def street() -> "Image":
    """Walk down a path in the park."""
    scene = _park()
    pen(scene).polygon([(0, _HEIGHT), (_WIDTH, _HEIGHT), (1050, 560), (550, 560)], fill=(150, 148, 144))
    return grain(blurred(scene, 6), 4)


def traffic_light(lit: int) -> "Image":
    """Stand before a traffic light; `lit` is 0 for red, 1 for yellow, 2 for green."""
    scene = _town()
    draw = pen(scene)
    draw.rectangle((790, 640, 822, _HEIGHT), fill=(58, 60, 62))
    draw.rectangle((796, 640, 804, _HEIGHT), fill=(92, 94, 96))
    draw.rounded_rectangle((690, 110, 922, 690), 34, fill=(26, 28, 28))
    draw.rounded_rectangle((700, 120, 912, 680), 28, outline=(52, 54, 54), width=5)
    lamps: tuple[tuple[Color, Color], ...] = (
        ((255, 60, 40), (70, 16, 14)),
        ((255, 190, 40), (74, 54, 12)),
        ((60, 255, 140), (10, 60, 34)),
    )
    for lamp, (on, off) in enumerate(lamps):
        y = 215 + 185 * lamp
        disc(draw, 806, y - 2, 88, (12, 13, 13))
        disc(draw, 806, y, 76, on if lamp == lit else off)
        if lamp == lit:
            disc(draw, 806, y - 4, 42, brightened(on, 60))
        draw.arc((714, y - 98, 898, y + 82), 180, 360, fill=(6, 6, 6), width=16)
    return grain(glow(scene, (806, 215 + 185 * lit), 80, mixed(lamps[lit][0], (0, 0, 0), 0.5), 40), 4)


def _wall() -> "Image":
    return gradient(SIZE, (222, 212, 194), (204, 192, 172))


def _wood() -> "Image":
    scene = gradient(SIZE, (150, 112, 76), (120, 86, 56))
    draw, rng = pen(scene), np.random.default_rng(1)
    for y in range(0, _HEIGHT, 7):
        grain_line = brightened((138, 100, 66), int(rng.integers(-10, 10)))
        draw.line((0, y, _WIDTH, y + int(rng.integers(-12, 12))), fill=grain_line, width=4)
    return blurred(scene, 2)


def _park() -> "Image":
    scene = gradient(SIZE, (120, 165, 215), (225, 232, 238))
    draw, rng = pen(scene), np.random.default_rng(5)
    for _ in range(300):
        leaves = int(rng.integers(70, 130))
        disc(
            draw, rng.uniform(0, _WIDTH), rng.uniform(520, 900), rng.uniform(20, 70), (leaves - 40, leaves, leaves - 50)
        )
    return blurred(scene, 8)


def _town() -> "Image":
    from PIL import Image, ImageChops

    scene = gradient(SIZE, (120, 165, 215), (225, 232, 238))
    rng = np.random.default_rng(3)
    clouds = Image.new("RGB", SIZE)
    for _ in range(12):
        disc(pen(clouds), rng.uniform(0, _WIDTH), rng.uniform(0, 400), rng.uniform(30, 110), (38, 34, 28))
    scene = ImageChops.add(scene, blurred(clouds, 40))
    draw, left = pen(scene), 0
    while left < _WIDTH:
        width, height = int(rng.integers(120, 260)), int(rng.integers(160, 380))
        stone = int(rng.integers(120, 170))
        draw.rectangle((left, _HEIGHT - height, left + width, _HEIGHT), fill=(stone + 12, stone, stone - 12))
        for y in range(_HEIGHT - height + 24, _HEIGHT - 20, 52):
            for x in range(left + 18, left + width - 30, 46):
                draw.rectangle((x, y, x + 22, y + 30), fill=(70, 84, 104))
        left += width
    return blurred(scene, 5)
