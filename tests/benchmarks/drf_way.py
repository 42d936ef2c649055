"""The usual Django REST Framework application over the same tables: unmanaged models, serializers, `select_related`
and `prefetch_related`. Runs in the peers' own environment and imports nothing of Parley's."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from django.conf import settings

_URL = urlsplit(os.environ["DATABASE_URL"])
# A socket's folder stands in the query.
_ASKED = dict(parse_qsl(_URL.query))
settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _URL.path[1:],
            "USER": unquote(_URL.username or ""),
            "PASSWORD": unquote(_URL.password or ""),
            "HOST": _URL.hostname or _ASKED.get("host", ""),
            "PORT": _URL.port or _ASKED.get("port", ""),
            "CONN_MAX_AGE": None,
            "OPTIONS": {"options": "-c jit=off -c random_page_cost=1.1 -c timezone=UTC"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF="drf_way",
    SECRET_KEY="benchmark",
    TIME_ZONE="UTC",
    USE_TZ=True,
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.db.models import Prefetch  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, serializers  # noqa: E402
from rest_framework.pagination import CursorPagination  # noqa: E402

HELD = models.DO_NOTHING


class Kept(models.Model):
    """A table that Django does not make."""

    id = models.UUIDField(primary_key=True)

    class Meta:
        abstract = True
        app_label = "ledger"
        managed = False


def table(name: str) -> type[Kept.Meta]:
    class Meta(Kept.Meta):
        db_table = name
        managed = False
        abstract = False

    return Meta


class Process(Kept):
    slug, title = models.TextField(), models.TextField()
    Meta = table("process")


class Party(Kept):
    slug, name, kind = models.TextField(), models.TextField(), models.TextField()
    Meta = table("party")


class Person(Kept):
    slug, name = models.TextField(), models.TextField()
    Meta = table("person")


class Place(Kept):
    slug, name = models.TextField(), models.TextField()
    Meta = table("place")


class Issue(Kept):
    code, label = models.TextField(), models.TextField()
    Meta = table("issue")


class Source(Kept):
    slug, title = models.TextField(), models.TextField()
    Meta = table("source")


class Talk(Kept):
    slug, title, kind, format = models.TextField(), models.TextField(), models.TextField(), models.TextField()
    process = models.ForeignKey(Process, HELD)
    place = models.ForeignKey(Place, HELD, null=True)
    start, status, summary = models.TextField(), models.TextField(), models.TextField()
    duration_minutes = models.IntegerField(null=True)
    Meta = table("talk")


class Outcome(Kept):
    talk = models.ForeignKey(Talk, HELD, related_name="outcomes")
    key, kind, text = models.TextField(), models.TextField(), models.TextField()
    position = models.IntegerField()
    Meta = table("talk_outcome")


class Delegation(Kept):
    talk = models.ForeignKey(Talk, HELD, related_name="delegations")
    party = models.ForeignKey(Party, HELD)
    slug = models.TextField()
    is_seated = models.BooleanField()
    size = models.IntegerField(null=True)
    Meta = table("delegation")


class Member(Kept):
    delegation = models.ForeignKey(Delegation, HELD, related_name="members")
    person = models.ForeignKey(Person, HELD)
    position = models.IntegerField()
    function, post = models.TextField(null=True), models.TextField(null=True)
    Meta = table("delegation_member")


class Proposal(Kept):
    talk = models.ForeignKey(Talk, HELD, related_name="proposals", null=True)
    slug, title, tabled_on = models.TextField(), models.TextField(), models.TextField()
    sort_on = models.DateField()
    Meta = table("proposal")


class Account(Kept):
    slug, kind = models.TextField(), models.TextField()
    is_reference = models.BooleanField()
    Meta = table("account")


class Part(Kept):
    key, kind = models.TextField(), models.TextField()
    label, title = models.TextField(null=True), models.TextField(null=True)
    Meta = table("part")


class Demand(Kept):
    slug, text, act, review = models.TextField(), models.TextField(), models.TextField(), models.TextField()
    number, title, quote = models.TextField(null=True), models.TextField(null=True), models.TextField(null=True)
    confidence = models.TextField(null=True)
    is_mutual, is_reference = models.BooleanField(), models.BooleanField()
    position = models.IntegerField()
    sort_on, updated_at = models.DateField(), models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    process, proposal = models.ForeignKey(Process, HELD), models.ForeignKey(Proposal, HELD)
    account, part = models.ForeignKey(Account, HELD), models.ForeignKey(Part, HELD, null=True)
    Meta = table("demand")


class DemandParty(models.Model):
    pk = models.CompositePrimaryKey("demand", "party", "role")
    demand = models.ForeignKey(Demand, HELD, related_name="party_links")
    party = models.ForeignKey(Party, HELD)
    role, position = models.TextField(), models.IntegerField()
    Meta = table("demand_party")


class DemandIssue(models.Model):
    pk = models.CompositePrimaryKey("demand", "issue")
    demand = models.ForeignKey(Demand, HELD, related_name="issue_links")
    issue = models.ForeignKey(Issue, HELD)
    is_primary, position = models.BooleanField(), models.IntegerField()
    Meta = table("demand_issue")


class DemandPlace(models.Model):
    pk = models.CompositePrimaryKey("demand", "place")
    demand = models.ForeignKey(Demand, HELD, related_name="place_links")
    place = models.ForeignKey(Place, HELD)
    position = models.IntegerField()
    Meta = table("demand_place")


class Response(Kept):
    demand = models.ForeignKey(Demand, HELD, related_name="responses", null=True)
    responder = models.ForeignKey(Party, HELD)
    slug, stance = models.TextField(), models.TextField()
    said_on, text = models.TextField(null=True), models.TextField(null=True)
    sort_on, position = models.DateField(), models.IntegerField()
    Meta = table("response")


class Citation(Kept):
    target_id = models.UUIDField()
    source = models.ForeignKey(Source, HELD)
    verdict, locator = models.TextField(), models.TextField(null=True)
    Meta = table("citation")


# --- serializers


def shown(of: type[models.Model], *names: str, **nested: serializers.BaseSerializer) -> type:
    """A ModelSerializer, as one writes it: its own fields, and those of its relations."""
    meta = type("Meta", (), {"model": of, "fields": [*names, *nested]})
    return type(f"{of.__name__}Out", (serializers.ModelSerializer,), {"Meta": meta, **nested})


ProcessOut, PlaceOut = shown(Process, "slug", "title"), shown(Place, "slug", "name")
PartyOut, PersonOut = shown(Party, "slug", "name", "kind"), shown(Person, "slug", "name")
ProposalOut = shown(Proposal, "slug", "title", "tabled_on")
AccountOut = shown(Account, "slug", "kind", "is_reference")
PartOut = shown(Part, "key", "kind", "label", "title")
CitationOut = shown(Citation, "verdict", "locator", source=shown(Source, "slug", "title")())


class DemandIssueOut(serializers.ModelSerializer):
    code, label = serializers.CharField(source="issue.code"), serializers.CharField(source="issue.label")

    class Meta:
        model = DemandIssue
        fields = ["code", "label", "is_primary"]


class DemandOut(serializers.ModelSerializer):
    claimants, addressees = serializers.SerializerMethodField(), serializers.SerializerMethodField()
    beneficiaries = serializers.SerializerMethodField()
    issues = DemandIssueOut(source="issue_links", many=True)
    tabled_on = serializers.CharField(source="proposal.tabled_on")
    process, proposal, account, part = ProcessOut(), ProposalOut(), AccountOut(), PartOut()

    class Meta:
        model = Demand
        fields = [
            "slug", "number", "title", "text", "act", "is_mutual", "claimants", "addressees", "beneficiaries", "issues",
            "tabled_on", "process", "proposal", "account", "part", "position", "confidence", "review", "updated_at",
        ]  # fmt: skip

    def _in_role(self, demand: Demand, role: str) -> object:
        parties = [link.party for link in demand.party_links.all() if link.role == role]
        return PartyOut(sorted(parties, key=lambda party: party.slug), many=True).data

    def get_claimants(self, demand: Demand) -> object:
        return self._in_role(demand, "claimant")

    def get_addressees(self, demand: Demand) -> object:
        return self._in_role(demand, "addressee")

    def get_beneficiaries(self, demand: Demand) -> object:
        return self._in_role(demand, "beneficiary")


def cited(record: models.Model) -> object:
    found = Citation.objects.filter(target_id=record.pk).select_related("source").order_by("id")
    return CitationOut(found, many=True).data


class ResponseOut(serializers.ModelSerializer):
    responder, citations = PartyOut(), serializers.SerializerMethodField()

    class Meta:
        model = Response
        fields = ["slug", "responder", "stance", "said_on", "text", "citations"]

    def get_citations(self, response: Response) -> object:
        return cited(response)


class DemandDetailOut(DemandOut):
    responses = ResponseOut(many=True)
    places, citations = serializers.SerializerMethodField(), serializers.SerializerMethodField()

    class Meta(DemandOut.Meta):
        fields = [*DemandOut.Meta.fields, "quote", "responses", "places", "citations"]

    def get_places(self, demand: Demand) -> object:
        return PlaceOut([link.place for link in demand.place_links.all()], many=True).data

    def get_citations(self, demand: Demand) -> object:
        return cited(demand)


MemberOut = shown(Member, "function", "post", person=PersonOut())
DelegationOut = shown(Delegation, "slug", "is_seated", "size", party=PartyOut(), members=MemberOut(many=True))


class TalkDetailOut(serializers.ModelSerializer):
    process, place = ProcessOut(), PlaceOut()
    outcomes = shown(Outcome, "key", "kind", "text")(many=True)
    delegations, proposals = DelegationOut(many=True), ProposalOut(many=True)
    citations = serializers.SerializerMethodField()

    class Meta:
        model = Talk
        fields = [
            "slug", "title", "kind", "format", "start", "duration_minutes", "status", "summary", "process", "place",
            "outcomes", "delegations", "proposals", "citations",
        ]  # fmt: skip

    def get_citations(self, talk: Talk) -> object:
        return cited(talk)


# --- views


class Newest(CursorPagination):
    page_size, ordering = 50, ("-sort_on", "-id")


DEMANDS = Demand.objects.filter(withdrawn_at=None).select_related("process", "proposal", "account", "part")
DEMANDS = DEMANDS.prefetch_related(
    Prefetch("party_links", DemandParty.objects.select_related("party").order_by("position")),
    Prefetch("issue_links", DemandIssue.objects.select_related("issue").order_by("position")),
)


class DemandList(generics.ListAPIView):
    queryset, serializer_class = DEMANDS.filter(is_reference=True), DemandOut
    pagination_class = Newest


class DemandDetail(generics.RetrieveAPIView):
    serializer_class, lookup_field = DemandDetailOut, "slug"
    queryset = DEMANDS.prefetch_related(
        Prefetch("responses", Response.objects.select_related("responder").order_by("sort_on", "position", "id")),
        Prefetch("place_links", DemandPlace.objects.select_related("place").order_by("position")),
    )


class TalkDetail(generics.RetrieveAPIView):
    serializer_class, lookup_field = TalkDetailOut, "slug"
    queryset = Talk.objects.select_related("process", "place").prefetch_related(
        Prefetch("outcomes", Outcome.objects.order_by("position")),
        Prefetch("delegations", Delegation.objects.select_related("party").order_by("-is_seated", "id")),
        Prefetch("delegations__members", Member.objects.select_related("person").order_by("position")),
        Prefetch("proposals", Proposal.objects.order_by("sort_on", "id")),
    )


urlpatterns = [
    path("v1/demands", DemandList.as_view()),
    path("v1/demands/<slug:slug>", DemandDetail.as_view()),
    path("v1/talks/<slug:slug>", TalkDetail.as_view()),
]
application = get_wsgi_application()
