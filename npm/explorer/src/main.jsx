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

/** The number of the pool that is shown: the one chosen, while there is one; else what the page begins with. */
function numbered(found, at) {
  if (at !== null && at < found.pools.length) return at;
  return Math.max(0, found.pools.findIndex(({ name }) => name === given.pool));
}

function Explorer() {
  const [files, setFiles] = useState([given.files[0] ?? NONE, given.files[1] ?? NONE]);
  const [scheme, setScheme] = useState(given.scheme ?? "");
  // By number: names may be equal, or look so.
  const [at, choose] = useState(null);
  const [edits, setEdits] = useState(null);
  const [selected, select] = useState(null);
  const [key, setKey] = useState(given.key ?? "user:42");
  const [asked, ask] = useState(null);
  // Why the last thing that was tried was not done.
  const [refused, refuse] = useState(null);

  const found = useMemo(() => (!model.given(files[0]) ? {} : tried(() => model.read(files[0], scheme))), [files[0], scheme]);
  const pool = useMemo(() => (found.value ? tried(() => model.chosen(found.value, numbered(found.value, at))) : {}), [found, at]);
  const foundAfter = useMemo(() => (!model.given(files[1]) ? {} : tried(() => model.read(files[1], scheme))), [files[1], scheme]);
  // The same pool in the second file; or why it is not there.
  const second = useMemo(() => {
    if (!foundAfter.value || !pool.value) return {};
    const { value, why } = tried(() => model.counterpart(found.value, foundAfter.value, pool.value));
    return { value: value?.pool, lack: value?.lack, why };
  }, [found, foundAfter, pool]);
  // The draft: what was edited; else the second file; else the pool as it is.
  const draft = useMemo(() => (pool.value ? (edits ?? model.drafted(second.value ?? pool.value)) : null), [pool, second, edits]);
  const changed = draft !== null && (draft.of !== pool.value || model.edited(draft));
  const later = useMemo(() => (changed ? tried(() => model.after(draft)) : {}), [pool, draft]);
  const waiting = later.value && asked !== later.value && !model.atOnce(pool.value, later.value);
  const plan = useMemo(() => (later.value && !waiting ? tried(() => model.planned(pool.value, later.value)) : {}), [pool, later, waiting]);
  const then = useMemo(() => (pool.value ? model.sharesAfter(pool.value, later.value, plan.value) : null), [pool, later, plan]);
  const strip = pool.value?.strip ?? null;
  const explained = useMemo(() => (pool.value ? pool.value.explain(key) : null), [pool, key]);
  const ownerAfter = later.value ? (later.value.continuum.resolve(key)?.identity ?? null) : undefined;

  /** What every change begins with: what was said of the last one is of no more use. */
  const edit = (draft) => (refuse(null), setEdits(draft));
  const anew = () => (edit(null), select(null));
  const setFile = (number) => (file) => {
    setFiles(files.map((other, index) => (index === number ? file : other)));
    anew();
  };
  /** Takes files in, each at its place, or none of them. */
  const open = async (files, put) => {
    try {
      const loaded = await Promise.all(files.map(load));
      put(loaded);
    } catch (error) {
      refuse(error.message);
    }
  };
  const openAt = (number) => (file) =>
    open([file], ([loaded]) => {
      setFiles((files) => files.map((other, index) => (index === number ? loaded : other)));
      if (number === 0) choose(0);
      anew();
    });
  useEffect(() => {
    const over = (event) => event.preventDefault();
    const drop = (event) => {
      event.preventDefault();
      const dropped = [...event.dataTransfer.files].slice(0, 2);
      if (dropped.length === 0) return;
      open(dropped, ([one, other]) => (setFiles([one, other ?? NONE]), choose(0), anew()));
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => (removeEventListener("dragover", over), removeEventListener("drop", drop));
  }, []);

  const change = (rows) => edit({ ...draft, rows });
  const add = (text, weight) => {
    const given = weight === null ? text : model.reweighed(text, weight);
    const next = { ...draft, rows: [...draft.rows, { given, removed: false, added: true }] };
    const built = tried(() => model.after(next));
    refuse(built.why ?? null);
    if (built.why) return false;
    const { identity, capacity } = built.value.continuum.servers.at(-1);
    Object.assign(next.rows.at(-1), { identity, capacity, was: capacity });
    setEdits(next);
    return true;
  };
  const undo = () => (edits || !second.value ? edit(null) : setFile(1)(NONE));
  const notes = found.value ? [...found.value.notes, ...found.value.refused.map(({ why }) => why), ...(pool.value?.notes ?? [])] : [];
  const news = found.value && foundAfter.value ? model.onlyIn(foundAfter.value, found.value) : [];

  return (
    <>
      <h2>Configuration</h2>
      <p class="soft">
        Paste, open or drop a file of nginx, HAProxy, twemproxy, Envoy, Caddy, mcrouter, libmemcached, Graphite, Prometheus,
        Kubernetes or a list of servers; drop two to compare them.
      </p>
      <div class="files">
        <File id="now" title="As it is" file={files[0]} set={setFile(0)} open={openAt(0)} hint="upstream cache { … }" />
        <File id="after" title="After a change (optional)" file={files[1]} set={setFile(1)} open={openAt(1)} hint="the same file, changed" />
      </div>
      <div class="row">
        <div>
          <label for="scheme">Scheme, for files that name none</label>
          <input id="scheme" list="schemes" value={scheme} spellcheck={false} onInput={({ target }) => (setScheme(target.value.trim()), edit(null))} />
          <datalist id="schemes">{model.schemeNames().map((name) => <option key={name} value={name} />)}</datalist>
        </div>
        {found.value?.pools.length > 1 && (
          <div>
            <label for="pool">Pool</label>
            <select id="pool" value={numbered(found.value, at)} onChange={({ target }) => (choose(Number(target.value)), anew())}>
              {found.value.pools.map(({ name }, at) => <option key={at} value={at}>{name}</option>)}
            </select>
          </div>
        )}
      </div>
      {[refused, found.why, pool.why, foundAfter.why, second.why, later.why, plan.why].filter(Boolean).map((why) => <p role="alert" key={why}>{why}</p>)}
      {[...notes, ...news].map((note) => <p class="soft wide" key={note}>{note}</p>)}
      {pool.value && draft && (
        <>
          <h2 id="title">{pool.value.name}: {model.count(pool.value.servers.length)} {pool.value.servers.length === 1 ? "server" : "servers"}</h2>
          <p class="soft">
            <code>{pool.value.scheme}</code> · hashes <code>{pool.value.hashes}</code> · {pool.value.owned.exact ? "shares are exact" : pool.value.owned.bound === null ? "shares by the scheme's formula" : `shares within ${model.percent(pool.value.owned.bound)}`} · busiest
            server <strong id="busiest" data-value={pool.value.owned.busiest}>{pool.value.owned.busiest.toFixed(2)}×</strong> its fair share
          </p>
          {pool.value.cuts && <p>Of a key only a part is hashed: give that part below.</p>}
          {pool.value.owned.advice.map(({ sentence }) => <p class="wide" key={sentence}>{sentence}</p>)}
          <Strip strip={strip} servers={pool.value.continuum.servers} selected={selected} at={place(strip, explained)} />
          <h2>A key</h2>
          <Key text={key} setText={setKey} now={explained} then={ownerAfter} rule={plan.value?.rule} />
          <h2>Servers: remove, add, reweigh</h2>
          <Servers pool={pool.value} then={then} draft={draft} change={change} selected={selected} select={select} />
          <Add usual={model.usual(pool.value)} add={add} />
          <h2>What the change moves</h2>
          {second.lack && <p class="wide bad" id="lack"><strong>{second.lack}</strong></p>}
          {plan.value || waiting ? (
            <Change plan={plan.value} strip={plan.value?.strip} waiting={waiting} work={() => ask(later.value)} undo={undo} />
          ) : (
            !second.lack && <p class="soft">Nothing is changed yet: remove, add or reweigh a server, or give a second file.</p>
          )}
        </>
      )}
      <footer>
        The same figures on the command line: <code>continuum plan --json</code>, <code>continuum balance --json</code>, <code>continuum resolve --explain --json</code>.
      </footer>
    </>
  );
}

const start = performance.now();
const root = document.getElementById("explorer");
root.textContent = "";
render(<Explorer />, root);
// For whoever measures: how long the first plan took, and when it was there.
document.documentElement.dataset.ready = JSON.stringify({ took: performance.now() - start, at: performance.now() });
