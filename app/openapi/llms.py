"""`/llms.txt`: an introduction for language models (https://llmstxt.org), generated from the documentation."""

from collections.abc import Iterable
from typing import Any

from app.openapi.parts import tags_of
from app.web.examples import Example


def llms_text(document: dict[str, Any], examples: Iterable[Example], base: str) -> str:
    """What Parley is, how to query it, links to the documentation and its parts, and example questions."""
    info = document["info"]
    about = {tag["name"]: tag["description"].replace("**", "") for tag in document["tags"]}
    parts = [f"- [{tag}]({base}/openapi.json?tag={tag}): {about[tag]}" for tag in tags_of(document)]
    questions = [f"- [{example.question}]({base}{example.href})" for example in examples]
    return "\n".join(
        [
            f"# {info['title']}",
            "",
            f"> {info['summary']}",
            "",
            "A REST API that returns JSON; reading needs no key. Every list takes typed filters, `include=`, `fields=`, `facets=`"
            " and `count=exact`; an unknown parameter or value is rejected with a list of the valid ones. `page.next` is the cursor of"
            " the next page. Add `format=csv` for a table. Cite what you use: `include=citations` gives the sources of a"
            " record, and `as_of=` with the number in the `Parley-Revision` header makes a response reproducible.",
            "",
            "## Documentation",
            "",
            f"- [OpenAPI document]({base}/openapi.json): every path, field and value; its parts are below.",
            f"- [Documentation for people]({base}/docs): the same, to read and to try out.",
            f"- [Problems]({base}/problems): the meaning of each error response.",
            f"- [Vocabularies]({base}/v1/vocabularies): the closed lists, each value with its meaning.",
            "",
            "## Parts of the OpenAPI document",
            "",
            *parts,
            "",
            "## Questions",
            "",
            *questions,
            "",
            "## Optional",
            "",
            f"- [Changes]({base}/v1/changes): all writes in order, for everybody who keeps a copy.",
            f"- [Releases]({base}/v1/releases): named states of the data that never change, to cite and to download.",
            "",
        ]
    )
