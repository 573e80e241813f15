"""Changes of order: of ProxyPass lines, of which the first counts, and of sections, of which the last does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers.apache import edits, splice
from wsfix.errors import CannotEdit
from wsfix.model.route import Position

if TYPE_CHECKING:
    from wsfix.drivers.apache.config import Config


def move_before(config: Config, moved: Position, other: Position) -> Config:
    """Move the lines of one directive or section; both stand in one file and directly in the same section."""
    node, target = edits.own(config, edits.at(config, moved)), edits.own(config, edits.at(config, other))
    if node.path != target.path:
        raise CannotEdit(f"{moved}: {node.title} stands in another file than {target.title} at {other}")
    document = config.document(node)
    levels = [document.directives, *(d.children for d in document.walk())]
    if not any(node.directive in level and target.directive in level for level in levels):
        raise CannotEdit(f"{moved}: {node.title} stands in another section than {target.title} at {other}")
    if node.directive.start < target.directive.start:
        return config
    return config.with_document(splice.move_before(document, node.directive, target.directive))
