import assert from "node:assert/strict";
import { afterEach } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import type { GatheredState } from "../../src/inspector/peers/gathering.ts";
import { closePage, type OpenPage, openPage } from "./chromium.ts";
import { type Answers, StagedInspector } from "./staged-inspector.ts";
import { stagedState } from "./staged-state.ts";

export interface StagedPages {
  /** An inspector of two replicas, or of what is said. */
  stage(answers?: Answers, size?: { replicas: number; tasks: number }): Promise<StagedInspector>;
  /** A page of it, as soon as the topology is drawn. */
  look(staged: StagedInspector, options?: BrowserContextOptions): Promise<Page>;
  /** Any page, as soon as there is something in it. */
  open(url: string, there: string, options?: BrowserContextOptions): Promise<Page>;
}

/**
 * Inspectors and pages of one test file. Whatever a test does, its pages have nothing to complain of in
 * the end, and ask nobody else.
 */
export function stagedPages(): StagedPages {
  const inspectors: StagedInspector[] = [];
  const pages: OpenPage[] = [];
  const open: StagedPages["open"] = async (url, there, options = {}) => {
    const opened = await openPage(url, options);
    pages.push(opened);
    await opened.page.locator(there).first().waitFor();
    return opened.page;
  };
  afterEach(async () => {
    const complaints = pages.flatMap(({ complaints }) => complaints);
    await Promise.all(pages.splice(0).map(closePage));
    await Promise.all(inspectors.splice(0).map((staged) => staged.close()));
    assert.deepEqual(complaints, []);
  });
  return {
    async stage(answers = {}, size = { replicas: 2, tasks: 15 }) {
      let turn = 0;
      const state = (): GatheredState => stagedState({ ...size, turn: ++turn });
      const staged = await StagedInspector.open(state, answers);
      inspectors.push(staged);
      return staged;
    },
    look: (staged, options) => open(staged.url, "#graph", options),
    open,
  };
}
