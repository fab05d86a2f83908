"""Entry of `python3 -m launch VERB`. Must parse on any Python 3, so that too old a one gets one clear line."""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)


def newer_python() -> "str | None":
    """Path of a Python on this machine that is new enough, or None."""
    for minor in range(14, OLDEST[1] - 1, -1):
        path = shutil.which("python3.%d" % minor)
        if path and subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return path
    return None


if sys.version_info < OLDEST:
    other = newer_python()
    if other:
        os.execv(other, [other, "-m", "launch", *sys.argv[1:]])
    sys.exit("Python 3.11 or newer is needed, this is %d.%d." % sys.version_info[:2])

from launch.verbs import main  # noqa: E402 - the version check comes first

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
