// @hey-api/openapi-ts: what a user of that client does first. Exits with 1 where anything is not as typed.
import assert from "node:assert/strict";
import { client } from "./parley/client.gen";
import {
  createParty,
  getDemandHistory,
  getTalk,
  listDemands,
  reviseParty,
  withdrawParty,
  type DemandPage,
  type DemandSummary,
  type ListDemandsData,
  type Problem,
} from "./parley";

const { PARLEY_URL: baseUrl = "", PARLEY_KEY: key = "" } = process.env;
client.setConfig({ baseUrl, auth: () => undefined });

// A list with a filter, page by page.
const demands: DemandSummary[] = [];
let cursor: string | undefined;
do {
  const query = { issue: ["DETN"], include: ["state"], limit: 5, cursor } satisfies ListDemandsData["query"];
  const page: DemandPage = (await listDemands({ query, throwOnError: true })).data;
  demands.push(...page.data);
  cursor = page.page.next ?? undefined;
} while (cursor);
assert(demands.length > 5, "more than one page");
assert.equal(new Set(demands.map((demand) => demand.slug)).size, demands.length);
assert(demands.every((demand) => demand.state === null || demand.state?.word));

// One record with a branch; a report.
const talk = await getTalk({ path: { key: "istanbul-2025-06-02" }, query: { include: ["delegations"] }, throwOnError: true });
const heads = talk.data.delegations.flatMap(({ members }) => members.filter((member) => member.function === "head"));
assert(heads.length > 0);
const first = demands[0];
assert(first);
const history = await getDemandHistory({ path: { key: first.slug }, query: { limit: 3 }, throwOnError: true });
assert(history.data.data[0]?.at);

// A write, a change of the version that was read, and refusals.
const body = { name: "Hey Contact Group", kind: "coalition" } as const;
const refused = await createParty({ body });
const problem: Problem | undefined = refused.error;
assert.equal(problem?.status, 401);
const auth = () => key;
const faulty = await createParty({ auth, body: { ...body, name: "" } });
assert.deepEqual(faulty.error?.errors.map((fault) => fault.pointer), ["/name"]);
const created = await createParty({ auth, body, throwOnError: true });
assert("slug" in created.data);
const path = { key: created.data.slug };
const ifMatch = created.response.headers.get("etag") ?? "";
const changed = await reviseParty({
  auth,
  path,
  headers: { "If-Match": ifMatch },
  body: { summary: "Made by a generated client." },
  throwOnError: true,
});
assert("summary" in changed.data && changed.data.summary === "Made by a generated client.");
const stale = await reviseParty({ auth, path, headers: { "If-Match": ifMatch }, body: { summary: null } });
assert.equal(stale.error?.status, 412);
const gone = await withdrawParty({ auth, path, query: { reason: "made by a test" } });
assert.equal(gone.response?.status, 204);
console.log(`hey-api: ${demands.length} demands in pages, ${heads.length} heads; written, changed, refused`);
