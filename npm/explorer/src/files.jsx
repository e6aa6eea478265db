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

export async function load(file) {
  if (file.size > LARGEST) throw new Error(`${file.name}: is larger than 16 MiB`);
  return { name: file.name, text: await file.text() };
}

export function File({ id, title, file, set, hint }) {
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
          <input id={`${id}-file`} type="file" onChange={async ({ target }) => target.files[0] && set(await load(target.files[0]))} />
        </div>
      </div>
      <label for={`${id}-text`}>Text</label>
      <textarea id={`${id}-text`} value={file.text} placeholder={file.read ? "read by the program; what you paste here takes its place" : hint} spellcheck={false} onInput={({ target }) => set({ ...file, text: target.value })} />
    </section>
  );
}
