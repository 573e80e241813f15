"""What mod_macro makes of `Use`: the lines of a `<Macro>` with its parameters replaced in their text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wsfix.drivers.apache.syntax import Document, read
from wsfix.drivers.span import Directive
from wsfix.drivers.text import decode, encode


@dataclass(frozen=True, slots=True)
class Macro:
    """A `<Macro>` section; names of parameters keep their sign, such as `$host`."""

    parameters: tuple[str, ...]
    document: Document
    directive: Directive


def written_out(macro: Macro, values: Sequence[str]) -> Document:
    """The lines of a macro for some values, as a document of its own; raises UnreadableConfig where they do not close.

    next_substitution (mod_macro.c): the leftmost parameter is replaced first, of two that begin alike the longer one.
    """
    directive = macro.directive
    body = decode(macro.document.data[directive.opens or 0 : directive.closes])
    known = dict(zip(macro.parameters, values, strict=True))
    if known:
        names = sorted(known, key=len, reverse=True)
        body = re.sub("|".join(re.escape(name) for name in names), lambda m: known[m[0]], body)
    return read(encode(body), macro.document.path)
