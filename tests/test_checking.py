"""What the checker lets through and what it does not, on sentences that can be judged by eye."""

from __future__ import annotations

from datetime import date

import pytest

from rag.checking import check, holds, unsupported, verbatim

QUOTE = "On 4 May, Mayor Ilse Brandt said that at least 1,250 people and seven soldiers had left Ekeness."
RAID = (
    "Gunmen killed at least 46 people and wounded 61 near Sukhna on March 22, 2024, Rami Abdurrahman of the Syrian "
    "Observatory for Human Rights said."
)
COSTS = "About 75 families lost 2.5 million euros, 10 percent of the total, in a dozen villages."
FRIDAY = date(2024, 3, 22)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        (QUOTE, QUOTE),
        ("Mayor Ilse Brandt said that at least 1,250 people and seven soldiers had left", QUOTE),
        ("At least 1250 people left Ekeness, said Brandt.", QUOTE),
        ("At least 1,250 people and 7 soldiers left, Mayor Brandt said.", QUOTE),
        ("They left on May 4, the mayor said.", QUOTE),
        ("According to Brandt, the soldiers left Ekenes.", QUOTE),
        ("Abdurrahman said at least 46 people were killed near Sukhna on 22 March 2024.", RAID),
        ("At least 46 people died and 61 were wounded in March 2024, said the Observatory.", RAID),
        ("On 22 March, the Observatory said, gunmen killed at least 46.", RAID),
        ("The gunmen killed at least forty-six people near al-Sukhnah, Abdurrahman said.", RAID),
        ("Sixty-one people were injured, said Rami Abdulrahman of the SOHR.", RAID),
        ("In a dozen villages about 75 families lost 2,500,000 euros.", COSTS),
        ("Around 75 families in 12 villages lost 10% of the total.", COSTS),
        ("The group no longer holds the town.", "The town is not held by the group any more."),
        ("The group didn't take the town.", "The group failed to take the town."),
        ("The bridge opened in 1990.", "The bridge did not open until 1990."),
        ("Abu Hussein al-Qurayshi led it.", "It was led by Abu Husain al-Qurashi."),
        ("The U.S. dropped the bomb.", "The American air force dropped the bomb."),
        ("It was built in the 1960's.", "They built it in the 1960s."),
        ("At least one of the men left, and one boat.", "A man left by boat with ten sheep."),
        ("Turkey's army left in May.", "The Turkish army left in May."),
        ("Brandt was thanked by Holt.", "Maren Holt thanked Ilse Brandt."),
        ("The UN counted 40 dead in Lindby.", "On Monday the United Nations counted 40 dead in Lindby."),
        ("The EU paid for the bridge.", "The European Union paid for the bridge."),
        ("The World Health Organisation closed the ward.", "The WHO closed the ward."),
        ("The WHO closed the ward.", "The World Health Organization closed the ward."),
        ("OCHA closed the camp.", "The Office for the Coordination of Humanitarian Affairs closed the camp."),
        ("The US shelled Lindby.", "U.S. ships shelled Lindby."),
        ("The United States shelled Lindby.", "American ships shelled Lindby."),
        ("The Islamic State shelled Lindby.", "Daesh shelled Lindby."),
        ("IS shelled Lindby.", "The ISIS group shelled Lindby."),
        ("The UN Security Council met in Lindby.", "The United Nations Security Council met in Lindby."),
        ("Muhammad Kor left Lindby.", "Mohamed Kor left Lindby."),
        ("Nigerien soldiers left Lindby.", "The soldiers of Niger left Lindby."),
        ("Holt backed Brandt.", "Ilse Brandt, backed by Maren Holt, won the seat."),
        ("Brandt was led by Holt.", "The men of Brandt, led by the mayor of Holt, left."),
        ("In all 500,000 people left Ekeness.", "Half a million people left Ekeness."),
        ("In all 750,000 people left.", "Some left at once, three-quarters of a million people in all."),
        ("They paid 2.5 million euros.", "They paid two and a half million euros."),
        ("It took 1.5 million men.", "It took a million and a half men."),
        ("He sent 125,300 men.", "He sent one hundred and twenty-five thousand three hundred men."),
        ("They shot hundreds of people.", "They shot 340 people and took dozens of horses."),
        ("They shot hundreds of people.", "They shot at least 90 people."),
        ("They shot hundreds of cows.", "They shot several hundred cows and 12 people."),
        ("They shot thousands of people.", "Tens of thousands of people were shot."),
        ("They shot dozens of people.", "They shot several dozen men on the third of May."),
        ("About half of its ships sank.", "Of its ships 48 percent sank, a third of them in May."),
        ("In the first half of May a third of its ships sank.", "A third of its ships sank in the first days of May."),
        ("Brandt responded in Lindby.", "Brandt responded by bombing Lindby."),
        ("Brandt stood with Holt.", "Brandt stood by Holt."),
    ],
)
def test_what_the_quote_says_passes(sentence: str, quote: str) -> None:
    assert unsupported(sentence, [quote]) == []


@pytest.mark.parametrize(
    ("sentence", "quote", "fault"),
    [
        ("At least 1,350 people left Ekeness.", QUOTE, "the number 1,350"),
        ("Eight soldiers left Ekeness.", QUOTE, "the number Eight"),
        ("Seven people left Ekeness.", QUOTE, "its sources say seven soldiers, not people"),
        ("1,250 people left Ekeness.", QUOTE, "its sources say at least 1,250, not 1,250"),
        ("At least seven soldiers left Ekeness.", QUOTE, "its sources say seven, not at least"),
        ("46 people were killed near Sukhna.", RAID, "its sources say at least 46, not 46"),
        ("At least 46 people were wounded near Sukhna.", RAID, "its sources say 46 killed, not wounded"),
        ("In Sukhna 61 people were killed.", RAID, "its sources say 61 wounded, not killed"),
        ("About 75 people lost 2.5 million euros.", COSTS, "its sources say about 75 families"),
        ("75 families lost it.", COSTS, "its sources say about 75, not 75"),
        ("About 75 families lost 2.5 billion euros.", COSTS, "the number 2.5 billion"),
        ("Nearly 500 traders came.", "500 traders came.", "its sources say 500, not nearly 500"),
        ("They lost 1,000,000 euros.", "They lost half a million euros.", "the number 1,000,000"),
        ("They lost two million euros.", "They lost two and a half million euros.", "the number two million"),
        ("In all 25,000 men left.", "One hundred and twenty-five thousand men left.", "the number 25,000"),
        (
            "The raid killed hundreds of people.",
            "The raid killed dozens of men.",
            "its sources say dozens, not hundreds",
        ),
        ("The war displaced millions.", "The war displaced thousands.", "its sources say thousands, not millions"),
        ("They shot thousands of men.", "They shot seven men.", "its sources say seven, not thousands"),
        ("Half of its ships sank.", "A third of its ships sank in May.", "its sources say a third, not half"),
        ("Two thirds of its ships sank.", "Of its ships 20 percent sank.", "its sources say 20%, not two thirds"),
        ("They left on May 5.", QUOTE, "the date May 5"),
        ("They left on 4 June.", QUOTE, "the date 4 June"),
        ("Gunmen struck near Sukhna on 22 March 2023.", RAID, "the date 22 March 2023"),
        ("On Monday, gunmen killed at least 46 people.", RAID, "the date Monday"),
        ("On 4 May, Mayor Karl Holt said so.", QUOTE, "the name Karl"),
        (
            "Mayor Ilse Holt said so.",
            "Mayor Ilse Brandt thanked fire chief Maren Holt.",
            "the name Ilse Holt is made of",
        ),
        ("Zarqawi said that people had left Ekeness.", QUOTE, "the name Zarqawi"),
        ("Abu Hussein al-Zarqawi led it.", "It was led by Abu Hussein al-Qurashi.", "the name Zarqawi"),
        ("Brandt thanked Holt.", "Maren Holt thanked Ilse Brandt.", "Brandt and Holt have changed places"),
        ("Brandt backed Holt.", "Ilse Brandt, backed by Maren Holt, won.", "Brandt and Holt have changed places"),
        ("Ilse Brandt never said that people had left.", QUOTE, "it denies (never)"),
        ("IS shelled Lindby.", "The army is sure that rebels shelled Lindby.", "the name IS"),
        ("The US shelled Lindby.", "Rebels shelled Lindby before they left us.", "the name US"),
        ("The U.S. shelled Lindby.", "Rebels shelled Lindby.", "the name U.S."),
        ("The WHO closed the ward.", "The mayor, who left, closed the ward.", "the name WHO"),
        ("UN troops shelled Lindby.", "The troops shelled Lindby.", "the name UN"),
        ("Nigerian soldiers left Lindby.", "The soldiers of Niger left Lindby.", "the name Nigerian"),
        ("Austrian soldiers left Lindby.", "Australian soldiers left Lindby.", "the name Austrian"),
        ("The soldiers left Hama.", "The soldiers of Hamas left.", "the name Hama"),
        ("Hassan Kor left Lindby.", "Hussein Kor left Lindby.", "the name Hassan"),
        ("The mayor denied that people had left.", QUOTE, "it denies (denied)"),
        ("The group holds the town.", "The group no longer holds the town.", "its sources deny (no longer)"),
        ("The group took the town.", "The group failed to take the town.", "its sources deny (failed to)"),
        ("The mayor took the money.", "The mayor denied that she took the money.", "its sources deny (denied)"),
        ("Unemployment rose in April.", "Unemployment fell in April.", "its sources say fell, not rose"),
        ("The ferries were held up by a storm.", QUOTE, "its sources do not speak of ferries"),
        ("61 people were killed", "At least 61 people were killed.", "its sources say at least 61"),
        ("1 people were killed", "61 people were killed.", "the number 1"),
    ],
)
def test_what_the_quote_does_not_say_is_named(sentence: str, quote: str, fault: str) -> None:
    assert any(found.startswith(fault) for found in unsupported(sentence, [quote])), unsupported(sentence, [quote])


@pytest.mark.parametrize(
    ("quote", "sentence"),
    [
        ("Gunmen attacked the hall yesterday.", "Gunmen attacked the hall on 21 March 2024."),
        ("Gunmen attacked the hall on Friday.", "Gunmen attacked the hall on March 22."),
        ("Gunmen attacked the hall on Wednesday.", "Gunmen attacked the hall on 20 March."),
        ("Gunmen attacked the hall two days ago.", "On Wednesday, gunmen attacked the hall."),
        ("Gunmen attacked the hall last month.", "Gunmen attacked the hall in February 2024."),
        ("Gunmen attacked the hall last year.", "Gunmen attacked the hall in 2023."),
        ("Gunmen attacked the hall on March 20.", "Gunmen attacked the hall on 20 March 2024."),
        ("Gunmen attacked the hall in December.", "Gunmen attacked the hall in December 2023."),
    ],
)
def test_a_relative_date_is_a_day_by_its_articles_date(quote: str, sentence: str) -> None:
    assert unsupported(sentence, [quote], published=[FRIDAY]) == []
    assert unsupported(sentence, [quote], published=[date(2022, 9, 1)]) != []


@pytest.mark.parametrize(
    ("told", "said", "passes"),
    [
        ("on March 22", "on 22 March 2024", True),
        ("on March 23", "on 23 March 2025", False),
        ("on March 21", "on 21 March 2025", False),
        ("on March 24", "on 24 March 2023", False),
        ("in March", "in March 2025", False),
        ("in May", "in May 2023", True),
        ("in September", "in September 2024", True),
        ("on 2 December", "on 2 December 2024", False),
    ],
)
def test_a_day_without_its_year_is_near_its_articles_date(told: str, said: str, passes: bool) -> None:
    faults = unsupported(f"The hall burned {said}.", [f"The hall burned {told}."], published=[FRIDAY])
    assert (faults == []) is passes


def test_a_relative_date_is_not_repeated_for_an_absolute_one() -> None:
    assert unsupported("They left yesterday.", ["They left on 21 March."], published=[FRIDAY]) != []


def test_names_of_the_question_and_title_are_known() -> None:
    assert unsupported("The Lindby fire killed seven.", ["It killed seven."], "What did the fire in Lindby do?") == []


def test_a_year_of_the_question_is_known_unless_the_quote_has_another() -> None:
    asked = "How many died in the fire of 2020?"
    assert unsupported("Seven died in the fire of 2020.", ["Seven people died in the fire."], asked) == []
    assert unsupported("Seven died in the fire of 2020.", ["Seven people died in the fire of 2019."], asked) != []


def test_a_year_of_the_question_is_known_if_the_quote_was_written_in_it() -> None:
    asked, quote = "Who led it in 2024?", "Maren Holt has led it since 2019."
    assert unsupported("In 2024 Maren Holt led it.", [quote], asked, [FRIDAY]) == []
    assert unsupported("In 2024 Maren Holt led it.", [quote], asked, [date(2022, 1, 1)]) != []


def test_several_quotes_bear_a_sentence_out_together() -> None:
    assert (
        unsupported("Seven died in Lindby, nine in Ekeness.", ["Seven died in Lindby.", "Nine died in Ekeness."]) == []
    )


def test_a_part_of_a_quote_that_is_cut_off_from_its_denial_is_no_quote() -> None:
    assert verbatim("nine people died", ["In Lindby nine people died."])
    assert not verbatim("nine people died", ["It is false that nine people died."])
    assert not verbatim("", ["Nine people died."])


@pytest.mark.parametrize(
    "quote",
    [
        "There is no evidence that Iran supplied the drones.",
        "It is not true that Iran supplied the drones.",
        "Nobody has shown that Iran supplied the drones.",
    ],
)
def test_what_a_quote_denies_is_not_said_with_its_words(quote: str) -> None:
    assert unsupported("Iran supplied the drones.", [quote]) != []
    assert unsupported(quote, [quote]) == []


@pytest.mark.parametrize(
    "text",
    ["", ".", "²³ ① ٣٤ ½", "\u0301\u0301", "1,2,3.4.5", "999 years ago", "999 weeks ago", "99/99/9999 0 BC",
     "2024-19-45", "31 February", "$", "A", "A B", "no", "not", "the second", "a hundred and", "twenty-", "1" * 400,
     "“”‘’—–", "'s n't", "next Friday", "tomorrow", "in the 1960's"],
)  # fmt: skip
def test_any_text_can_be_checked(text: str) -> None:
    for first, other in ((text, QUOTE), (QUOTE, text), (text, text + "!")):
        for published in (date.min, date.max):
            assert isinstance(unsupported(first, [other], text, [published]), list)


def test_holds_compares_forms() -> None:
    assert holds("It killed 9 people in Malmo.", "nine")
    assert holds("It killed 9 people in Malmo.", "Malmö")
    assert not holds("It killed many people.", "nine")


SAID = "At least 46 people were killed near Sukhna, army officers said on Friday."


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("At least 46 people were killed near Sukhna.", SAID),
        ("At least 46 people were killed", SAID),
        ("The bridge fell in May.", "According to the council, the bridge fell in May."),
        ("The general ordered it.", "His widow claims that the general ordered it."),
        ("The general ordered it.", "His widow claims the general ordered it."),
        ("The general ordered it.", "The council said on Monday the general ordered it."),
        ("The general ordered it.", "Many doubt that the general ordered it."),
        ("The general ordered it.", "It is unlikely the general ordered it."),
        ("The general ordered it.", "The council dismissed a report that the general ordered it."),
        ("The general ordered it.", "It is unclear whether the general ordered it."),
    ],
)
def test_what_somebody_said_is_not_stated_as_fact(sentence: str, quote: str) -> None:
    (fault,) = unsupported(sentence, [quote])
    assert fault.startswith("its sources give that to a speaker")
    assert (
        unsupported(sentence, [quote, "46 people were killed. The bridge fell in May, and the general ordered it."])
        == []
    )


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Army officers said at least 46 people were killed near Sukhna.", SAID),
        ("At least 46 people were reportedly killed near Sukhna.", SAID),
        ("The bridge fell in May.", "The bridge fell in May, which the council said was a mercy."),
        ("Ana Holt opened it.", "Ana Holt, who opened it, said that it was late."),
        ("40 people lost their lives in the fire.", "The fire claimed the lives of 40 people."),
        ("The bridge fell in May.", "The council said it was late. The bridge fell in May."),
        ("Ana Holt may have fled in June.", "Ana Holt reportedly fled in June."),
        ("Ana Holt burned the mill.", "Ana Holt, who reportedly fled in June, burned the mill."),
        ("Ana Holt fled in May.", "Ana Holt fled in May."),
    ],
)
def test_an_attribution_is_kept_in_any_words(sentence: str, quote: str) -> None:
    assert unsupported(sentence, [quote]) == []


@pytest.mark.parametrize("hedged", ["reportedly fled", "may have fled", "is believed to have fled", "allegedly fled"])
def test_what_is_hedged_is_not_stated_as_sure(hedged: str) -> None:
    quote = f"Ana Holt {hedged} in June."
    assert any("not sure" in fault for fault in unsupported("Ana Holt fled in June.", [quote]))
    assert unsupported("Ana Holt fled in June.", [quote, "In June, Ana Holt fled."]) == []
    assert unsupported("Ana Holt fled in June.", [quote], "When may Ana Holt have fled?") == []


def test_a_title_asks_for_nobodys_words() -> None:
    quote, asked = "The army said that Ana Holt fled.", "What did the army say of Ana Holt?"
    title = "Army says leader fled"
    assert check("Ana Holt fled.", [quote], titles=[title], trained=False).verdict == "unsupported"
    assert check("Ana Holt fled.", [quote], question=asked, titles=[title], trained=False).verdict == "verbatim"


def test_a_check_tells_verbatim_supported_and_uncited_apart() -> None:
    assert check("The bridge fell.", ["The bridge fell."]).verdict == "verbatim"
    assert check("The bridge fell in May.", []).verdict == "uncited"
    passed = check("In May the bridge fell.", ["The bridge fell in May."], titles=["Bridge"])
    assert passed.verdict == "supported"
    assert passed.support is not None
    failed = check("In June the bridge fell.", ["The bridge fell in May."])
    assert (failed.verdict, failed.support) == ("unsupported", None)
    assert failed.reasons == ("the date June is not in its sources",)
