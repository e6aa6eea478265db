import HashRing from "./hashring.cjs";
export default HashRing;
