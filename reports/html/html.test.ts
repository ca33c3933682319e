import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderPage } from "./document.ts";
import { html, trusted } from "./html.ts";

describe("markup", () => {
  it("escapes what is put in, and leaves markup as it is", () => {
    const inner = html`<b title="${'"quoted" & <tag>'}">${"<script>"}</b>`;
    expect(html`<p>${inner}${undefined}${false}${[1, " and ", "2"]}</p>`.markup).toBe(
      '<p><b title="&quot;quoted&quot; &amp; &lt;tag&gt;">&lt;script&gt;</b>1 and 2</p>',
    );
  });

  it("lets no text open an element or end an attribute", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(html`${text}`.markup).not.toMatch(/[<>"']/);
      }),
    );
  });
});

describe("page", () => {
  const assets = { css: "", script: 'const end = "</script>";' };

  it("is not ended early by its data or its script", () => {
    const data = { text: "</script><script>alert(1)</script>" };
    const page = renderPage(
      {
        title: "a </title>",
        head: html`<h1>a</h1>`,
        sections: [{ id: "one", title: "One", body: trusted("<p></p>"), data }],
      },
      assets,
    );
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page.match(/<\/title>/g)).toHaveLength(1);
    const json = /id="data-one">(.*?)<\/script>/s.exec(page)?.[1];
    expect(JSON.parse(json ?? "")).toEqual(data);
  });

  it("forbids every request", () => {
    const page = renderPage({ title: "a", head: html``, sections: [] }, assets);
    expect(page).toContain("default-src 'none'");
  });
});
