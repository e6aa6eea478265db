// The configurations: pasted, dropped or chosen.

export const EXAMPLE = {
  name: "nginx.conf",
  text: `upstream cache {
    hash $request_uri consistent;
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080 weight=2;
    server 10.0.0.4:8080;
    server 10.0.0.5:8080;
}
`,
};

/** Bytes of a file: as for the program. */
const LARGEST = 16 << 20;

/** A file's text; or its bytes where they are none, of which the core says what it makes. */
export async function load(file) {
  if (file.size > LARGEST) throw new Error(`${file.name}: is larger than 16 MiB, the most that is read`);
  const bytes = await file.arrayBuffer().then(
    (buffer) => new Uint8Array(buffer),
    () => {
      throw new Error(`${file.name}: cannot be read`);
    },
  );
  try {
    return { name: file.name, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { name: file.name, text: "", bytes };
  }
}

/** What stands where no text does. */
function instead(file, hint) {
  if (file.read) return "read by the program; what you paste here takes its place";
  return file.bytes ? "read from a file that is not UTF-8 text; what you paste here takes its place" : hint;
}

/** `set` takes a file that is edited, `open` one that was chosen. */
export function File({ id, title, file, set, open, hint }) {
  return (
    <section aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>{title}</h3>
      <div class="row">
        <div>
          <label for={`${id}-name`}>File name</label>
          <input id={`${id}-name`} value={file.name} spellcheck={false} onInput={({ target }) => set({ ...file, name: target.value })} />
        </div>
        <div>
          <label for={`${id}-file`}>Open a file</label>
          <input id={`${id}-file`} type="file" onChange={({ target }) => target.files[0] && open(target.files[0])} />
        </div>
      </div>
      <label for={`${id}-text`}>Text</label>
      <textarea id={`${id}-text`} value={file.text} placeholder={instead(file, hint)} spellcheck={false} onInput={({ target }) => set({ ...file, text: target.value })} />
    </section>
  );
}
