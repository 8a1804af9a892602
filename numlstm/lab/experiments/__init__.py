"""Experiments: several kinds of networks, each trained with several seeds, and compared.

Read `arms` (which networks), `tries` and `search` (how their settings are chosen), `measures` (what is measured) and
`comparison` (all of it trained). `tables`, `compared` and `ranked` show the results.
"""
