// The declarations that users get type-check in their programs, whatever else these include: with
// and without the DOM library, Node's types and `@webgpu/types`.
import { describe } from "./support/suite.ts";
import { BESIDE, typeChecks } from "./support/typePrograms.ts";

describe("declarations, in strict programs", typeChecks(BESIDE));
