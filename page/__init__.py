"""The chat page, room by room; ``app`` puts it together and serves it.

What is shown is made here as HTML, everything from outside escaped (``markup``); ``static/page.js`` only puts it in its
place. Of rag, only the public names are used.
"""
