// The documentation's own script: search while one types, and requests from the page. Without it the pages can be read.
"use strict";

const search = document.getElementById("search-form");
if (search) {
  const input = search.elements.q;
  const place = document.getElementById("operations");
  let turn = 0;
  let timer;
  const look = async () => {
    const mine = ++turn;
    const address = new URL(search.action);
    address.hash = "";
    address.search = input.value.trim() ? new URLSearchParams({ q: input.value }) : "";
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const found = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (found.getElementById("coming")) setTimeout(() => { if (mine === turn) look(); }, 300);
    else if (mine === turn) place.replaceChildren(...found.getElementById("operations").childNodes);
  };
  if (document.getElementById("coming")) look();
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 120); });
  search.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); look(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|TEXTAREA|SELECT/.test(document.activeElement.tagName)) {
      event.preventDefault();
      input.focus();
    }
  });
}

// An address such as /docs#demands leads into the list of a tag.
const unfold = () => {
  const tag = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (tag instanceof HTMLDetailsElement) { tag.open = true; tag.scrollIntoView(); }
};
addEventListener("hashchange", unfold);
unfold();

const form = document.getElementById("try");
if (form) {
  const key = document.getElementById("api-key");
  const body = document.getElementById("body");
  const curl = document.getElementById("curl");
  const answer = document.getElementById("answer");
  const method = form.dataset.method;
  const fields = [...form.querySelectorAll("[data-in]")];
  key.value = sessionStorage.getItem("parley-key") ?? "";

  const request = () => {
    let path = form.dataset.path;
    const query = new URLSearchParams();
    const headers = {};
    for (const field of fields) {
      const value = field.value.trim();
      if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, value ? encodeURIComponent(value) : `{${field.name}}`);
      else if (value && field.dataset.in === "query") query.append(field.name, value);
      else if (value && field.dataset.in === "header") headers[field.name] = value;
    }
    if (key.value.trim()) headers.Authorization = `Bearer ${key.value.trim()}`;
    if (body) headers["Content-Type"] = body.dataset.type;
    const said = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
    return { address: new URL(path + (said ? `?${said}` : ""), location.href).href, headers, body: body ? body.value : undefined };
  };

  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const show = () => {
    const { address, headers, body: sent } = request();
    if ("needsKey" in form.dataset) headers.Authorization ??= "Bearer";
    const parts = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(decodeURI(address))}`];
    for (const [name, value] of Object.entries(headers)) {
      parts.push(`-H ${quoted(`${name}: ${name === "Authorization" ? "Bearer $PARLEY_KEY" : value}`)}`.replace("'Authorization: Bearer $PARLEY_KEY'", '"Authorization: Bearer $PARLEY_KEY"'));
    }
    if (sent !== undefined) parts.push(`--data ${quoted(sent)}`);
    curl.textContent = parts.join(" \\\n  ");
  };

  const element = (name, text, parts = []) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    made.append(...parts);
    return made;
  };

  const send = async () => {
    sessionStorage.setItem("parley-key", key.value);
    const { address, headers, body: sent } = request();
    const started = performance.now();
    answer.replaceChildren(element("p", "Waiting for the answer …"));
    try {
      const got = await fetch(address, { method, headers, body: sent });
      const text = await got.text();
      const took = Math.round(performance.now() - started);
      const type = got.headers.get("Content-Type") ?? "";
      let shown = text;
      if (/json/.test(type) && !/ndjson/.test(type) && text) shown = JSON.stringify(JSON.parse(text), null, 2);
      const rest = shown.length - 200_000;
      if (rest > 0) shown = `${shown.slice(0, 200_000)}\n… and ${rest.toLocaleString("en")} characters more`;
      const status = element("b", String(got.status));
      status.className = `status s${String(got.status)[0]}`;
      const head = element("p", "", [status, ` ${got.statusText} · ${took} ms · ${text.length.toLocaleString("en")} characters`]);
      const list = element("ul");
      list.className = "headers";
      for (const [name, value] of got.headers) {
        if (/^(etag|link|location|content-type|retry-after|parley-.*|idempotency-.*)$/.test(name)) list.append(element("li", "", [element("code", name), ` ${value}`]));
      }
      const pre = element("pre", shown);
      pre.tabIndex = 0;
      answer.replaceChildren(head, list, pre);
    } catch (error) {
      answer.replaceChildren(element("p", `No answer came: ${error.message}.`));
    }
  };

  document.getElementById("fill")?.addEventListener("click", () => {
    const example = new URLSearchParams(form.dataset.example);
    for (const field of fields.filter((one) => one.dataset.in === "query")) {
      field.value = example.getAll(field.name).join(",");
      if (field.value) field.closest("details.group").open = true;
    }
    show();
  });
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
  show();
}
