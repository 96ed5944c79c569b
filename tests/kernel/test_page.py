"""Pages know where they stand."""

import pytest

from qudao.kernel.page import MAX_LIMIT, Page, PageRequest


def test_pages_of_a_list() -> None:
    first = Page(tuple("abc"), 7, PageRequest(3))
    middle = Page(tuple("def"), 7, PageRequest(3, 3))
    last = Page(tuple("g"), 7, PageRequest(3, 6))
    assert [page.request.number for page in (first, middle, last)] == [1, 2, 3]
    assert first.pages == 3
    assert [page.has_next for page in (first, middle, last)] == [True, True, False]
    assert [page.has_previous for page in (first, middle, last)] == [False, True, True]


def test_an_empty_list_has_one_page() -> None:
    page: Page[str] = Page((), 0, PageRequest())
    assert (page.pages, page.has_next, page.has_previous) == (1, False, False)


@pytest.mark.parametrize("limits", [(0, 0), (-1, 0), (MAX_LIMIT + 1, 0), (10, -1)])
def test_a_request_says_a_sensible_number_of_rows(limits: tuple[int, int]) -> None:
    with pytest.raises(AssertionError):
        PageRequest(*limits)
