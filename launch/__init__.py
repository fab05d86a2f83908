"""The launcher: makes, starts, tests and stops Obolos on one machine.

`python3 -m launch VERB` is what the Makefile calls. Until the packages are installed it uses the standard library only.
It starts the product as a person would, from outside: it imports nothing of it.
"""
