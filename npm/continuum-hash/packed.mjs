// The compressed module as base64, for `import packed from "packed-wasm"`.

export const packedWasm = (base64) => ({
  name: "packed-wasm",
  setup(build) {
    build.onResolve({ filter: /^packed-wasm$/ }, () => ({ path: "packed-wasm", namespace: "packed" }));
    build.onLoad({ filter: /.*/, namespace: "packed" }, () => ({ contents: base64, loader: "text" }));
  },
});
