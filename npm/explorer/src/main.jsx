// The page.

import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Change } from "./change.jsx";
import { EXAMPLE, File, load } from "./files.jsx";
import { Key } from "./key.jsx";
import * as model from "./model.js";
import { Add, Servers } from "./servers.jsx";
import { place, Strip } from "./strip.jsx";

const NONE = { name: "", text: "" };
const given = JSON.parse(document.getElementById("given").textContent) ?? { files: [EXAMPLE] };

/** A value, or the sentence that refuses it. */
function tried(make) {
  try {
    return { value: make() };
  } catch (error) {
    return { why: error.message };
  }
}

function Explorer() {
  const [files, setFiles] = useState([given.files[0] ?? NONE, given.files[1] ?? NONE]);
  const [scheme, setScheme] = useState(given.scheme ?? "");
  const [name, setName] = useState(given.pool ?? null);
  const [edits, setEdits] = useState(null);
  const [selected, select] = useState(null);
  const [key, setKey] = useState(given.key ?? "user:42");
  const [asked, ask] = useState(null);

  const found = useMemo(() => (!model.given(files[0]) ? {} : tried(() => model.read(files[0], scheme))), [files[0], scheme]);
  const pool = useMemo(() => (found.value ? tried(() => model.chosen(found.value, name)) : {}), [found, name]);
  const second = useMemo(() => {
    if (!model.given(files[1]) || !pool.value) return {};
    return tried(() => model.chosen(model.read(files[1], scheme), pool.value.name));
  }, [files[1], scheme, pool]);
  // The draft: what was edited; else the second file; else the pool as it is.
  const draft = useMemo(() => {
    if (!pool.value) return null;
    if (edits) return edits;
    return second.value ? { scheme: second.value.scheme, rows: model.rows(second.value) } : { scheme: pool.value.scheme, rows: model.rows(pool.value) };
  }, [pool, second, edits]);
  const later = useMemo(() => (draft && model.differs(pool.value, draft) ? tried(() => model.after(draft)) : {}), [pool, draft]);
  const waiting = later.value && asked !== later.value && !model.atOnce(pool.value, later.value);
  const plan = useMemo(() => (later.value && !waiting ? tried(() => model.planned(pool.value, later.value)) : {}), [pool, later, waiting]);
  const strip = useMemo(() => (pool.value ? model.strips(pool.value) : null), [pool]);
  const explained = useMemo(() => (pool.value ? model.explain(pool.value.continuum, key) : null), [pool, key]);
  const ownerAfter = later.value ? (later.value.continuum.resolve(key)?.identity ?? null) : undefined;

  const setFile = (at) => (file) => {
    setFiles(files.map((other, index) => (index === at ? file : other)));
    setEdits(null);
    select(null);
  };
  useEffect(() => {
    const over = (event) => event.preventDefault();
    const drop = async (event) => {
      event.preventDefault();
      const dropped = await Promise.all([...event.dataTransfer.files].slice(0, 2).map(load));
      if (dropped.length === 0) return;
      setFiles([dropped[0], dropped[1] ?? NONE]);
      setEdits(null);
      select(null);
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => (removeEventListener("dragover", over), removeEventListener("drop", drop));
  }, []);

  const change = (rows) => setEdits({ ...draft, rows });
  const [refused, setRefused] = useState(null);
  const add = (text, weight) => {
    const row = { given: model.reweighed(text, weight), identity: text, capacity: weight, removed: false, added: true };
    const next = { ...draft, rows: [...draft.rows, row] };
    const built = tried(() => model.after(next));
    setRefused(built.why ?? null);
    if (built.why) return false;
    row.identity = built.value.owned.servers.at(-1).server;
    setEdits(next);
    return true;
  };
  const undo = () => (setEdits(null), second.value && setFiles([files[0], NONE]));
  const notes = found.value ? [...found.value.notes, ...found.value.refused.map(({ why }) => why), ...(pool.value?.notes ?? [])] : [];

  return (
    <>
      <h2>Configuration</h2>
      <p class="soft">
        Paste, open or drop a file of nginx, HAProxy, twemproxy, Envoy, Caddy, mcrouter, libmemcached, Graphite, Prometheus,
        Kubernetes or a list of servers; drop two to compare them.
      </p>
      <div class="files">
        <File id="now" title="As it is" file={files[0]} set={setFile(0)} hint="upstream cache { … }" />
        <File id="after" title="After a change (optional)" file={files[1]} set={setFile(1)} hint="the same file, changed" />
      </div>
      <div class="row">
        <div>
          <label for="scheme">Scheme, for files that name none</label>
          <input id="scheme" list="schemes" value={scheme} spellcheck={false} onInput={({ target }) => (setScheme(target.value.trim()), setEdits(null))} />
          <datalist id="schemes">{model.schemes().map(({ name }) => <option key={name} value={name} />)}</datalist>
        </div>
        {found.value?.pools.length > 1 && (
          <div>
            <label for="pool">Pool</label>
            <select id="pool" value={pool.value?.name} onChange={({ target }) => (setName(target.value), setEdits(null), select(null))}>
              {found.value.pools.map(({ name }) => <option key={name}>{name}</option>)}
            </select>
          </div>
        )}
      </div>
      {[found.why, pool.why, second.why, later.why, plan.why, refused].filter(Boolean).map((why) => <p role="alert" key={why}>{why}</p>)}
      {notes.map((note) => <p class="soft wide" key={note}>{note}</p>)}
      {pool.value && draft && (
        <>
          <h2 id="title">{pool.value.name}: {model.count(pool.value.servers.length)} {pool.value.servers.length === 1 ? "server" : "servers"}</h2>
          <p class="soft">
            <code>{pool.value.scheme}</code> · hashes <code>{pool.value.hashes}</code> · {pool.value.owned.exact ? "shares are exact" : pool.value.owned.bound === null ? "shares by the scheme's formula" : `shares within ${model.percent(pool.value.owned.bound)}`} · busiest
            server <strong id="busiest" data-value={pool.value.owned.busiest}>{pool.value.owned.busiest.toFixed(2)}×</strong> its fair share
          </p>
          {pool.value.cuts && <p>Of a key only a part is hashed: give that part below.</p>}
          {pool.value.owned.advice.map(({ sentence }) => <p class="wide" key={sentence}>{sentence}</p>)}
          <Strip strip={strip} servers={pool.value.owned.servers} selected={selected} at={place(strip, explained)} />
          <h2>A key</h2>
          <Key text={key} setText={setKey} now={explained} then={ownerAfter} />
          <h2>Servers: remove, add, reweigh</h2>
          <Servers pool={pool.value} later={later.value} draft={draft} change={change} selected={selected} select={select} />
          <Add usual={model.usual(pool.value)} add={add} />
          <h2>What the change moves</h2>
          {plan.value || waiting ? (
            <Change plan={plan.value} strip={plan.value?.strip} waiting={waiting} work={() => ask(later.value)} undo={undo} />
          ) : (
            <p class="soft">Nothing is changed yet: remove, add or reweigh a server, or give a second file.</p>
          )}
        </>
      )}
      <footer>
        The same figures on the command line: <code>continuum plan --json</code>, <code>continuum balance --json</code>, <code>continuum resolve --explain --json</code>.
      </footer>
    </>
  );
}

const begun = performance.now();
const root = document.getElementById("explorer");
root.textContent = "";
render(<Explorer />, root);
// For whoever measures: how long the first plan took, and when it was there.
document.documentElement.dataset.ready = JSON.stringify({ took: performance.now() - begun, at: performance.now() });
