/** The proof that an injection or a healing took effect, or that it did not. */
import type { JsonObject } from "../core/json.ts";

export interface Receipt {
  readonly confirmed: boolean;
  /** What was looked at, in one sentence. */
  readonly proof: string;
  readonly facts: JsonObject;
}
