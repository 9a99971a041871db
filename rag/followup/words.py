"""What a question is made of: word lists, verb forms, and names. English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DO, BE = frozenset("do does did".split()), frozenset("is are was were".split())
HAVE, MODAL = frozenset("has have had".split()), frozenset("will would can could should may might must".split())
AUX = DO | BE | HAVE | MODAL
WH = frozenset("who whom whose what which when where why how".split())
REQUESTS = frozenset("tell explain describe list show".split())
OWNERS = frozenset("his her its their".split())
PERSONAL = OWNERS | frozenset("he him she hers it they them theirs i me my you your we us our there".split())
POINTING = frozenset("this that these those".split())
DETERMINERS = OWNERS | POINTING | frozenset("the a an some any no all both each every another".split())
PREPOSITIONS = frozenset(
    """
    about above across against along among around as at behind below between beyond by despite down during for from in
    inside into near of off on onto out outside over per through to toward towards under until up upon via with within
    without""".split()
)
AT_PLACE = frozenset("near at outside inside around".split())
LOCATIVE = AT_PLACE | frozenset("in from across off over through throughout to".split())
SUBORDINATE = frozenset("after before since when while because if although until that who which whose where".split())
ADVERBS = frozenset("also not never ever already still first finally now then again most recently".split())
MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_DATED = frozenset(word.lower() for word in (*MONTHS, *_DAYS))

# Base, past, participle of verbs that do not only take an -ed.
_IRREGULAR = [
    tuple(forms.split())
    for forms in """
    admit admitted admitted;be was been;bear bore born;beat beat beaten;become became become;begin began begun;
    blow blew blown;break broke broken;bring brought brought;build built built;buy bought bought;
    catch caught caught;choose chose chosen;come came come;commit committed committed;cut cut cut;
    deal dealt dealt;draw drew drawn;drive drove driven;fall fell fallen;fight fought fought;find found found;
    flee fled fled;fly flew flown;forbid forbade forbidden;get got got;give gave given;go went gone;
    grow grew grown;hang hung hung;have had had;hear heard heard;hide hid hidden;hit hit hit;hold held held;
    hurt hurt hurt;keep kept kept;kidnap kidnapped kidnapped;know knew known;lay laid laid;lead led led;
    leave left left;lend lent lent;lose lost lost;make made made;mean meant meant;meet met met;
    occur occurred occurred;pay paid paid;put put put;read read read;ride rode ridden;rise rose risen;
    run ran run;say said said;see saw seen;seek sought sought;sell sold sold;send sent sent;set set set;
    shake shook shaken;shoot shot shot;shut shut shut;sing sang sung;sink sank sunk;sit sat sat;
    speak spoke spoken;spend spent spent;split split split;spread spread spread;stand stood stood;
    steal stole stolen;strike struck struck;swear swore sworn;take took taken;teach taught taught;
    tell told told;think thought thought;throw threw thrown;win won won;withdraw withdrew withdrawn;
    write wrote written""".split(";")
]
_PAST = {base: past for base, past, _ in _IRREGULAR}
_PARTICIPLE = {past: participle for _, past, participle in _IRREGULAR}
_ALSO_NOUNS = frozenset(
    """
    beat break cut deal draw drive fall fight find hit hold lead read rise run set shoot split spread stand strike
    win""".split()
)
# Verbs whose base form is no noun: the first of them after "did" ends the subject.
BASES = (_PAST.keys() - _ALSO_NOUNS) | set(
    """
    accuse acquire adopt allow announce appoint arrest ban call collapse deny destroy die elect enter escape execute
    explode extend fire happen invade join kill live move open pass pledge produce raise reach reject
    release resign retire seize sign start stop survive try use work""".split()
)
_NOT_VERBS = frozenset(
    "bombing building meeting shooting stabbing hearing killing ruling wedding red bed seed speed breed hundred".split()
)

_PARTICLE = re.compile(r"^(?:al|el|ad|an|ar|as|at|ash|az|ez|es|ud|ul)[-'’]", re.IGNORECASE)
_PLACE_PARTICLE = re.compile(r"\b(?:ez|es|as|ash|az|ad)-[A-Z]")
_COMPASS = re.compile(r"(?:central|(?:north|south)?(?:east|west)(?:ern)?|(?:north|south)(?:ern)?)$")
_INNER = frozenset("of the de da di del la bin ibn bint van von el al".split())
_OF_ALL = frozenset("people's women's men's children's workers' farmers' people’s women’s men’s".split())
_ORGANISED = re.compile(
    r"(?:observatory|cent(?:er|re)|institute|organi[sz]ation|council|ministry|committee|movement|party|alliance|front)$",
    re.IGNORECASE,
)
_NO_PERSON = frozenset(
    """
    act agency agreement airport alliance army association authority bank bay brigade brigades bureau championship city
    clashes club commission committee company conference congress corporation council county court cup department
    district east empire exchange federation final force forces foundation front games government grand group hall
    hospital international islamic island islands kingdom kings lake league library mosque mountain museum national
    network news north office olympics open pact park parliament police prison prix project province republic reserve
    river school sea services society south square stadium state states story street supreme system systems team times
    tower treaty tribunal trust union united university valley war west world""".split()
)
_DEMONYM = re.compile(r"(?:ians?|ish|ese|eans?|ans|is|qi|eli|ani)$")
_NO_NAME = frozenset(
    """
    and but so also yes no nobody he she it they we you i there here one two three four five six seven eight nine ten
    eleven twelve about some several many most more few hundreds thousands dozens according only nearly almost
    tell""".split()
)


@dataclass(frozen=True, slots=True)
class Name:
    """Capitalised words that belong together, at ``words[start:end]``; ``the`` says that an article stands before.

    ``before`` is the word before it and its article, ``after`` the word behind it, both in small letters.
    """

    text: str
    start: int
    end: int
    the: bool
    before: str
    after: str

    @property
    def full(self) -> str:
        return f"the {self.text}" if self.the else self.text

    @property
    def acronym(self) -> bool:
        return sum(letter.isupper() for letter in self.text) > len(self.text.split())

    @property
    def place(self) -> bool:
        """Whether it follows a word of place or is formed as one."""
        return self.before in LOCATIVE or bool(_PLACE_PARTICLE.search(self.text))

    @property
    def people(self) -> bool:
        """Whether it means people of a country, or of that country: Syrians, Syrian."""
        return " " not in self.text and bool(_DEMONYM.search(self.text)) and not self.acronym

    @property
    def person(self) -> bool:
        """Whether it reads as the full name of one."""
        parts = self.text.split()
        if (
            self.the
            or self.place
            or len(parts) < 2
            or parts[0] in ("The", "A")
            or any(part.isupper() and len(part) > 1 for part in parts)
        ):
            return False
        organised = any(part.lower() in _NO_PERSON or _ORGANISED.match(part) for part in parts)
        return not organised and not re.match(r"\w+-[a-z]+-", parts[0])


def joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def words_of(text: str) -> list[str]:
    return text.rstrip(" ?!.").split()


def bare(word: str) -> str:
    """The word without punctuation and possessive, in small letters."""
    return re.sub(r"['’]s?$", "", word.strip(',;:.?!"“”()')).lower()


def plain(words: Iterable[str]) -> set[str]:
    return {bare(word) for word in words}


def is_capital(word: str) -> bool:
    core = _PARTICLE.sub("", word.lstrip("\"“'’("))
    return core[:1].isupper() and bare(word) not in _DATED


def is_participle(word: str) -> bool:
    """Whether it says what is done or being done, by its ending or the list."""
    verb = bare(word)
    if verb in _NOT_VERBS or is_capital(word):
        return False
    return (len(verb) > 3 and verb.endswith(("ed", "ing"))) or verb in _PARTICIPLE.values()


def is_past(word: str) -> bool:
    verb = bare(word)
    return verb in _PARTICIPLE or (len(verb) > 3 and verb.endswith("ed") and verb not in _NOT_VERBS)


def is_plural(phrase: str) -> bool:
    last = bare(phrase.split()[-1])
    irregular = "taliban people police men women children sheep cattle fish troops militia media".split()
    return last in irregular or (last.endswith("s") and not last.endswith(("ss", "us", "is")))


def participle(past_form: str) -> str:
    """ "taken" of "took"."""
    return _PARTICIPLE.get(past_form, past_form)


def inflected(base: str, aux: str) -> str:
    """The verb as a statement has it where the question has ``aux``: "broke" of "did … break"."""
    if aux == "do":
        return base
    if aux == "does" and base == "have":
        return "has"
    if aux == "does":
        return base + ("es" if base.endswith(("s", "sh", "ch", "x", "o")) else "s")
    if base in _PAST:
        return _PAST[base]
    if base.endswith("e"):
        return base + "d"
    if re.search(r"[^aeiou]y$", base):
        return base[:-1] + "ied"
    return base + base[-1] + "ed" if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnprt]", base) else base + "ed"


def names(words: Sequence[str]) -> list[Name]:
    """The names of a text in order. Its first word counts where it is no word that a sentence begins with anyway."""
    found, i = [], 0
    while i < len(words):
        end = _end_of_name(words, i)
        common = bare(words[i]) in _NO_NAME | AUX | WH | DETERMINERS | PREPOSITIONS and (i == 0 or end == i + 1)
        if not is_capital(words[i]) or (common and not (words[i].isupper() and len(words[i]) > 1)):
            i += 1
            continue
        start = i - 1 if i and _COMPASS.match(words[i - 1]) else i
        text = re.sub(r"['’]s?$", "", " ".join(words[start:end]).strip(',;:.?!"“”()'))
        the = start > 0 and bare(words[start - 1]) == "the"
        before = bare(words[start - 1 - the]) if start - the > 0 else ""
        found.append(Name(text, start, end, the, before, bare(words[end]) if end < len(words) else ""))
        i = end
    return found


def _end_of_name(words: Sequence[str], start: int) -> int:
    end = start + 1
    while end < len(words):
        last, word = words[end - 1], words[end]
        if re.search(r"(?:[,;:.?!)]|['’]s?)$", last) and last.lower() not in _OF_ALL:
            break
        if is_capital(word) or re.fullmatch(r"\d+[,.]?", word):
            end += 1
        elif end + 1 < len(words) and is_capital(words[end + 1]) and _links(word, last):
            end += 2
        else:
            break
    return end


def _links(word: str, last: str) -> bool:
    """Whether a small word joins two capitalised ones to one name: "Bank of England", but not "GDP of France"."""
    if word in ("for", "and"):
        return word == "for" and bool(_ORGANISED.match(last))
    return word in _INNER and not (word == "of" and (last.isupper() or last.endswith("s")))
