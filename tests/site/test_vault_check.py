"""`qudao check` names what is wrong with customers and their files."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from qudao.domain.customer.models import DocumentCount
from qudao.site.integrity import faults
from tests.domain.customer import counter
from tests.province import Province


def test_missing_and_altered_files_and_miscounted_lines_are_named(
    committed_province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "VAULT_DIR", tmp_path / "vault")
    counter.ready(committed_province)
    assert faults() == []
    gone, changed, *_ = sorted(path for path in (tmp_path / "vault").rglob("*") if path.is_file())
    gone.unlink()
    changed.write_bytes(changed.read_bytes()[:-1] + b"?")
    DocumentCount.objects.create(document_hash=b"?" * 32, lines=4)
    found = faults()
    assert len(found) == 3
    for words in ("4 lines counted, 0 there", "is missing", "does not open"):
        assert sum(words in one for one in found) == 1
