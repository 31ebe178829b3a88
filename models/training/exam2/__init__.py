"""The second examination: the six groups made harder, and a visual vocabulary drawn by others.

Everything that decides what may be trained on stands here, once: ``phrasings.py`` and ``rephrase.py`` (which phrasing
of a question is never trained), ``styles.py`` (which art style, typefaces and photographs are never trained). The
scene modules draw for the examination and for training alike; the ``Split`` they are handed is the only difference.
"""
