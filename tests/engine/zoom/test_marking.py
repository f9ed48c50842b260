import numpy as np
import pytest

from engine.zoom import marking


@pytest.mark.parametrize(("size", "text"), [((1080, 1920), "CONTAINS SYNTHESISED DETAIL"), ((200, 200), "CONTAINS SYNTHESISED DETAIL"),
                                            ((40, 110), "SYNTHESISED DETAIL"), ((16, 70), "SYNTHESISED"), ((12, 32), "SYNTH"),
                                            ((9, 8), "S"), ((8, 8), ""), ((1, 1), "")])
def test_the_longest_text_that_fits_at_the_same_size(size: tuple[int, int], text: str) -> None:
    plain = np.full((*size, 3), 99, np.uint8)
    marked, facts = marking.burn(plain)
    assert marked.shape == plain.shape and facts["text"] == text and (plain == 99).all()
    x, y, w, h = facts["rect"]  # type: ignore[misc]
    outside = np.ones(size, bool)
    outside[y:y + h, x:x + w] = False
    assert (marked[outside] == 99).all() and (marked != 99).any()
    assert text == "" or h <= max(9, size[0] // 10)


def test_letters_are_legible_against_any_picture() -> None:
    for grey in (0, 128, 255):
        marked, facts = marking.burn(np.full((400, 600, 3), grey, np.uint8))
        x, y, w, h = facts["rect"]  # type: ignore[misc]
        strip = marked[y:y + h, x:x + w].astype(int).sum(axis=2)
        assert set(np.unique(strip)) == {48, 255 + 214 + 64}
