"""The page around the terminal. It loads and runs nothing but what the server has."""

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the terminal makes style sheets as it runs
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src ws://{host}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
# The terminal's script looks for .textual-terminal, and tells by the classes -first-byte and -closed how far it is.
# It measures its letters once, when everything is loaded: the words below have the font loaded by then.
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>egosearch</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="static/css/xterm.css">
<style>
@font-face {{
  font-family: "Roboto Mono"; font-weight: 100 700; src: url("static/fonts/RobotoMono-VariableFont_wght.ttf");
}}
@font-face {{
  font-family: "Roboto Mono"; font-weight: 100 700; font-style: italic;
  src: url("static/fonts/RobotoMono-Italic-VariableFont_wght.ttf");
}}
body {{ background: #121212; overflow: hidden; }}
.told {{
  position: absolute; z-index: 20; bottom: 0; left: 0; right: 0; margin: 0; padding: 8px 16px;
  font: 16px "Roboto Mono", monospace; color: #e0e0e0; background: #303030;
}}
.-first-byte .starting, body:not(.-closed) .ended {{ display: none; }}
.-closed .starting {{ display: none; }}
</style>
<script src="static/js/textual.js"></script>
<script src="focus.js" defer></script>
</head>
<body>
<noscript><p class="told">This page needs JavaScript.</p></noscript>
<p class="told starting">Opening the <b>library</b> <i>…</i></p>
<p class="told ended">This has ended. Reload the page to start it again.</p>
<div class="textual-terminal" data-session-websocket-url="ws://{host}/{token}/ws" data-font-size="16"></div>
</body>
</html>
"""
# The program is told of a focus that it can hear of: its first picture is here.
FOCUS = """\
new MutationObserver((changes, observer) => {
  if (document.body.classList.contains("-first-byte")) {
    observer.disconnect();
    document.querySelector(".xterm-helper-textarea").focus();
  }
}).observe(document.body, { attributeFilter: ["class"] });
"""
"""Lets one type without clicking at the terminal first."""


def page(host: str, token: str) -> str:
    """Return the page for who asked for it at a host, which the guard has checked."""
    return PAGE.format(host=host, token=token)


def policy(host: str) -> str:
    """Return what the page may load and connect to, for its header."""
    return POLICY.format(host=host)
