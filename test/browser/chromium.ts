import { after } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { chromiumProgram, chromiumSoftware } from "../../scripts/services/chromium.ts";

/** For `skip`: false where there is a browser. In CI it throws, since a skip there proves nothing. */
export function withoutChromium(): false | string {
  if (chromiumProgram() !== undefined) return false;
  const reason = `no chromium (${chromiumSoftware.effort}): npm run services -- install chromium`;
  if (process.env["CI"] === "true") throw new Error(`${reason}; in CI nothing may be skipped`);
  return reason;
}

/** What nobody else is asked for. */
const LOCAL = new Set(["data:", "file:"]);

/** A page, and all that went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  /** What the console warned of, what was thrown, and what was asked of other servers or not there. */
  readonly complaints: readonly string[];
}

let browser: Promise<Browser> | null = null;
after(async () => (await browser)?.close());

/** Opens an address in a fresh profile; the browser is shared, and ends with the test file. */
export async function openPage(
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  browser ??= chromium.launch({
    executablePath: chromiumProgram()!,
    // Where tests run as root there is no sandbox; nothing but our own page is opened.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  const context = await (await browser).newContext({
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    // That something is not there is an answer, but browsers tell it as an error.
    if (/status of 404/.test(message.text())) return;
    if (message.type() !== "log") complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!LOCAL.has(protocol) && origin !== new URL(url).origin)
      complaints.push(`asked for ${request.url()}`);
  });
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  await page.goto(url);
  return { page, complaints };
}

export const closePage = async ({ page }: OpenPage): Promise<void> => page.context().close();
