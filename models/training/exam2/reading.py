"""Signs and displays to read: short words, numbers and times in many typefaces."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw, ImageFont

from scenes.canvas import CANT_TELL, COLORS

from .assets import typeface
from .backgrounds import KINDS, draw_background
from .concepts import capital
from .picture import PICTURE_SIZE, Picture, place, weather
from .styles import UNSEEN_FONTS, Split

WORDS = """
STOP EXIT OPEN CLOSED PUSH PULL HOTEL TAXI BUS PARK SLOW FAST DANGER WARNING CAUTION ENTRY TOILET LIFT STAIRS CAFE
BAR SHOP SALE FREE FULL EMPTY LEFT RIGHT NORTH SOUTH EAST WEST AIRPORT STATION HARBOR BRIDGE SCHOOL POLICE BANK POST
FUEL WATER FIRE SMOKE QUIET PRIVATE STAFF TICKETS INFO CASH LUNCH MUSEUM BEACH LAKE ZOO ARENA MARKET GARAGE LEVEL ZONE
"""
KINDS_OF_TEXT = ("word", "number", "time")


def text_board(rng: Random, text: str, font: str, color: tuple[int, int, int]) -> Image.Image:
    """A painted board with a text, as a square glyph."""
    dark = sum(color) < 380
    ink = (246, 246, 240) if dark else (22, 22, 26)
    letters = ImageFont.truetype(font, 96, layout_engine=ImageFont.Layout.BASIC)
    left, top, right, bottom = letters.getbbox(text or "MM")
    margin = rng.randint(22, 46)
    width, height = right - left + 2 * margin, bottom - top + 2 * margin
    side = max(width, height)
    board = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(board)
    x, y = (side - width) / 2, (side - height) / 2
    draw.rounded_rectangle((x, y, x + width - 1, y + height - 1), rng.choice([0, 10, 24]), (*color, 255), ink if rng.random() < 0.5 or sum(color) > 700 else None, 5)
    draw.text((x + margin - left, y + margin - top), text, (*ink, 255), letters)
    return board


def _text(rng: Random, kind: str) -> str:
    if kind == "word":
        return rng.choice(WORDS.split())
    if kind == "number":
        return str(rng.choice([rng.randint(0, 9), rng.randint(10, 99), rng.randint(100, 999)]))
    return f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}"


def make_sign(rng: Random, split: Split, kind: str, font: tuple[str, int]) -> Picture:
    """One board with a word, a number or a time; one in sixteen is blank, and nobody can tell what it says."""
    background = rng.choice(KINDS)
    image = draw_background(rng, PICTURE_SIZE, split, background)
    text = "" if rng.random() < 1 / 16 else _text(rng, kind)
    color = rng.choice(list(COLORS))
    side = PICTURE_SIZE * rng.uniform(0.4, 0.92) * (1 if len(text) > 2 else 0.7)
    x, y = (PICTURE_SIZE / 2 + rng.uniform(-0.5, 0.5) * (PICTURE_SIZE - side) for _ in range(2))
    place(rng, image, text_board(rng, text, typeface(*font), COLORS[color]), x, y, side, 6)
    picture = Picture(weather(rng, image), "unseen typeface" if font in UNSEEN_FONTS else "trained typeface", background)
    picture.show("color", color, x, y, side)
    picture.show("word", text if kind == "word" and text else "none", x, y, side)
    for index, letter in enumerate(text):
        # Letters share the board's width evenly enough to be found at the 8 x 8 image tokens.
        width = 0.8 * side / len(text)
        picture.show("letter", letter, x + (index - (len(text) - 1) / 2) * width, y, width)
    intent = {"word": "sign text", "number": "number", "time": "time"}[kind]
    short = [text[1:]] if kind == "time" and text.startswith("0") else []
    picture.ask(rng, split, intent, [text, *short] if text else [CANT_TELL])
    picture.ask(rng, split, "sign color", [capital(color)])
    return picture
