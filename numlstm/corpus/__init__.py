"""Texts: `text` (words), `data` (corpora, columns, windows), `ptb`; and the built-in language.

The language: `grammar` (its probabilities), `language` (its rules and words), `agreement` (which word decides which).
"""
