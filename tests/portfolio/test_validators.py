"""NHS numbers in what people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.forms.triage import AddForm
from portfolio.validators import is_nhs_number, nhs_numbers_in


def with_check_digit(nine: str) -> str | None:
    """An NHS number from nine digits, counted as the data dictionary says; None where there is none."""
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    return None if check == 10 else nine + str(0 if check == 11 else check)


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_of_ten_check_digits_at_most_one_is_right(nine):
    right = [nine + str(digit) for digit in range(10) if is_nhs_number(nine + str(digit))]
    assert right == [number for number in [with_check_digit(nine)] if number]


@pytest.mark.parametrize(
    "text",
    [
        "9434765919",
        "943 476 5919",
        "943-476-5919",
        "943–476–5919",
        "943\u00a0476\u00a05919",
        "NHS9434765919",
        "(943 476 5919).",
        "in 2024 943 476 5919 was seen",
        "9 4 3 4 7 6 5 9 1 9",
        "\uff19\uff14\uff13\uff14\uff17\uff16\uff15\uff19\uff11\uff19",
        "943  476\t5919",
    ],
)
def test_a_number_is_found_however_it_is_written(text):
    assert nhs_numbers_in(text) == ["9434765919"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9434765918",
        "94347659190",
        "07700 900123",
        "943 and 476 and 5919",
        "12/11/2026",
        "£9,434,765,919",
    ],
)
def test_other_figures_are_left_alone(text):
    assert nhs_numbers_in(text) == []


@given(st.text(alphabet="0123456789 -x\n", max_size=300))
def test_any_text_is_read_and_what_is_found_is_valid(text):
    assert all(is_nhs_number(number) for number in nhs_numbers_in(text))


def test_a_key_that_nobody_typed_is_not_looked_through():
    form = AddForm({"title": "A board", "once_key": "9434765919"})
    assert form.is_valid(), form.errors
    assert not AddForm({"title": "943 476 5919"}).is_valid()
