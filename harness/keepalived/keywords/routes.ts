/** Routes and rules: only what the daemon complains about most; the words are kept as they are. */
import type { Line, Reader } from "../reading/reader.ts";
import { problem } from "./values.ts";

/** vrrp_iproute.c:alloc_route. Before 2.0 routes are not tracked. */
export function checkRoute(reader: Reader, line: Line): void {
  const [first] = line.words;
  if (first === undefined || !reader.profile.deletedVipNoticed) return;
  const words = line.words.map(({ text }) => text);
  const old = line.words.find(({ text }) => text === "or");
  if (old !== undefined) {
    problem(reader, old, {
      code: "deprecated-keyword",
      message: "or is called nexthop",
      effect: "it is read as that",
      source: "vrrp_iproute.c:alloc_route",
    });
  }
  if (!reader.profile.untrackableRoutesReported) return;
  if (["dev", "oif", "no_track"].some((word) => words.includes(word))) return;
  problem(reader, first, {
    code: "route-not-tracked",
    message: `route ${first.text} names no interface`,
    effect: "it is set and not watched",
    source: "vrrp_iproute.c:alloc_route",
  });
}

/** vrrp_iprule.c:alloc_rule. */
export function checkRule(reader: Reader, line: Line): void {
  const [first] = line.words;
  if (first === undefined || !reader.profile.deletedVipNoticed) return;
  if (
    line.words.some(({ text }) =>
      ["preference", "priority", "order", "prio", "pref"].includes(text),
    )
  )
    return;
  problem(reader, first, {
    code: "rule-without-preference",
    message: "a rule has no preference",
    effect: "keepalived chooses one from 16384 down",
    source: "vrrp_iprule.c:alloc_rule",
  });
}
