"""What the routes that need scope `admin` have in common: webhooks and API keys."""

from typing import Annotated

from fastapi import Depends

from app.db.vocabulary import Scope
from app.errors import ProblemType
from app.web.access import READS, Principal, require
from app.web.problem_responses import problems

Admin = Annotated[Principal, Depends(require(Scope.ADMIN))]
#: Marks a GET route that requires an API key even if reads are public.
NOT_PUBLIC = {READS: False}
#: Headers of every response, so that the response is not cached.
NO_STORE = {"Cache-Control": "no-store"}
LIST_PROBLEMS = problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN, ProblemType.INVALID, ProblemType.UNAVAILABLE)
ONE_PROBLEMS = {**LIST_PROBLEMS, **problems(ProblemType.NOT_FOUND)}
