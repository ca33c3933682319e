import { test } from "vitest";
import { pair, instance, VIP } from "../../testing/hazard.ts";
test("x", () => {
    const h = pair(instance("priority 101"), instance("priority 99"), { image: "sid" });
    console.log(h.moves(), h.gained("a"), h.lost("b"));
    h.runToAge("a", 0.4);
    h.mark();
    h.reload("a", instance("priority 90"));
    h.run(6);
    for (const e of h.world.recorder.events().slice(-400)) if (e.tUs > 13.4e6 && ["log","address","advert"].includes(e.kind)) console.log(e.tUs/1e6, (e as any).node ?? (e as any).seenAt+"<"+(e as any).sender, e.kind, (e as any).text ?? (e as any).action ?? (e as any).priority);
});
