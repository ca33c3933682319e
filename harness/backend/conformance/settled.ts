/** A cluster is as it was: one holder, the preferred one, and heard everywhere. */
import { seconds } from "../../core/time.ts";
import { onlyRouter } from "../../topology/resolve.ts";
import type { Cluster } from "../backend.ts";
import { pendingOf } from "../holding.ts";
import { fail } from "./case.ts";

/** A node that begins anew waits its down time (3.6 s here), and scripts may have to say their first word. */
const SETTLED_BOUND_US = seconds(15);

export async function settledAgain(cluster: Cluster): Promise<void> {
  const pending = (): string | undefined =>
    pendingOf(
      { addresses: cluster.eventsOf("address"), adverts: cluster.eventsOf("advert") },
      onlyRouter(cluster.topology),
    );
  if (await cluster.until(() => pending() === undefined, SETTLED_BOUND_US)) return;
  fail(`waited 15 s in vain for the cluster to settle: ${pending() ?? "it just did"}`);
}
