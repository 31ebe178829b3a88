"""Words and tokenizer of AutoNeural-Nano.

WordPiece over whole words: every word of the training templates and several hundred words people ask with are
one token each, numbers are spelled digit by digit ("87" is "8" "##7"), anything else becomes ``<unk>``.

Questions are lower-cased before they are looked up; answers are written with capitals ("B6", "I can't tell").
Both spellings are in the vocabulary, but only the lower-case one can come out of encoding a text.
"""

from __future__ import annotations

import re
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from exam2.words import vocabulary_words
from scenes import GROUPS, make_scene

# Ids 0, 1 and 7 are those of LFM2: <|pad|>, <|startoftext|>, <|im_end|>.
SPECIALS = ["<|pad|>", "<|startoftext|>", "<|endoftext|>", "<image>", "<|image_start|>", "<|image_end|>", "<|im_start|>", "<|im_end|>", "<unk>"]
UNKNOWN = "<unk>"
WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|[0-9]|[^\sA-Za-z0-9]")
# ASCII punctuation stands alone, except the apostrophe: "can't" is one word and "driver's" is "driver" "##'s".
# Spelled out because \w means different letters to Rust and to JavaScript.
PUNCTUATION = r"[!-&(-/:-@\[-`{-~°]"
# In answers a time ("23:55") and a compound ("T-shirt") are one word of several pieces, or they would be shown with spaces.
ANSWER_PUNCTUATION = r"[!-&(-,./;-@\[-`{-~°]"
ANSWER_PIECES = ["##:", "##-"]
COMPOUND = re.compile(r"-([a-z]+)")

COMMON_WORDS = """
can't don't doesn't isn't aren't won't i'm
user assistant system please hello hi hey thanks thank ok okay yes no maybe not
a an the this that these those it its he she they them him her his their we us our you your i me my mine
is are was were be been being am do does did done doing have has had having can could will would shall should may might must
what which who whom whose where when why how and or but if then than because so as of at by for with without about against between
into through during before after above below to from up down in out on off over under again further once here there
all any both each few more most other another some such only own same too very just also now still even ever never always often
one two three four five six seven eight nine ten zero hundred first second third last next
left right top bottom middle center centre front back rear side corner upper lower inside outside near next beside behind between
red orange yellow green blue purple black white gray grey brown pink blond blonde dark light bright color colour colors colours
big small large little tall short long wide narrow high low full empty half quarter new old young open closed shut good bad
car cars vehicle vehicles automobile truck van bus taxi bicycle bike cyclist motorcycle scooter road street lane city house building
door doors window windows wheel wheels tire tires seat seats belt belts roof hood trunk mirror engine oil battery brake fuel tank gas
gear park parked parking reverse neutral drive driving driver drivers passenger passengers pedestrian rider speed fast slow limit
dashboard display screen panel gauge cluster instrument warning warnings lamp lamps light lights indicator signal turn turning arrow
temperature warm cold hot degrees weather sun sunny rain snow moon sky night day evening morning dark km miles mph hour h kilometers
person people man woman men women child children kid kids baby boy girl adult adults human face head hair eyes eye hand hands arm body
hat cap glasses sunglasses beard mustache shirt coat jacket clothes clothing dress wearing wear wears worn hold holds holding carry
carrying carries bring parcel package box bag phone umbrella crowbar hammer tool weapon knife can spray paint graffiti damage damaged
broken smashed scratch scratched threat threats danger dangerous safe safely safety alarm sound watch watching wait help call police
visitor guest stranger known unknown friend owner owns name named unlock unlocked lock locked enter inside home delivery
dog dogs cat cats animal animals bird pet zone level floor area sign signs letter number numbers digit digits space spaces spot spots
free available occupied taken find found search show shows shown showing see sees seen look looks looking watch read reads say says
tell told describe description caption short sentence picture pictures image images photo photograph scene view camera background
foreground shape shapes circle circles square squares triangle triangles star stars cross crosses diamond diamonds rectangle line
count counts counting many much amount total how several none nothing nobody noone someone somebody anyone anybody something anything
thing things object objects item items kind type sort position place placed places location located part parts lie lies lying stand
stands standing sit sits sitting walk walks walking run running stop stops stopped go goes going come comes coming get gets getting
put puts take takes make makes use uses using give gives keep keeps leave leaves turn start starts started move moves moving wake
asleep sleep sleeps sleeping tired awake attention attentive distracted alert eyes road fasten fastened unfastened buckle buckled
remind reminder reminders warn warns action actions react reaction right wrong happen happens happening happened event
time date year age long far distance exit cost costs money price ticket song music radio playing play license plate live lives
think know understand believe want need needs like likes love explain answer question ask word words text write written
word language english summary summarize detail details list compare difference different similar both neither either
""".split()

NEGATING = set("can't don't doesn't isn't aren't won't no not never without none neither nothing nobody noone only".split())
ROLES = {"user", "assistant", "system"}


def scene_words(scenes_per_group: int = 400) -> tuple[set[str], set[str]]:
    """Words of the questions (lower case) and words of the answers (as written) of many training scenes."""
    questions, answers = set(), set()
    for group in GROUPS:
        for index in range(scenes_per_group):
            for question in make_scene(group, f"train/words/{index}").questions:
                questions.update(WORD.findall(question.text.lower()))
                answers.update(WORD.findall(question.answers[0]))
    answers.update(WORD.findall("An empty picture."))
    return questions, answers


def build_vocabulary(level: str | None = "core") -> dict[str, int]:
    """Token to id: specials, digits, punctuation, words of the scenes, then what the concepts of ``level`` (None: all) add.

    The first part is the whole vocabulary of the models before the second examination: their embeddings keep their rows.
    """
    first = _scene_vocabulary()
    questions, answers = vocabulary_words(level)
    pieces = {f"##{part}" for text in answers for part in COMPOUND.findall(text)}
    said = {word for text in answers for word in WORD.findall(text)}
    asked = {word for text in questions for word in WORD.findall(text.lower())}
    added = sorted((said | asked | {word.lower() for word in said} | pieces) - set(first))
    return {token: index for index, token in enumerate([*first, *ANSWER_PIECES, *added])}


def unasked_words(level: str | None = "core") -> list[str]:
    """Everyday words of the vocabulary that no training question of ``level`` has; those that negate are left out."""
    asked = scene_words()[0] | {word for text in vocabulary_words(level)[0] for word in WORD.findall(text.lower())}
    return sorted(set(COMMON_WORDS) - asked - NEGATING - ROLES)


def _scene_vocabulary() -> list[str]:
    questions, answers = scene_words()
    suffixes = ["##'s", "##'"]
    digits = [str(d) for d in range(10)] + [f"##{d}" for d in range(10)]
    lower = set(COMMON_WORDS) | questions | {word.lower() for word in answers}
    letters = set("abcdefghijklmnopqrstuvwxyz")
    capitalized = {word for word in answers if word != word.lower()}
    words = sorted((lower | letters | set(".,:;!?'\"-()/%°+&*#@") | capitalized) - set(digits))
    return [*SPECIALS, *digits, *suffixes, *words]


def build_tokenizer(vocabulary: dict[str, int], lowercase: bool = True) -> Tokenizer:
    """The tokenizer; without ``lowercase`` it encodes answers in the spelling the model writes."""
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=UNKNOWN, continuing_subword_prefix="##", max_input_chars_per_word=64))
    steps = [normalizers.NFC(), normalizers.Replace("\u2019", "'")]
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Lowercase()] if lowercase else steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(PUNCTUATION if lowercase else ANSWER_PUNCTUATION), "isolated")])
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIALS])
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Writes tokenizer.json."""
    tokenizer.save(str(folder / "tokenizer.json"), pretty=True)
