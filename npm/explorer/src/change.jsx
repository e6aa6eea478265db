// What a change moves.

import { Moves } from "./strip.jsx";
import { count, percent } from "./model.js";

/** Flows shown at first. */
const FEW = 12;

export function Change({ plan, strip, waiting, work, undo }) {
  if (waiting) {
    return (
      <>
        <p>
          The scheme has no map: the plan counts a million keys, of each of which every server is asked. With so many servers
          that takes seconds.
        </p>
        <div class="row">
          <button type="button" onClick={work}>Count</button>
          <button type="button" onClick={undo}>Undo the change</button>
        </div>
      </>
    );
  }
  const flows = plan.flows.slice(0, FEW);
  const rest = plan.flows.slice(FEW);
  return (
    <>
      {plan.rule && <p class="wide bad" id="rule"><strong>{plan.rule}</strong></p>}
      {plan.elsewhere && <p class="wide bad" id="elsewhere"><strong>{plan.elsewhere}</strong></p>}
      {plan.down && <p class="wide" id="down">{plan.down}</p>}
      <div class="figures" aria-live="polite" id="plan">
        <Figure main={!plan.rule} id="moved" value={plan.moved} words={plan.rule ? "of equal keys would move" : "of keys move"} />
        <Figure id="least" value={plan.least} words="least possible" />
        <Figure id="needless" value={plan.needless} words="needless" />
        <div>
          <strong>{plan.busiest.before.toFixed(2)}× → {plan.busiest.after.toFixed(2)}×</strong>busiest server, of its fair share
        </div>
      </div>
      <p class="soft">
        {plan.exact ? "Exact: counted over the whole map." : plan.bound === null ? "By the scheme's formula." : `From a sample of keys: within ${percent(plan.bound)}, 19 times of 20.`}
        {plan.matched === "address" && " Servers are matched by address: no name is on both sides."}
        {plan.scheme !== plan.scheme_after && <> <code>{plan.scheme}</code> → <code>{plan.scheme_after}</code></>}
      </p>
      <button type="button" onClick={undo}>Undo the change</button>
      <Moves strip={strip} moved={plan.moved} />
      <h3>Flows: {count(plan.all_flows)}</h3>
      {plan.all_flows === 0 ? <p>{plan.rule || plan.elsewhere ? "No key has another owner." : "No key moves."}</p> : <Flows flows={flows} id="flows" />}
      {rest.length > 0 && (
        <details>
          <summary>{count(rest.length)} more{plan.all_flows > plan.flows.length && `; ${count(plan.all_flows - plan.flows.length)} smaller ones are not listed`}</summary>
          <Flows flows={rest} />
        </details>
      )}
    </>
  );
}

function Figure({ id, main, value, words }) {
  return (
    <div class={main ? "main" : ""} id={id} data-value={value}>
      <strong>{percent(value)}</strong>
      {words}
    </div>
  );
}

function Flows({ flows, id }) {
  return (
    <table id={id}>
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">To</th>
          <th scope="col" class="n">Of all keys</th>
        </tr>
      </thead>
      <tbody>
        {flows.map(({ from, to, share }) => (
          <tr key={`${from} ${to}`} data-share={share}>
            <td>{from ?? "(nobody)"}</td>
            <td>{to ?? "(nobody)"}</td>
            <td class="n">{percent(share)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
