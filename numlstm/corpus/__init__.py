"""Texts: `text` (words), `data` (corpora, columns, windows) and `ptb` (Penn Treebank).

The built-in language: `grammar` (its probabilities), `language` (its rules and words), `agreement` (which word decides
the form of which).
"""
