// The rule by which `generate` draws in place of that of a run.
import * as assert from "uvu/assert";
import { facetRule, localRule } from "../../src/models/networks/networks.ts";
import { fitFacet } from "../../src/ot/extension/fitFacet.ts";
import type { Rule } from "../../src/ot/extension/rule.ts";
import { createMap } from "../../src/ot/map/map.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { ruleInstead } from "../../src/run/rule.ts";
import { normals } from "../ot/instances.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";

const gpu = await testEngine();
const config = { height: 28, width: 28, channels: 1, latent: 4, network: "pca" } as const;
const transport = { problem: createProblem(normals(200, 4, 1)), heights: new Float64Array(200) };
const fitted = await fitFacet(createMap(gpu, transport.problem, transport.heights), facetRule(config));
const facet = { name: "facet", angle: 0.3 } as const;
const local = { name: "local", neighbours: 7 } as const;

describe("ruleInstead", {
  async "keeps the rule of the run, takes an angle as it is given, and fits where none is"() {
    for (const [rule, wanted, expected] of [
      [facet, {}, facet],
      [local, {}, local],
      [{ name: "plain" }, {}, { name: "plain" }],
      [facet, { extension: "facet" }, facet],
      [local, { extension: "local" }, local],
      [facet, { extension: "local" }, localRule(config)],
      [local, { extension: "facet" }, fitted],
      [{ name: "plain" }, { extension: "facet" }, fitted],
      [facet, { theta: 0.2 }, { name: "facet", angle: 0.2 }],
      [local, { extension: "facet", theta: 0.2 }, { name: "facet", angle: 0.2 }],
      [local, { theta: 0.2 }, local],
    ] as const) {
      const values = { config, transport, rule: rule as Rule } as never;
      assert.equal(await ruleInstead(gpu, values, wanted, {}), expected, JSON.stringify([rule, wanted]));
    }
    assert.ok((fitted.angle as number) <= 0.5);
  },
});
