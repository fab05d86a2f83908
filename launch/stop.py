"""The one way in which the launcher gives up."""


class Stop(Exception):
    """The launcher cannot go on. The text is the one clear line that the person sees; it names what to do."""
