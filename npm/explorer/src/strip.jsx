// The key space as a strip.

import { colour, percent, PIECES, size } from "./model.js";

/** Neighbouring pieces of one owner, as one arc. */
function arcs(strip) {
  const all = [];
  strip.owners.forEach((owner, at) => {
    const last = all.at(-1);
    if (last?.owner === owner) last.to = at + 1;
    else all.push({ owner, from: at, to: at + 1 });
  });
  return all;
}

/** Where a key lies, from 0 to 1; null where the scheme does not say. */
export function place(strip, explanation) {
  if (!strip || !explanation) return null;
  if (explanation.hit?.kind === "slot") return (explanation.hit.slot + 0.5) / explanation.hit.of;
  return explanation.position === null ? null : Number(explanation.position) / strip.of;
}

export function Strip({ strip, servers, selected, at }) {
  if (!strip) {
    return <p class="soft">This scheme has no ring and no table: each key is compared with every server.</p>;
  }
  const space = strip.kind === "ring" ? `a ring of ${size(strip.of)} positions` : `a table of ${size(strip.of)} slots`;
  const name = selected === null ? "" : servers[selected]?.identity;
  const label = `The key space, ${space}, in ${PIECES} pieces, each in the colour of the server that owns most of it${name ? `; ${name} stands out` : ""}.`;
  return (
    <>
      <svg viewBox={`0 0 ${PIECES} 10`} preserveAspectRatio="none" role="img" aria-label={label}>
        {arcs(strip).map(({ owner, from, to }) => (
          <rect
            key={from}
            x={from}
            width={to - from}
            height="10"
            fill={owner === null ? "none" : colour(owner)}
            opacity={selected === null || selected === owner ? 1 : 0.15}
          />
        ))}
        {at !== null && <rect class="key" x={at * PIECES - 0.75} width="1.5" height="10" />}
      </svg>
      <p class="soft">
        {space[0].toUpperCase() + space.slice(1)}, in {PIECES} pieces; a piece has the colour of the server that owns most of
        it.{at !== null && " The line across it is the key."}
      </p>
    </>
  );
}

/** Where along the key space keys move. */
export function Moves({ strip, moved }) {
  if (!strip || moved === 0) return null;
  const most = Math.max(...strip.parts, Number.MIN_VALUE);
  const label = `Where along the key space keys move: ${percent(moved)} of it, in ${strip.parts.filter((part) => part > 0).length} of ${PIECES} pieces.`;
  return (
    <>
      <h3>Where along the key space keys move</h3>
      <svg class="moves" viewBox={`0 0 ${PIECES} 10`} preserveAspectRatio="none" role="img" aria-label={label}>
        {strip.parts.map(
          (part, at) => part > 0 && <rect key={at} x={at} width="1" height="10" opacity={0.15 + (0.85 * part) / most} />,
        )}
      </svg>
    </>
  );
}
