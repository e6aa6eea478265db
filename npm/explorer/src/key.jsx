// A key: what is hashed, where it lies, whose it is, who takes over.

const NEXT = 3;

function met(hit) {
  switch (hit?.kind) {
    case "point":
      return `${hit.label ?? "a point without a label"}, at ${hit.position}, ${hit.distance} ${hit.below ? "below" : "above"} the key`;
    case "slot":
      return `slot ${hit.slot} of ${hit.of}${hit.label ? `, dealt by ${hit.label}` : ""}`;
    case "bucket":
      return `bucket ${hit.bucket} of ${hit.of}, from 0`;
    case "scores":
      return hit.scores.slice(0, 3).map(({ server, score }) => `${server} ${score.toPrecision(6)}`).join("; ");
    default:
      return null;
  }
}

const TITLES = { point: "Point", slot: "Slot", bucket: "Bucket", scores: "Best scores" };

/** What a box of one line cannot hold. */
const BREAKS = /[\r\n]/;

export function Key({ text, setText, now, then, rule }) {
  const next = now?.candidates.slice(1, 1 + NEXT) ?? [];
  const broken = BREAKS.test(text);
  return (
    <>
      <label for="key">Key</label>
      {broken && <p class="soft wide" id="broken">Asked for <code>{JSON.stringify(text)}</code>, as the program was: the box holds no line breaks.</p>}
      <input id="key" value={broken ? "" : text} autocomplete="off" spellcheck={false} style={{ width: "min(100%, 30rem)" }} onInput={({ target }) => setText(target.value)} />
      {now && (
        <dl id="answer" aria-live="polite">
          <dt>Owner</dt>
          <dd id="owner"><strong>{now.server ?? "(nobody)"}</strong></dd>
          {then !== undefined && (
            <>
              <dt>{rule ? "After the change, an equal key" : "After the change"}</dt>
              <dd id="owner-after">
                <strong class={then === now.server ? "" : "minus"}>{then ?? "(nobody)"}</strong>
                {then === now.server ? ": it stays" : ": it moves"}
              </dd>
            </>
          )}
          <dt>Bytes hashed</dt>
          <dd id="hashed"><code>{now.hashed}</code> by {now.hash}</dd>
          {now.position !== null && (
            <>
              <dt>Position</dt>
              <dd id="position">{now.position}</dd>
            </>
          )}
          {met(now.hit) && (
            <>
              <dt>{TITLES[now.hit.kind]}</dt>
              <dd id="hit">{met(now.hit)}</dd>
            </>
          )}
          <dt>Takes over if it dies</dt>
          <dd id="heir">{next[0] ?? "nobody"}</dd>
          <dt>The next three</dt>
          <dd id="next">{next.length > 0 ? next.join(", ") : "there is no other server"}</dd>
        </dl>
      )}
    </>
  );
}
