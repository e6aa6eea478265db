// The servers, what each owns, and how each may change.

import { useState } from "preact/hooks";
import { colour, count, percent, weighed } from "./model.js";

/** Rows shown at first. */
const FEW = 25;

export function Servers({ pool, then, draft, change, selected, select }) {
  const [all, showAll] = useState(false);
  const [sorted, sort] = useState(false);
  const numbers = new Map(pool.owned.servers.map((server, number) => [server.server, number]));
  const now = new Map(pool.owned.servers.map((server) => [server.server, server]));
  const most = Math.max(...[...now.values(), ...then.values()].map((server) => Math.max(server.share, server.fair)), Number.MIN_VALUE);
  const over = ({ identity }) => {
    const server = then.get(identity) ?? now.get(identity);
    return server && server.fair > 0 ? server.share / server.fair : 0;
  };
  const listed = draft.rows.map((row, at) => ({ ...row, at }));
  if (sorted) listed.sort((a, b) => over(b) - over(a));
  const shown = all ? listed : listed.slice(0, FEW);
  const edit = (at, fields) => change(draft.rows.map((row, other) => (other === at ? { ...row, ...fields } : row)));
  return (
    <>
      <div class="row">
        <button type="button" aria-pressed={sorted} onClick={() => sort(!sorted)}>Busiest first</button>
      </div>
      <table id="servers">
        <thead>
          <tr>
            <th scope="col">Server</th>
            <th scope="col" class="n">Weight</th>
            <th scope="col" class="n">Share</th>
            <th scope="col" class="n hide">Fair share</th>
            <th scope="col" class="n hide">Of fair</th>
            <th scope="col" class="bar hide">Share | fair</th>
            <th scope="col"><span class="unseen">Change</span></th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => {
            const server = then.get(row.identity) ?? now.get(row.identity);
            const number = numbers.get(row.identity);
            return (
              <tr key={row.at} class={row.removed ? "gone" : ""} data-server={row.identity}>
                <td><span class="named">
                  <span class="swatch" style={{ background: number === undefined ? "none" : colour(number) }} />
                  <button
                    type="button"
                    class="quiet"
                    aria-pressed={selected !== null && selected === number}
                    disabled={number === undefined}
                    title="Show it on the strip"
                    onClick={() => select(selected === number ? null : number)}
                  >
                    {row.identity}
                  </button>
                </span></td>
                <td class="n">
                  <input
                    type="number"
                    min="0"
                    step="any"
                    aria-label={`Weight of ${row.identity}`}
                    value={row.capacity}
                    disabled={row.removed}
                    onChange={({ target }) => {
                      const capacity = Number(target.value);
                      if (target.value !== "" && capacity >= 0) edit(row.at, { capacity });
                      else target.value = row.capacity;
                    }}
                  />
                </td>
                <td class="n" data-share={row.removed ? 0 : server?.share}>
                  {row.removed ? "–" : percent(server?.share ?? 0)}
                  {!row.removed && <small class="only soft">fair {percent(server?.fair ?? 0)}</small>}
                </td>
                <td class="n hide" data-fair={row.removed ? 0 : server?.fair}>{row.removed ? "–" : percent(server?.fair ?? 0)}</td>
                <td class="n hide">{row.removed || !server || server.fair === 0 ? "–" : `${over(row).toFixed(2)}×`}</td>
                <td class="bar hide">
                  {!row.removed && server && (
                    <i>
                      <b style={{ width: `${(100 * server.share) / most}%` }} />
                      <u style={{ left: `calc(${(100 * server.fair) / most}% - 1px)` }} />
                    </i>
                  )}
                </td>
                <td class="n">
                  <button
                    type="button"
                    aria-label={`${row.removed ? "Keep" : "Remove"} ${row.identity}`}
                    onClick={() => (row.added ? change(draft.rows.filter((_, other) => other !== row.at)) : edit(row.at, { removed: !row.removed }))}
                  >
                    {row.removed ? "Keep" : "Remove"}
                  </button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {listed.length > FEW && (
        <button type="button" onClick={() => showAll(!all)}>
          {all ? `Show the first ${FEW}` : `Show all ${count(listed.length)} servers`}
        </button>
      )}
    </>
  );
}

export function Add({ usual, add }) {
  const [text, setText] = useState("");
  const [weight, setWeight] = useState(null);
  // A text that says its capacity is taken at its word.
  const own = weighed(text);
  const submit = (event) => {
    event.preventDefault();
    if (add(text.trim(), own ? null : (weight ?? usual))) setText("");
  };
  return (
    <form class="row" onSubmit={submit}>
      <div>
        <label for="add">Add a server</label>
        <input id="add" value={text} placeholder="10.0.0.9:11211" autocomplete="off" spellcheck={false} onInput={({ target }) => setText(target.value)} />
      </div>
      <div>
        <label for="add-weight">Weight</label>
        <input id="add-weight" type="number" min="0" step="any" style={{ width: "6rem" }} disabled={own} value={own ? text.slice(text.lastIndexOf("=") + 1) : (weight ?? usual)} onInput={({ target }) => setWeight(target.value === "" ? null : Number(target.value))} />
      </div>
      <button type="submit" disabled={text.trim() === ""}>Add</button>
    </form>
  );
}
