/** What a property of one's own, and a test suite, import: this and nothing else. */
export { planArbitrary, workloadArbitrary, changesAround } from "./arbitraries.ts";
export { exploreArbitrary, holdsProperty, holdsUnderLoad, type ExploreSetUp } from "./vitest.ts";
export { PROPERTIES, propertiesCalled } from "./properties.ts";
export { defineProperty, violated } from "./property.ts";
export type { ExploredRun, Property, Violation } from "./property.ts";
