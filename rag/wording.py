"""Words as they are compared: without accents, contractions and endings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from rag.lexical import STOPWORDS

_MARKS = str.maketrans(
    {
        mark: put
        for marks, put in (("’‘´`", "'"), ("“”", '"'), ("–", "-"), ("—", " - "), ("\xa0", " "))
        for mark in marks
    }
)
_CONTRACTIONS = (
    (re.compile(r"\b(?:cannot|can't)\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon't\b", re.IGNORECASE), "will not"),
    (re.compile(r" ?n't\b", re.IGNORECASE), " not"),
    (re.compile(r"(?<=\d0)'(?=s\b)"), ""),
    (re.compile(r"(?<=\w)'s\b|(?<=s)'(?=\s|$)| 's\b"), ""),
)
# Function words that a sentence may have though its sources do not; the telling words are the others.
FUNCTION = STOPWORDS | frozenset(
    """according although another against among around away because between both being cannot despite down during each
    either even ever every few first further had here however including instead itself just last like made make may
    might must named neither nor now off once one only onto other others per rather same since still than themselves
    therefore thus together too took toward towards two upon us used using very via well went whether within without
    yet called known happened became become took take place located situated stated i.e e.g eg ie etc mr mrs ms dr
    near outside inside along behind beyond across above below throughout s t do done per cent percent""".split()
)
_VERBS = """
    be was were been is are am being|bear bore born borne|beat beaten|become became|begin began begun|bind bound|
    break broke broken|bring brought|build built|buy bought|catch caught|choose chose chosen|come came|
    deal dealt|draw drew drawn|drive drove driven|eat ate eaten|fall fell fallen|
    feel felt|fight fought|find found|flee fled|fly flew flown|forbid forbade forbidden|forget forgot forgotten|
    get got gotten|give gave given|go went gone|grow grew grown|hang hung|have has had having|hear heard|
    hide hid hidden|hold held|keep kept|know knew known|lay laid|lead led|leave left|lend lent|lose lost loss|
    make made making|mean meant|meet met|pay paid|rise rose risen|run ran|say said|see saw seen|sell sold|send sent|
    shoot shot|show shown|sing sang sung|sink sank sunk|speak spoke spoken speech|spend spent|stand stood|
    steal stole stolen|strike struck|swear swore sworn|take took taken|teach taught|tell told|think thought|
    throw threw thrown|understand understood|wear wore worn|win won|write wrote written|wed married marry"""
_NOUNS = (
    "die dies died dying dead death deaths kill kills killed killing|man men|woman women|child children|"
    "person people persons|foot feet|wife wives|life lives"
)
# Countries with the words for their people and tongues, which take an s, and a few that are written in two words.
_COUNTRIES = (
    "afghanistan afghan|albania albanian|algeria algerian|america american usa|andorra andorran|angola angolan|"
    "argentina argentine argentinian|armenia armenian|australia australian|austria austrian|azerbaijan azerbaijani "
    "azeri|bahamas bahamian|bahrain bahraini|bangladesh bangladeshi|belarus belarusian|belgium belgian|belize belizean|"
    "benin beninese|bhutan bhutanese|bolivia bolivian|bosnia bosnian|botswana motswana|brazil brazilian|"
    "britain british briton uk|brunei bruneian|bulgaria bulgarian|burkina burkinabe|burma burmese myanmar|"
    "burundi burundian|cambodia cambodian|cameroon cameroonian|canada canadian|chad chadian|chile chilean|"
    "china chinese|colombia colombian|comoros comorian|congo congolese|croatia croatian croat|cuba cuban|"
    "cyprus cypriot|czechia czech|denmark danish dane|djibouti djiboutian|dominica|ecuador ecuadorian|"
    "egypt egyptian|emirates emirati|england english|eritrea eritrean|estonia estonian|ethiopia ethiopian|"
    "fiji fijian|finland finnish finn|france french|gabon gabonese|gambia gambian|georgia georgian|"
    "germany german|ghana ghanaian|greece greek|guatemala guatemalan|guinea guinean|guyana guyanese|haiti haitian|"
    "honduras honduran|hungary hungarian|iceland icelandic icelander|india indian|indonesia indonesian|"
    "iran iranian|iraq iraqi|ireland irish|israel israeli|italy italian|jamaica jamaican|japan japanese|"
    "jordan jordanian|kazakhstan kazakh|kenya kenyan|korea korean|kosovo kosovar|kuwait kuwaiti|kyrgyzstan kyrgyz|"
    "laos laotian|latvia latvian|lebanon lebanese|lesotho basotho|liberia liberian|libya libyan|lithuania lithuanian|"
    "luxembourg luxembourger|madagascar malagasy|malawi malawian|malaysia malaysian|maldives maldivian|mali malian|"
    "malta maltese|mauritania mauritanian|mauritius mauritian|mexico mexican|moldova moldovan|monaco monegasque|"
    "mongolia mongolian|montenegro montenegrin|morocco moroccan|mozambique mozambican|namibia namibian|nepal nepali "
    "nepalese|netherlands dutch|nicaragua nicaraguan|niger nigerien|nigeria nigerian|norway norwegian|oman omani|"
    "pakistan pakistani|palestine palestinian|panama panamanian|paraguay paraguayan|peru peruvian|"
    "philippines filipino philippine|poland polish pole|portugal portuguese|qatar qatari|romania romanian|"
    "russia russian|rwanda rwandan|samoa samoan|scotland scottish scot|senegal senegalese|serbia serbian serb|"
    "seychelles seychellois|singapore singaporean|slovakia slovak slovakian|slovenia slovene slovenian|"
    "somalia somali|somaliland|spain spanish spaniard|sudan sudanese|suriname surinamese|sweden swedish swede|"
    "switzerland swiss|syria syrian|taiwan taiwanese|tajikistan tajik|tanzania tanzanian|thailand thai|togo togolese|"
    "tunisia tunisian|turkey turkish turk|turkmenistan turkmen|uganda ugandan|ukraine ukrainian|uruguay uruguayan|"
    "uzbekistan uzbek|venezuela venezuelan|vietnam vietnamese|wales welsh|yemen yemeni|zambia zambian|"
    "zimbabwe zimbabwean|southsudan|dominicanrepublic|equatorialguinea|guineabissau|papuanewguinea|newmexico"
)
COUNTRIES = {
    form: words.split()[0]
    for words in _COUNTRIES.split("|")
    for word in words.split()
    for form in ((word, f"{word}s") if word in words.split()[1:] else (word,))
}
# Other names that are spelt alike and are not one, each with its spellings.
_UNLIKE = (
    "mohammed mohammad mohamed mohamad muhammad muhammed mohamud|mahmoud mahmud mahmood mehmood|"
    "ahmed ahmad ahmet|hamid hamed hameed|hamad|hassan hasan hassane|hussein hussain husain husayn husein hussayn "
    "hossein hoseyn hosein|khaled khalid|khalil khaleel|salem salim saleem|salman salmaan|saleh salih|salah|"
    "said saeed saed|saad|omar umar omer|amr|amir ameer emir|jamal gamal|jamil jameel|kamal kemal|"
    "kamil kamel|karim kareem|karam|rashid rasheed rachid|rashad|nasser nasir naser nassir|nasr|maria marie|mario|"
    "hama|hamas"
)
_ENTRIES = COUNTRIES | {word: words.split()[0] for words in _UNLIKE.split("|") for word in words.split()}
# Names that are written as other letters or words, case and all, each with the one word that stands for all of them.
_WHOLE = {
    form: one
    for one, forms in {
        "islamicstate": "IS|ISIS|ISIL|Isis|Isil|Daesh|Islamic State",
        "america": "US|USA|U.S.|U.S.A.|United States of America|United States",
        "britain": "UK|U.K.|United Kingdom|Great Britain",
        "unitednations": "UN|U.N.|United Nations",
        "europeanunion": "EU|E.U.|European Union",
        "worldhealthorganization": "WHO|World Health Organization|World Health Organisation",
        "emirates": "UAE|U.A.E.|United Arab Emirates",
        "southsudan": "South Sudan|South Sudanese",
        "dominicanrepublic": "Dominican Republic",
        "equatorialguinea": "Equatorial Guinea",
        "guineabissau": "Guinea-Bissau|Guinea Bissau",
        "papuanewguinea": "Papua New Guinea",
        "newmexico": "New Mexico",
    }.items()
    for form in forms.split("|")
}
_WRITTEN = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(_WHOLE, key=len, reverse=True)))})(?!\w)")
_NAMES_TOO = frozenset(form for form in _WHOLE if form.lower() in FUNCTION)  # "IS", which is not "is"
_IRREGULAR = {form: forms.split()[0] for forms in f"{_VERBS}|{_NOUNS}".split("|") for form in forms.split()}
PASTS = frozenset(form for forms in _VERBS.split("|") for form in forms.split()[1:])  # irregular verbs but their bases
_ENDINGS = re.compile(
    r"(?:ization|isation|ational|ations?|ments?|ness|ingly|edly|ings?|ions?|ors?|ers?|ies|ied|est|ed|es|ly|al|ic|s|e|y)$"
)
_SHORTEST_STEM = 3
_SHARE_ALIKE = 0.65  # of the longer word, that two words of one root have in common from their beginning


def normal(text: str) -> str:
    """``text`` with plain marks and spaces, contractions written out, possessive endings gone; case stands."""
    text = " ".join(text.translate(_MARKS).split())
    for pattern, put in _CONTRACTIONS:
        text = pattern.sub(put, text)
    return text


def is_function(word: str) -> bool:
    """Whether ``word``, as written, is a function word and no name: "is" and "Is", but not "IS"."""
    return plain(word) in FUNCTION and word not in _NAMES_TOO


def unified(text: str) -> str:
    """A normal text with one word for each name that is written in several ways: IS, ISIS and Islamic State."""
    return _WRITTEN.sub(lambda match: _WHOLE[match[0]].capitalize(), text)


def written(text: str) -> list[tuple[str, str]]:
    """Each such name in a normal text as it stands there, and the one word for it."""
    return [(match[0], _WHOLE[match[0]]) for match in _WRITTEN.finditer(text)]


def ways(whole: str) -> set[str]:
    """The words of all the ways in which a name that has that one word is written, in small letters."""
    return {plain(word) for form, one in _WHOLE.items() if one == whole for word in form.split()}


def unlike(words: Iterable[str], others: Iterable[str]) -> bool:
    """Whether two names have countries or given names of which each lacks one of the other's, however alike: Mali and
    Malawi, Hassan and Hussein; all words small (``plain``)."""
    one, other = ({_ENTRIES[word] for word in name if word in _ENTRIES} for name in (words, others))
    return not (one <= other or other <= one)


@lru_cache(maxsize=65536)
def plain(word: str) -> str:
    """``word`` in small letters without accents."""
    letters = unicodedata.normalize("NFKD", word)
    return "".join(char for char in letters if not unicodedata.combining(char)).lower()


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """What the forms of one word share: build, built; found, founded (which are two words, but rarely matter)."""
    word = plain(word)
    if word in _IRREGULAR or word in COUNTRIES:
        return _IRREGULAR.get(word) or COUNTRIES[word]
    cut = _ENDINGS.sub("", word)
    return cut if len(cut) >= _SHORTEST_STEM else word


@lru_cache(maxsize=65536)
def akin(one: str, other: str) -> bool:
    """Whether two words are forms of one, or begin alike: Syria, Syrian; establish, establishment."""
    a, b = plain(one), plain(other)
    if unlike((a,), (b,)):
        return False
    if stem(one) == stem(other):
        return True
    shared = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= 4 and shared >= _SHARE_ALIKE * max(len(a), len(b))


def held(word: str, words: Iterable[str]) -> bool:
    """Whether ``words`` have the word in some form."""
    return any(akin(word, other) for other in words)


def telling(text: str) -> list[str]:
    """The words of a normal text that carry meaning, as written, each once."""
    words = re.findall(r"[^\W\d_]+", text)
    return list(dict.fromkeys(word for word in words if plain(word) not in FUNCTION and len(word) > 1))


def covered(question: str, text: str) -> float:
    """The share of the question's telling words that the text has in some form; 1 where it has none."""
    asked, told = telling(normal(question)), telling(normal(text))
    return sum(held(word, told) for word in asked) / len(asked) if asked else 1.0
