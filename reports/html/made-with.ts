/** Where and with what the run was made, what was scheduled, the nodes' files, and how to do it again. */
import { compareText } from "../../harness/core/text.ts";
import { formatSeconds } from "../../harness/core/time.ts";
import { describeFault } from "../../harness/fault/facts.ts";
import { isFaultStep, isHealStep, type Trigger } from "../../harness/fault/schedule.ts";
import type { ConcreteStep, RunRecord } from "../../harness/run/record.ts";
import { nodeFiles, type ResolvedTopology } from "../../harness/topology/resolve.ts";
import type { ReportedRun } from "../reported.ts";
import { formatResolution } from "../units.ts";
import type { Section } from "./document.ts";
import { html, type Html } from "./html.ts";
import { wide } from "./marks.ts";

export function madeWithSection({ record, path }: ReportedRun): Section {
  return {
    id: "made-with",
    title: "Made with",
    body: html`<dl class="facts">
        ${factsOf(record).map(
          ([term, value]) =>
            html`<div>
              <dt>${term}</dt>
              <dd>${value}</dd>
            </div> `,
        )}
      </dl>
      <p><strong>Why this drill:</strong> ${record.scenario.why}</p>
      <h3>Do it again</h3>
      <pre class="command"><code>${record.replay}</code></pre>
      <p>Run directory, with all events and evidence: <code class="path">${path}</code></p>
      ${record.kept && html`<p>The cluster was left up on request.</p>`}
      ${record.schedule.length > 0 && scheduleBlock(record.schedule)}
      ${record.topology !== undefined && filesBlock(record.topology)}`,
  };
}

function factsOf(record: RunRecord): [string, string][] {
  const { workload } = record.scenario;
  return [
    ["Backend", record.simulated ? `${record.backend}: SIMULATED, not measured` : record.backend],
    ["Image", record.image],
    ["Seed", String(record.seed)],
    ["Run", record.runId],
    ["Started", record.startedAt],
    ["Clients", `one operation every ${formatResolution(workload.cadenceUs)} on each connection`],
    ["Health", `each mysqld is asked every ${formatResolution(workload.healthCadenceUs)}`],
    ...(record.topology === undefined
      ? []
      : record.topology.nodes.map((node): [string, string] => [`Node ${node.name}`, node.address])),
    ...(record.topology === undefined
      ? []
      : record.topology.routers.map((router): [string, string] => [
          `Virtual router ${router.vrid}`,
          `${router.vips.map((vip) => vip.address).join(", ")}, advert every ${formatSeconds(router.advertIntUs)}`,
        ])),
    ...Object.entries(record.versions).sort(([a], [b]) => compareText(a, b)),
  ];
}

function scheduleBlock(schedule: readonly ConcreteStep[]): Html {
  return html`<h3>What was scheduled</h3>
    ${wide(
      "Schedule",
      html`<table>
        <caption>
          Steps in order, with every draw from the seed made
        </caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Phase</th>
            <th scope="col">When</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          ${schedule.map(
            (item) =>
              html`<tr>
                <th scope="row">${item.step.id}</th>
                <td>${item.phase}</td>
                <td>${whenWords(item)}</td>
                <td>${actWords(item)}</td>
              </tr> `,
          )}
        </tbody>
      </table>`,
    )}
    <details>
      <summary>The schedule as data</summary>
      <pre><code>${JSON.stringify(schedule, undefined, 2)}</code></pre>
    </details>`;
}

function whenWords({ step, delayUs }: ConcreteStep): string {
  const trigger: Trigger = step.when;
  if (trigger.kind === "after") {
    return `${formatSeconds(delayUs ?? trigger.delayUs)} after the step before`;
  }
  const then = trigger.thenUs === undefined ? "" : `, then ${formatSeconds(trigger.thenUs)} later`;
  return `when ${trigger.condition}, within ${formatSeconds(trigger.boundUs)}${then}`;
}

function actWords({ step }: ConcreteStep): string {
  if (isFaultStep(step)) return describeFault(step.fault);
  if (isHealStep(step)) return `heal what ${step.heal} did`;
  return "watch";
}

function filesBlock(topology: ResolvedTopology): Html {
  const files = topology.nodes.flatMap((node) =>
    nodeFiles(node).map((file) => ({ node: node.name, ...file })),
  );
  if (files.length === 0) return html``;
  return html`<h3>Configuration of the nodes</h3>
    ${files.map(
      ({ node, path, text }) =>
        html`<details>
          <summary>${node}: <code>${path}</code></summary>
          <pre><code>${text}</code></pre>
        </details> `,
    )}`;
}
