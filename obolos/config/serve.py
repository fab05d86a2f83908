"""The web server: `python -m obolos.config.serve [options of granian]`.

Reads the program once and lets the workers fork from that: they begin at once, one that failed is replaced at once,
and what they only read (code, addresses, texts) lies in memory once for all of them. So nothing that this module
imports may open a connection or start a thread; what must not be shared is made anew in each child
(`os.register_at_fork`). A new version of the program needs a restart: a signal to reload would fork the old one.
"""

import gc
import multiprocessing
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obolos.config.settings")
_SERVED = "obolos.config.wsgi:application"


def main(options: list[str]) -> None:
    """Serve until told to stop. `options`: those of granian, without interface and target."""
    # Nothing that is imported is ever garbage: looking for it would cost time now, and copies of the pages in each child.
    gc.disable()
    from granian.cli import cli  # noqa: PLC0415

    import obolos.config.wsgi  # noqa: F401, PLC0415 — in the parent, on purpose

    gc.freeze()
    gc.enable()
    # Named, because later versions of Python begin their children in another way unless told.
    multiprocessing.set_start_method("fork")
    cli([*options, "--interface", "wsgi", _SERVED], auto_envvar_prefix="GRANIAN")


if __name__ == "__main__":
    main(sys.argv[1:])
