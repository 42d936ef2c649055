// openapi-typescript + openapi-fetch: what a user of that client does first. Exits with 1 where anything is not as typed.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./parley.js";

const { PARLEY_URL: baseUrl = "", PARLEY_KEY: key = "" } = process.env;
// Of all the formats that an answer may have: JSON, and problems where it is refused.
type Json = "application/json" | "application/problem+json";
const parley = createClient<paths, Json>({ baseUrl });
const editor = createClient<paths, Json>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

// A list with a filter, page by page.
const texts: string[] = [];
let cursor: string | undefined;
let expected: number | undefined;
do {
  const { data: page, error, response } = await parley.GET("/v1/demands", {
    params: {
      query: { issue: ["TERR"], sort: ["-tabled_on"], limit: 5, count: "exact", ...(cursor ? { cursor } : {}) },
    },
  });
  assert(page, error?.detail);
  assert(response.headers.get("etag"));
  texts.push(...page.data.map((demand) => `${demand.number ?? "–"} ${demand.text} (${demand.process.title})`));
  expected = page.page.count?.value;
  cursor = page.page.next ?? undefined;
} while (cursor);
assert.equal(texts.length, expected);
assert(texts.length > 5, "more than one page");

// One record with a branch, typed through.
const { data: talk } = await parley.GET("/v1/talks/{key}", {
  params: { path: { key: "istanbul-2025-06-02" }, query: { include: ["delegations", "proposals"] } },
});
assert(talk);
const members: string[] = talk.delegations.flatMap((delegation) => delegation.members.map((member) => member.person.name));
assert(members.includes("Vladimir Medinsky"));
const proposals: (components["schemas"]["ProposalSummary"] | components["schemas"]["ProposalRef"])[] = talk.proposals ?? [];
assert(proposals.some((proposal) => proposal.slug === "russian-memorandum-2025-06-02"));

// Two reports: what became of a record, and counts by a filter.
const { data: history } = await parley.GET("/v1/talks/{key}/history", { params: { path: { key: "istanbul-2025-06-02" } } });
assert(history);
const actions: components["schemas"]["Action"][] = history.data.map((revision) => revision.action);
assert(actions.includes("create"));
const { data: counted } = await parley.GET("/v1/demands", { params: { query: { facets: ["claimant"], limit: 1 } } });
const bucket = counted?.facets?.["claimant"]?.values[0];
assert(bucket && bucket.count > 0);

// A write, sent twice and done once; a change; a change of a version that is not the newest, which is refused.
const body = { name: "Fetch Contact Group", kind: "coalition" } satisfies components["schemas"]["PartyWrite"];
const once = { header: { "Idempotency-Key": crypto.randomUUID() } };
const created = await editor.POST("/v1/parties", { body, params: once });
assert.equal(created.response.status, 201);
const again = await editor.POST("/v1/parties", { body, params: once });
assert.equal(again.response.headers.get("idempotency-replayed"), "true");
assert(created.data && "slug" in created.data);
const path = { key: created.data.slug };
const tag = created.response.headers.get("etag") ?? "";
const changed = await editor.PATCH("/v1/parties/{key}", {
  params: { path, header: { "If-Match": tag } },
  body: { summary: "Made by a generated client." },
});
assert.equal(changed.data?.summary, "Made by a generated client.");
const stale = await editor.PATCH("/v1/parties/{key}", { params: { path, header: { "If-Match": tag } }, body: { summary: null } });
assert.equal(stale.error?.status, 412);

// Refused writes: without a key, and with a body that is not valid.
const refused = await parley.POST("/v1/parties", { body });
assert.equal(refused.error?.status, 401);
const faulty = await editor.POST("/v1/parties", { body: { ...body, countries: ["Narnia"], summary: "" } });
assert.equal(faulty.error?.status, 422);
assert.deepEqual(faulty.error.errors.map((fault) => fault.pointer), ["/summary", "/countries/0"]);

const gone = await editor.DELETE("/v1/parties/{key}", { params: { path, query: { reason: "made by a test" } } });
assert.equal(gone.response.status, 204);
console.log(`openapi-fetch: ${texts.length} demands in pages, ${members.length} members, ${actions.length} revisions; written, changed, refused`);
