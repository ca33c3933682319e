import { describe, expect, it } from "vitest";
import { history } from "../../../harness/testing/history.ts";
import { renderPage } from "../document.ts";
import { html } from "../html.ts";
import { timelineOf } from "../../timeline.ts";
import { brokenRun, movedRun, reportedRun } from "../../testing/runs.ts";
import { timelineSection } from "./section.ts";

describe("the section of the time line", () => {
  it("tells the story as a table, each event with a place to link to, once", () => {
    const run = movedRun();
    const { markup } = timelineSection(run).body;
    const { entries } = timelineOf(run);
    expect(markup.match(/data-seq="/g)).toHaveLength(entries.length);
    const places = [...markup.matchAll(/id="(event-\d+)"/g)].map((match) => match[1]);
    expect(new Set(places).size).toBe(places.length);
    for (const { seq, also } of entries) {
      for (const one of [seq, ...also]) expect(places).toContain(`event-${one}`);
    }
  });

  it("says in the figure that it is simulated, when it is", () => {
    const simulated = timelineSection(movedRun({ record: { simulated: true } }));
    expect(simulated.body.markup.match(/SIMULATED/g)?.length).toBeGreaterThanOrEqual(3);
    expect(simulated.data?.["simulated"]).toBe(true);
    expect(timelineSection(movedRun()).body.markup).not.toContain("SIMULATED");
  });

  it("lets nothing from a run become markup", () => {
    const evil = "</script><script>alert(1)</script><b onclick=x>";
    const run = reportedRun(
      history()
        .settled()
        .holds("db1", 0.5)
        .log("db1", 1.2, evil)
        .write(1.5, { outcome: "failed" })
        .add(2, {
          kind: "replication",
          replica: "db2",
          source: "db1",
          receiverRunning: false,
          applierRunning: true,
          caughtUp: false,
          lastError: evil,
        })
        .add(3, {
          kind: "address",
          node: evil,
          interface: "eth0",
          address: "198.18.7.100",
          action: "added",
        })
        .collected(5)
        .events(),
    );
    const section = timelineSection(run);
    expect(section.body.markup).not.toContain("<b onclick");
    expect(section.body.markup).not.toContain("<script");
    const page = renderPage(
      { title: "t", head: html``, sections: [section] },
      { css: "", script: "" },
    );
    expect(page.match(/<script/g)).toHaveLength(2);
  });

  it("has nothing to show for a run without events, and says so", () => {
    const section = timelineSection(brokenRun());
    expect(section.data).toBeUndefined();
    expect(section.body.markup).toContain("there is no time line");
  });

  it("gives the same bytes for the same run", () => {
    expect(JSON.stringify(timelineSection(movedRun()))).toBe(
      JSON.stringify(timelineSection(movedRun())),
    );
  });
});
