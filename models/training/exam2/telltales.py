"""Tell-tales of a dashboard: forty symbols of @mdi/svg, alone and on a panel of lit and unlit ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from scenes.canvas import CANT_TELL

from .concepts import capital
from .glyphs import telltale_glyph
from .picture import PICTURE_SIZE, Picture, place, weather
from .styles import Split

TELLTALE_SIZE = 128
STYLE = "mdi"
NUMBERS = ["None", "One", "Two", "Three", "Four"]
COLORS = {"red": (240, 52, 48), "orange": (255, 164, 28), "green": (52, 210, 96), "blue": (64, 132, 255), "white": (240, 244, 248)}
ALSO = {"orange": ["Amber"], "red": [], "green": [], "blue": [], "white": []}
TABLE = """
engine|engine warning|check engine:engine
oil pressure|oil:oil
battery|battery charge:car-battery
brake|brake warning:car-brake-alert
parking brake|handbrake:car-brake-parking
ABS|anti-lock brake:car-brake-abs
brake hold|hold:car-brake-hold
brake fluid:car-brake-fluid-level
brake temperature:car-brake-temperature
brake pads|worn brake pads:car-brake-worn-linings
ESP|stability control:car-esp
traction control:car-traction-control
tire pressure|tyre pressure:car-tire-alert
airbag:airbag
seat belt|seatbelt:seatbelt
open door|door open:car-door
door lock:car-door-lock
coolant temperature|engine temperature:coolant-temperature
coolant level|coolant:car-coolant-level
oil level:oil-level
oil temperature:oil-temperature
fuel|low fuel:gas-station
high beam|full beam:car-light-high
low beam|dipped beam:car-light-dimmed
fog light|fog lamp:car-light-fog
parking lights|side lights:car-parking-lights
bulb failure|light failure:car-light-alert
hazard lights|hazard:hazard-lights
left turn signal|left turn:arrow-left-bold
right turn signal|right turn:arrow-right-bold
cruise control:car-cruise-control
speed limiter:car-speed-limiter
front defrost|windshield defrost:car-defrost-front
rear defrost:car-defrost-rear
wiper|windshield wiper:wiper
washer fluid|washer:wiper-wash
seat heater|seat heating:car-seat-heater
child seat:car-child-seat
clutch:car-clutch
frost|ice warning:snowflake-alert
"""


@dataclass(frozen=True)
class Telltale:
    """A symbol with a name."""

    name: str
    accepted: tuple[str, ...]
    icon: str

    @property
    def spoken(self) -> str:
        """The name as it stands before "light": the fog light is no fog light light."""
        return self.name.removesuffix("s").removesuffix(" light") if self.name.endswith((" light", " lights")) else self.name

    def answers(self) -> list[str]:
        """The name, with and without its article, then the other names."""
        names = [self.name, *self.accepted]
        return [capital(self.name), *names, *(f"the {name}" for name in names), *(f"{name} light" for name in names)]


@cache
def telltales() -> tuple[Telltale, ...]:
    """The forty symbols."""
    rows = [line.rsplit(":", 1) for line in TABLE.split("\n") if line]
    return tuple(Telltale(names.split("|")[0], tuple(names.split("|")[1:]), icon) for names, icon in rows)


def tinted(icon: str, color: tuple[int, int, int]) -> Image.Image:
    """One symbol in a colour, on nothing."""
    glyph = Image.new("RGBA", telltale_glyph(icon).size, (*color, 0))
    glyph.putalpha(telltale_glyph(icon).getchannel("A"))
    return glyph


def _panel(rng: Random, size: int) -> Image.Image:
    """The dark glass of a dashboard."""
    tone = rng.randint(6, 40)
    image = Image.new("RGB", (size, size), (tone, tone + rng.randint(0, 6), tone + rng.randint(0, 14)))
    if rng.random() < 0.5:
        ImageDraw.Draw(image).ellipse((-size * 0.2, -size * 0.4, size * 1.1, size * 0.7), fill=(tone + 10,) * 3)
        image = image.filter(ImageFilter.GaussianBlur(size / 12))
    return image


def make_symbol(rng: Random, split: Split, symbol: Telltale) -> Picture:
    """One lit symbol."""
    image = _panel(rng, TELLTALE_SIZE)
    side = TELLTALE_SIZE * rng.uniform(0.3, 0.85)
    x, y = (TELLTALE_SIZE / 2 + rng.uniform(-0.5, 0.5) * (TELLTALE_SIZE - side) for _ in range(2))
    color = rng.choice(list(COLORS))
    place(rng, image, tinted(symbol.icon, COLORS[color]), x, y, side, 4)
    picture = Picture(weather(rng, image), STYLE, "panel")
    picture.show("symbol", symbol.name, x, y, side)
    picture.show("color", color, x, y, side)
    picture.ask(rng, split, "symbol", symbol.answers())
    picture.ask(rng, split, "lit color", [capital(color), *ALSO[color]], name=symbol.spoken)
    return picture


def make_panel(rng: Random, split: Split) -> Picture:
    """Four to nine symbols in rows, at most four of them lit."""
    image = _panel(rng, PICTURE_SIZE)
    shown = rng.sample(telltales(), rng.randint(4, 9))
    lit = dict(zip(rng.sample(shown, rng.choice([0, 1, 1, 1, 2, 3, 4])), (rng.choice(list(COLORS)) for _ in range(4))))
    columns = 2 if len(shown) == 4 else 3
    rows = -(-len(shown) // columns)
    pitch_x, pitch_y = PICTURE_SIZE / columns, PICTURE_SIZE / rows
    side = min(pitch_x, pitch_y) * rng.uniform(0.5, 0.8)
    drawn = []
    for index, symbol in enumerate(shown):
        color = COLORS[lit[symbol]] if symbol in lit else (rng.randint(48, 66),) * 3
        x, y = (index % columns + 0.5) * pitch_x, (index // columns + 0.5) * pitch_y
        place(rng, image, tinted(symbol.icon, color), x, y, side, 0)
        drawn.append((symbol, x, y))
    picture = Picture(weather(rng, image), STYLE, "panel")
    for symbol, x, y in drawn:
        picture.show("symbol", symbol.name, x, y, side)
        picture.show("color", lit.get(symbol, "none"), x, y, side)
    picture.ask(rng, split, "lit count", [str(len(lit)), NUMBERS[len(lit)]])
    if len(lit) < 2:
        picture.ask(rng, split, "lit which", next(iter(lit)).answers() if lit else ["None", "Nothing"])
    truth = bool(lit) and rng.random() < 0.5
    asked = rng.choice(list(lit)) if truth else rng.choice([symbol for symbol in telltales() if symbol not in lit])
    picture.ask(rng, split, "lit", ["Yes" if truth else "No"], name=asked.spoken)
    if lit:
        symbol, color = rng.choice(list(lit.items()))
        picture.ask(rng, split, "lit color", [capital(color), *ALSO[color]], name=symbol.spoken)
    else:
        picture.ask(rng, split, "lit color", [CANT_TELL], name=asked.spoken)
    return picture
