"""What the documentation of routes says about keys of records, redirects and problems."""

from typing import Annotated

from fastapi import Path

from app.domain.keys import LONGEST_KEY
from app.errors import ProblemType
from app.web.problem_responses import problems

Key = Annotated[
    str,
    Path(
        description="The slug, the id, or an external id as `scheme:value`.",
        examples=["wikidata:Q159"],
        max_length=LONGEST_KEY,
    ),
]


#: Lists return 404 and 410 too: a filter may name a record that did not exist, was not known or was withdrawn at the
#: requested time.
READ_PROBLEMS = problems(
    ProblemType.NOT_FOUND,
    ProblemType.NOT_ACCEPTABLE,
    ProblemType.GONE,
    ProblemType.INVALID,
    ProblemType.UNAVAILABLE,
)
WRITE_PROBLEMS = problems(
    ProblemType.MALFORMED,
    ProblemType.UNAUTHORIZED,
    ProblemType.FORBIDDEN,
    ProblemType.CONFLICT,
    ProblemType.TOO_LARGE,
    ProblemType.MEDIA_TYPE,
    ProblemType.INVALID,
    ProblemType.UNAVAILABLE,
)
CHANGE_PROBLEMS = {**WRITE_PROBLEMS, **problems(ProblemType.NOT_FOUND, ProblemType.GONE)}
#: For changes that honor `If-Match`; the documentation recognizes these operations by their 412 response.
VERSION_PROBLEMS = {**CHANGE_PROBLEMS, **problems(ProblemType.PRECONDITION)}


MOVED = {"description": "The record has a new slug; `Location` has its URL."}
