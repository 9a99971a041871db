"""Question words and function words: they match everything and rank nothing."""

STOPWORDS = frozenset(
    """
    a about after all also an and any are as at be been before but by can could did do does during for from get
    give given had has have he her him his how i if in into is it its list many me more most much my name no not of
    on or our out over said say says she should so some such tell than that the their them then there these they
    this those through to under until up us was we were what when where which while who whom whose why will with
    would you your""".split()
)
