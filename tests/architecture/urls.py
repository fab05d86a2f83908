"""Every URL of the product, flattened from the resolver, so that a new one is included by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern


@dataclass(frozen=True)
class Url:
    """One URL: its whole pattern, its name, its view and the names of its arguments (None for a bare regex)."""

    route: str
    name: str
    view: Callable[..., Any]
    arguments: tuple[str, ...] | None

    @property
    def rule(self) -> str:
        """The declared access rule; empty when nothing is declared."""
        return str(getattr(self.view, "access_rule", ""))


def every_url() -> list[Url]:
    """All URLs, in the order in which they are tried."""
    return list(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Url]:
    for one in resolver.url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one, route)
        elif isinstance(one, URLPattern):
            plain = isinstance(one.pattern, RoutePattern)
            yield Url(route, one.name or "", one.callback, tuple(one.pattern.converters) if plain else None)
