"""Who may ask the server: the pages that it handed out itself, to somebody who knows the token.

Any page that the user visits can knock at a port of this machine, and so can other users of it. The token keeps out who
does not know it. It is in the path and not in a cookie, which a browser would show to servers on other ports too.
"""

import re
from secrets import compare_digest

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?")
"""A `Host` that cannot be somebody's domain, made to lead here. Any port: `ssh -L` forwards from where it likes."""
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "clipboard-read=(), camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",  # an address of ours has the token in it
    "X-Content-Type-Options": "nosniff",
}


def guard(token: str) -> Middleware:
    """Return what lets only those through who may ask; the others get a 403 that tells them nothing."""

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not may_ask(request, token):
            raise web.HTTPForbidden
        return await handler(request)

    return checked


def may_ask(request: web.Request, token: str) -> bool:
    """Whether a request comes from this machine, from a page of ours or none, with the token."""
    host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
    # Browsers always say where a web socket comes from, and nothing about an address that somebody typed.
    is_socket = "Upgrade" in request.headers
    is_ours = origin == f"http://{host}" or (origin is None and not is_socket)
    shown = request.path.split("/")[1]
    return (
        LOOPBACK.fullmatch(host) is not None
        and is_ours
        and compare_digest(shown.encode("utf-8", "surrogateescape"), token.encode())
    )


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the browser what it may do with an answer."""
    del request
    response.headers.update(HEADERS)
