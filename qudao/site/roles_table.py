"""The table of `docs/security.md`: `python -m qudao.site.roles_table` writes it there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import django

BEGIN, END = "<!-- roles: begin -->\n", "<!-- roles: end -->"


def table() -> str:
    """Return who may do what as Markdown: a section per role, its grants by package."""
    from qudao.platform.identity.roles import roles

    parts = []
    for role in sorted(roles.values(), key=lambda role: role.code):
        parts.append(f"### `{role.code}`: {role.name_en}, {role.name_zh}\n")
        parts.append(f"Held at: {_list(role.levels) or 'nowhere; workers and set-up act as it'}.\n")
        if role.appoints:
            parts.append(f"Gives others the roles: {_list(role.appoints)}.\n")
        parts.append("| package | may |\n| --- | --- |")
        packages = sorted({grant.partition(".")[0] for grant in role.grants})
        for package in packages:
            own = {grant for grant in role.grants if grant.startswith(f"{package}.")}
            parts.append(f"| {package} | {_list(grant.partition('.')[2] for grant in own)} |")
        parts.append("")
    return "\n".join(parts)


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def write(page: Path) -> None:
    """Put the table between its marks on the page."""
    text = page.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    page.write_text(f"{head}{BEGIN}\n{table()}\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qudao.site.settings")
    django.setup()
    write(Path("docs/security.md"))
