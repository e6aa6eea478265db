export { Continuum, explain, plan, readConfig, schemes, strip } from "./continuum.js";
// For the drop-in; no part of the interface.
export { ask as _ask } from "./core.js";
