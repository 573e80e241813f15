"""Takes secrets out of text before it is shown or kept: by the name that stands beside them, and by their form."""

from __future__ import annotations

import re

MASK = "***"

_WORD = r"(?:secret|password|passwd|pwd|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|signature|jwt)"
_REST = r"[A-Za-z0-9_.-]{0,64}"
"""What may stand beside such a word in one name; bounded, since a word of a megabyte must not be tried from each sign."""

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # scheme://user:password@host (RFC 3986 section 3.2.1)
    (
        re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{0,31}://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)", re.IGNORECASE),
        r"\g<keep>" + MASK,
    ),
    # Authorization: Bearer x, Basic x (RFC 9110 section 11.4)
    (re.compile(r"(?P<keep>\b(?:Bearer|Basic|Digest)\s+)[A-Za-z0-9._~+/=-]{6,}"), r"\g<keep>" + MASK),
    # the same as servers log it, in small letters, where prose goes on with a word
    (re.compile(r"(?P<keep>\b(?:bearer|basic|digest)\s+)(?=\S*[0-9A-Z=])[A-Za-z0-9._~+/=-]{6,}"), r"\g<keep>" + MASK),
    # a JSON Web Token wherever it stands (RFC 7519): three base64url parts, the first begins with {"
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*"), MASK),
    # token=…, "password": "…", --api-key …, X-Api-Key: …
    (
        re.compile(rf"(?P<keep>{_WORD}{_REST}[\"']?\s*(?:[=:]\s*)[\"']?)(?!\*\*\*)[^\s\"'&;,]+", re.IGNORECASE),
        r"\g<keep>" + MASK,
    ),
    (
        re.compile(rf"(?P<keep>(?<![\w-])--?{_REST}?{_WORD}{_REST}\s+)[^\s\"'-][^\s\"']*", re.IGNORECASE),
        r"\g<keep>" + MASK,
    ),
)

_HEADER = re.compile(
    r"""(?P<keep>\b(?:proxy_set_header|add_header|more_set_headers|uwsgi_param|fastcgi_param|RequestHeader\s+\w+|Header\s+\w+)\s+
        ["']?(?P<name>[A-Za-z0-9_-]+)["']?\s+)(?P<value>"[^"]*"|'[^']*'|[^;"'\n]+)""",
    re.VERBOSE,
)
_SECRET_HEADER = re.compile(r"auth|cookie|secret|token|password|credential|(?:^|[-_])key$|api[-_]?key", re.IGNORECASE)
_VARIABLE = re.compile(
    r"""(?P<keep>^[-+ ]?\s*set\s+\$[A-Za-z0-9_]*(?:secret|token|key|passw|auth)[A-Za-z0-9_]*\s+)(?P<value>"[^"]*"|'[^']*'|[^\s;]+)""",
    re.IGNORECASE | re.MULTILINE,
)
_LONG = re.compile(r"(?P<sign>^[+-])?(?P<word>[A-Za-z0-9+_-]{32,}={0,2})", re.MULTILINE)
_OF_A_PATH = "/.$:"


def mask_text(text: str) -> str:
    """Return the text with everything that looks like a secret replaced by `***`."""
    masked = _HEADER.sub(_mask_header, text)
    masked = _VARIABLE.sub(lambda m: f"{m['keep']}{MASK}", masked)
    for pattern, replacement in _RULES:
        masked = pattern.sub(replacement, masked)
    return _LONG.sub(_mask_long, masked)


def _mask_long(match: re.Match[str]) -> str:
    """Mask a long word of letters and digits, unless it is a part of a path, a name or a variable."""
    before, after = match.string[max(0, match.start() - 1) : match.start()], match.string[match.end() : match.end() + 1]
    word = match["word"]
    mixed = any(sign.isdigit() for sign in word) and any(sign.isalpha() for sign in word)
    part = (before != "" and before in _OF_A_PATH) or (after != "" and after in "/.")
    return f"{match['sign'] or ''}{MASK}" if mixed and not part else match[0]


def _mask_header(match: re.Match[str]) -> str:
    value = match["value"].strip("\"'")
    if not _SECRET_HEADER.search(match["name"]) or value.startswith("$"):
        return match[0]
    return f"{match['keep']}{MASK}"


def printable(text: str, limit: int = 300) -> str:
    """Return what a stranger sent as one safe line: control characters escaped, cut to `limit` characters."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[:limit] + "…"


def visible(text: str) -> str:
    """Return a text in which every sign that could steer a terminal is written out; its lines stay lines."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text.replace("\r\n", "\n"))
