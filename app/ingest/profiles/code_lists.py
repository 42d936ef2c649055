"""The schema of code lists in a mapping profile, and the translation of codes with these lists."""

from pydantic import Field, model_validator

from app.ingest.profiles.expressions import LONGEST_MATCHED, check_expression, find_match
from app.ingest.profiles.value_forms import Strict


class Codes(Strict):
    """A code list, which translates the codes of the data set. The original code is stored in `coded_from`."""

    words: dict[str, str | None] = Field(
        default_factory=dict,
        description="Each code of the data set with its translation; null = no translation, without a warning.",
        examples=[{"CON": "state", "IGO": "igo"}],
    )
    patterns: dict[str, str] = Field(
        default_factory=dict,
        description="Regular expressions (RE2) for other codes, tried in order, each with its translation. They are only"
        " matched against cells of at most 2,000 characters.",
        examples=[{"^Government of ": "government"}],
    )
    otherwise: str | None = Field(
        None,
        description="Translation of all other codes, with a warning; null = all other codes become null.",
        examples=["other"],
    )
    keeps_others: bool = Field(
        False, description="Whether all other codes are used unchanged, without a warning.", examples=[True]
    )
    is_partial: bool = Field(
        False,
        description="Whether all other codes become null without a warning, and without an entry in `coded_from`.",
        examples=[True],
    )

    @model_validator(mode="after")
    def _fits(self) -> "Codes":
        if not self.words and not self.patterns:
            raise ValueError("a code list must have `words` or `patterns`")
        if self.keeps_others + self.is_partial + (self.otherwise is not None) > 1:
            raise ValueError("only one of `otherwise`, `keeps_others` and `is_partial` is allowed")
        for pattern in self.patterns:
            check_expression(pattern)
        return self

    def translate(self, code: str) -> tuple[bool, str | None]:
        """Return whether the code list covers a code, and its translation."""
        if code in self.words:
            return True, self.words[code]
        for pattern, word in self.patterns.items() if len(code) <= LONGEST_MATCHED else ():
            if find_match(pattern, code) is not None:
                return True, word
        return (True, code) if self.keeps_others else (False, None)
